"""What went wrong in the demo's year: invented, and told as such things are told."""

from __future__ import annotations

from dataclasses import dataclass

DETECTION, MITIGATION, PREVENTION = "1", "2", "3"
HIGH, MEDIUM, LOW = "1", "2", "3"


@dataclass(frozen=True)
class Story:
    """One kind of incident.

    ``severities`` are what it can be, the likeliest first; ``notes`` are written into the
    timeline in this order; ``actions`` are (what, type, priority).
    """

    titles: tuple[str, ...]
    summary: str
    impact: str
    notes: tuple[str, ...]
    actions: tuple[tuple[str, str, str], ...]
    severities: tuple[str, ...] = ("3", "2", "4")
    private: bool = False


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
