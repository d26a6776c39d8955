"""What went wrong in the demo's year: invented, and told as such things are told."""

from __future__ import annotations

from dataclasses import dataclass

DETECTION, MITIGATION, PREVENTION = "1", "2", "3"
HIGH, MEDIUM, LOW = "1", "2", "3"


@dataclass(frozen=True)
class Story:
    """One kind of incident.

    ``severities`` are what it can be, the likeliest first; ``notes`` are written into the
    timeline in this order; ``actions`` are (what, type, priority). ``causes``, ``went_well`` and
    ``went_badly`` are what reviews say.
    """

    titles: tuple[str, ...]
    summary: str
    impact: str
    notes: tuple[str, ...]
    actions: tuple[tuple[str, str, str], ...]
    severities: tuple[str, ...] = ("3", "2", "4")
    private: bool = False
    causes: tuple[str, ...] = ()
    went_well: tuple[str, ...] = ()
    went_badly: tuple[str, ...] = ()


STORIES: tuple[Story, ...] = (
    Story(
        titles=(
            "The checkout is slow",
            "The checkout times out for some customers",
            "Payments are declined although the cards are good",
        ),
        summary="Requests to the payment provider take **20 s** and longer. We retry too eagerly, "
        "which keeps every worker busy.",
        impact="About one in eight orders is not completed. Nothing is charged twice.",
        notes=(
            "The alert for the 95th percentile went off, and support has six tickets",
            "The provider's status page shows nothing yet; their support confirms a problem",
            "We switched to the second provider for cards",
            "Orders are back at the usual rate",
        ),
        actions=(
            ("Limit retries to the payment provider, with growing pauses", PREVENTION, HIGH),
            ("Alert on orders per minute, not only on latency", DETECTION, MEDIUM),
            ("Write down how to switch providers", MITIGATION, MEDIUM),
        ),
        severities=("2", "1", "3"),
        causes=(
            "Retries to the payment provider had no limit and no pause: its slowness became ours.",
            "All payment methods share one pool of workers.",
            "The second provider was set up a year ago, and had not been used since.",
        ),
        went_well=(
            "The alert came before the first ticket.",
            "Switching providers took four minutes once it was decided.",
        ),
        went_badly=(
            "How to switch was known to two people, and neither was on call.",
            "The provider's status page was green for 40 minutes, and we waited for it.",
        ),
    ),
    Story(
        titles=(
            "The database is out of connections",
            "Queries on the orders database take minutes",
            "The main database failed over",
        ),
        summary="A report that ran in the evening held locks on `orders`; everything that writes "
        "waited behind it.",
        impact="The shop shows errors on every third page. The mobile app cannot log in.",
        notes=(
            "Connections in use rose from 80 to 500 within two minutes",
            "The longest query is the monthly report, started by hand",
            "The report was cancelled; connections are falling",
            "Everything that had waited is written",
        ),
        actions=(
            ("Run reports on a replica only", PREVENTION, HIGH),
            ("Set a time limit for statements of people", PREVENTION, MEDIUM),
            ("Show lock waits on the database dashboard", DETECTION, LOW),
        ),
        severities=("1", "2", "3"),
        causes=(
            "The monthly report ran on the primary, in the evening, when most orders come in.",
            "Statements that people start have no time limit.",
            "The pool of connections is larger than what the database can serve.",
        ),
        went_well=(
            "The longest query was visible on the dashboard within minutes.",
            "Nothing that was waiting was lost.",
        ),
        went_badly=(
            "Lock waits are on no dashboard, so the first ten minutes went into the network.",
            "It was cancelled late, since it was not clear who had started it.",
        ),
    ),
    Story(
        titles=(
            "The search returns nothing",
            "The search shows products that are sold out",
            "The search index is two hours behind",
        ),
        summary="The job that feeds the index stopped after a deployment changed a field's type.",
        impact="Customers do not find new products. Direct links work.",
        notes=(
            "Reported by the product team, not by an alert",
            "The feeder fails on one message and starts over, forever",
            "The message was set aside; the index catches up",
        ),
        actions=(
            ("Alert when the index is more than ten minutes behind", DETECTION, HIGH),
            ("Set messages aside that fail three times", PREVENTION, MEDIUM),
        ),
        causes=(
            "A field's type was changed in one service, and the index expected the old one.",
            "The feeder starts over at a message that it cannot read, for ever.",
            "The contract between the two services is written down nowhere.",
        ),
        went_well=(
            "Direct links and categories went on working.",
            "Setting the message aside was safe and took a minute.",
        ),
        went_badly=(
            "We heard of it from the product team, two hours late.",
            "The feeder's log repeats one line, and the reason was not in it.",
        ),
    ),
    Story(
        titles=(
            "Nobody can log in",
            "Logging in with the company account fails",
            "Sessions end after a few minutes",
        ),
        summary="The certificate of the identity provider changed, and we had pinned the old one.",
        impact="Customers who are logged in stay so. All others see an error after the password.",
        notes=(
            "Support reports that logging in fails for everyone they ask",
            "It began at the hour at which the provider changed its certificate",
            "The new certificate is in place everywhere",
            "The rate of logins is normal again",
        ),
        actions=(
            ("Fetch the provider's certificates instead of pinning one", PREVENTION, HIGH),
            ("A check that logs in every minute", DETECTION, HIGH),
        ),
        severities=("1", "2"),
        causes=(
            "One certificate of the identity provider was pinned in our configuration.",
            "The change was announced on a mailing list that only people who have left read.",
            "There is no test that logs in as a customer does.",
        ),
        went_well=(
            "Those who were logged in stayed so.",
            "The provider's support answered within five minutes.",
        ),
        went_badly=(
            "Support saw it before any of our alerts did.",
            "The new certificate had to be put in place on each machine by hand.",
        ),
    ),
    Story(
        titles=(
            "Mails to customers are late",
            "Order confirmations are not sent",
            "Password mails do not arrive",
        ),
        summary="The queue for mail holds 40,000 messages. A campaign went through the same queue.",
        impact="Confirmations arrive up to two hours late. None is lost.",
        notes=(
            "The queue's length passed its limit",
            "The campaign was stopped",
            "The queue is empty",
        ),
        actions=(
            ("A queue of its own for campaigns", PREVENTION, MEDIUM),
            ("Tell marketing how large a campaign may be", MITIGATION, LOW),
        ),
        severities=("3", "4"),
        causes=(
            "Campaigns and confirmations share one queue.",
            "The campaign was four times as large as any before it, and was not announced.",
            "The mail provider slows us down above a rate that we did not know of.",
        ),
        went_well=(
            "Stopping the campaign was one click.",
            "No mail was sent twice.",
        ),
        went_badly=(
            "The alert is about the queue's length, not about how old its messages are.",
            "We did not know that a campaign was planned for that day.",
        ),
    ),
    Story(
        titles=(
            "The last deployment broke the product pages",
            "Errors after the deployment of the basket",
            "The new version of the app crashes at start",
        ),
        summary="A migration was applied after the code that needs it, for about ten minutes.",
        impact="One request in five to product pages failed.",
        notes=(
            "The error rate rose with the deployment",
            "Rolled back",
            "The error rate is back at its usual level",
        ),
        actions=(
            ("Apply migrations before the code is switched", PREVENTION, HIGH),
            ("Stop a deployment by itself when errors rise", MITIGATION, MEDIUM),
        ),
        severities=("3", "2", "4"),
        causes=(
            "The pipeline switches the code before it applies migrations.",
            "The column was used by the new code from its first request on.",
            "The test environment applies migrations by hand, so it never shows this.",
        ),
        went_well=(
            "The error rate showed it within a minute of the deployment.",
            "Rolling back took three minutes.",
        ),
        went_badly=(
            "The deployment went on to all machines although the first one failed.",
            "The rollback is described for the old pipeline.",
        ),
    ),
    Story(
        titles=(
            "The certificate of the partner interface has expired",
            "Partners cannot connect: certificate expired",
        ),
        summary="The certificate was renewed, but one of three machines did not load it.",
        impact="A third of the partners' requests fail. They try again, and most get through.",
        notes=(
            "A partner wrote to support",
            "One machine still serves the old certificate",
            "It was restarted; all serve the new one",
        ),
        actions=(
            ("Check the certificate from outside, on every machine", DETECTION, HIGH),
            ("Reload the proxy after each renewal", PREVENTION, MEDIUM),
        ),
        severities=("2", "3"),
        causes=(
            "The proxy reads certificates only when it starts.",
            "Renewing and reloading are two jobs, and the second one failed on one machine.",
            "Our check asks the load balancer, which chose the two good machines.",
        ),
        went_well=("Partners try again by themselves, so most requests got through.",),
        went_badly=(
            "A partner had to tell us.",
            "Finding the one machine among three took half of the time.",
        ),
    ),
    Story(
        titles=(
            "A disk is full on the image servers",
            "Uploads of pictures fail",
        ),
        summary="Old previews were not removed since the job was moved to another machine.",
        impact="Merchants cannot add pictures. Those that are there are shown.",
        notes=(
            "Writing fails with “no space left on device”",
            "Previews older than a year were removed",
            "Uploads work again",
        ),
        actions=(
            ("Remove old previews every night, and say when it did not run", PREVENTION, MEDIUM),
            ("Warn at 80% of the disk", DETECTION, MEDIUM),
        ),
        severities=("3", "4"),
        causes=(
            "The job that removes old previews was not started on the new machine.",
            "A job that does not run says nothing.",
            "Previews and originals are on the same disk.",
        ),
        went_well=(
            "Pictures that were there were shown all the time.",
            "Removing previews is safe: they are made again.",
        ),
        went_badly=("The disk was above 90% for a week, and the warning went to a muted channel.",),
    ),
    Story(
        titles=(
            "The numbers in the sales report are wrong",
            "The nightly import did not run",
            "The data warehouse misses yesterday",
        ),
        summary="The import waited for a file that comes later since the clocks were changed.",
        impact="Reports show the day before yesterday. Nothing that customers see.",
        notes=(
            "Noticed by the finance team in the morning",
            "The import was started by hand",
            "The reports are right",
        ),
        actions=(
            ("Start the import when the file is there, not at a time", PREVENTION, LOW),
            ("Say in the report of when its data is", MITIGATION, LOW),
        ),
        severities=("4", "3"),
        causes=(
            "The import starts at a time of day, not when its file is there.",
            "The file's sender changed their clocks on another day than we did.",
            "A report without new data looks like any other.",
        ),
        went_well=("Running the import by hand is documented, and the description was right.",),
        went_badly=("The finance team found it in the morning; the import had failed at night.",),
    ),
    Story(
        titles=(
            "Part of the network is unreachable",
            "High latency between the two sites",
        ),
        summary="The provider works on a line; traffic goes the long way round.",
        impact="Pages are slow for customers in the south. The warehouse cannot print labels.",
        notes=(
            "Probes from outside see packets being lost",
            "The provider confirms work that was not announced",
            "Traffic goes through the second line",
            "The provider has finished, and says why it was not announced",
        ),
        actions=(
            ("A second line from another provider for the warehouse", PREVENTION, HIGH),
            ("Move the contacts of the provider into the runbook", MITIGATION, LOW),
        ),
        severities=("2", "3", "1"),
        causes=(
            "The provider worked on a line without announcing it.",
            "The warehouse has a single line.",
            "Traffic moves to the second line by itself only when the first is down altogether.",
        ),
        went_well=(
            "Probes from outside showed at once where packets were lost.",
            "The second line carried all of the traffic.",
        ),
        went_badly=(
            "The provider's contacts were in the inbox of one person.",
            "Customers in the south had slow pages for half an hour before we changed the route.",
        ),
    ),
    Story(
        titles=(
            "Webhooks to merchants are delivered twice",
            "Webhooks to merchants are late",
        ),
        summary="Two workers took the same rows after a change of the lock.",
        impact="Some merchants book orders twice. A list of them is being made.",
        notes=(
            "A merchant asks why an order came twice",
            "One worker was stopped",
            "All merchants concerned have been written to",
        ),
        actions=(
            ("A test with two workers on the same queue", PREVENTION, HIGH),
            ("Give each delivery an id that merchants can check", MITIGATION, MEDIUM),
        ),
        causes=(
            "A change of the lock let two workers take the same rows.",
            "The tests use one worker.",
            "Deliveries have no id by which a merchant could tell that one is a repetition.",
        ),
        went_well=(
            "Stopping one worker ended it at once.",
            "All merchants concerned had a mail within a day.",
        ),
        went_badly=(
            "A merchant had to ask before we looked.",
            "The list of merchants had to be put together by hand.",
        ),
    ),
    Story(
        titles=(
            "The help pages show an error",
            "The careers page is down",
            "Pictures in old blog posts are gone",
        ),
        summary="An old redirect points at a server that was switched off.",
        impact="Few visitors. Nothing in the shop.",
        notes=("The redirect was changed",),
        actions=(("List what still points at old servers", PREVENTION, LOW),),
        severities=("4",),
        causes=(
            "A redirect from years ago pointed at a server that was switched off.",
            "There is no list of what still refers to an old server.",
        ),
        went_well=("Few people were concerned, and the change was small.",),
        went_badly=("No one felt responsible for these pages at first.",),
    ),
    Story(
        titles=("A laptop was stolen", "A phone with company mail was lost"),
        summary="Stolen from a train. The disk is encrypted, and the screen was locked.",
        impact="None that we know of. The device was wiped when it last had a network.",
        notes=(
            "All sessions of the person were ended",
            "The device was wiped",
            "The police have been told",
        ),
        actions=(("Shorten the time after which laptops lock", PREVENTION, MEDIUM),),
        severities=("3", "2"),
        private=True,
        causes=(
            "It was left in a bag on a train.",
            "Laptops lock only after fifteen minutes.",
        ),
        went_well=(
            "The disk is encrypted.",
            "It was reported within the hour.",
        ),
        went_badly=("The form for reporting it asks for a serial number that was on the laptop.",),
    ),
    Story(
        titles=("An account was taken over", "A token was published by mistake"),
        summary="A token with read rights was in a public repository for forty minutes.",
        impact="The logs show no use of it by others.",
        notes=(
            "The token was revoked",
            "The logs of the last day have been read",
        ),
        actions=(
            ("Look for tokens before anything is pushed", PREVENTION, HIGH),
            ("Tokens that end after a day", PREVENTION, MEDIUM),
        ),
        severities=("2", "1"),
        private=True,
        causes=(
            "Nothing looks for tokens before code is pushed.",
            "Tokens are valid until someone revokes them.",
            "The repository was made public without a second person looking at it.",
        ),
        went_well=(
            "The host of the repository warned us within minutes.",
            "The token could only read.",
        ),
        went_badly=("It took an hour to find out what the token could read.",),
    ),
)

#: What is going on when the year ends: nothing of it is over.
LIVE = (
    Story(
        titles=("Deliveries of two days ago show as “on their way”",),
        summary="The carrier changed the form of its messages.",
        impact="Customers ask where their parcels are.",
        notes=("The carrier was asked what the new form means",),
        actions=(("Refuse messages of a form that we do not know, loudly", DETECTION, MEDIUM),),
        severities=("3",),
    ),
    Story(
        titles=("The mobile app shows old prices",),
        summary="A cache in front of the price service keeps answers that it should not keep.",
        impact="Prices of the last hour's sale are wrong in the app, right in the shop.",
        notes=("The cache was told to forget prices; some come back",),
        actions=(("Turn the cache off for prices", MITIGATION, HIGH),),
        severities=("2",),
    ),
)
