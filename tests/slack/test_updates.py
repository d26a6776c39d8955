"""Updates in Slack: posted, shown, told once, and asked for when they are due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from demo.sandbox.models import Grant, Message
from response.core.actors import Actor, acting_as
from response.core.models import (
    ExternalUser,
    Incident,
    Severity,
    Status,
    Subscription,
    Update,
)
from response.jobs import timers
from response.jobs.models import OutboxMessage, OutboxQueue, Timer
from response.slack.features import channel_ids, update_notices, update_reminders
from response.slack.jobs import names, requests
from response.slack.models import UpdateNotice
from response.slack.render import updates
from response.slack.render.incident_view import IncidentView
from response.slack.render.updates import UpdateView
from response.worker import runners, status, tick
from tests.factories import CommsChannelFactory, IncidentFactory
from tests.server_for_tests import Server, test_database

ADA, BO, CHIDI = "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03"


def person(user_id: str) -> ExternalUser:
    return ExternalUser.objects.get_or_create_slack(external_id=user_id)[0]


def by(user_id: str):
    return acting_as(Actor(person=person(user_id)))


def subscribe(incident, *user_ids: str) -> None:
    for user_id in user_ids:
        Subscription.objects.subscribe(incident, person(user_id))


def at_work_until(slack, condition):
    """Have the workers begin, as a tick would, and wait for something to become true."""
    runners.start_workers()
    return slack.until(condition)


def told(slack, user: str) -> list[str]:
    return [text for text in slack.direct_messages(user) if "📣 Update on" in text]


def said(slack, channel) -> list[str]:
    """What the bot said in a channel after its welcome message."""
    return [message.text for message in slack.messages(channel)[1:]]


def states() -> dict[str, str]:
    return dict(UpdateNotice.objects.values_list("recipient", "state"))


# Posting


def test_an_update_by_command(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.tell_bot("bo", channel, "update The *cache* is full")
    assert slack.reactions(message) == ["white_check_mark"]
    update = Update.objects.get()
    assert update.known == "The **cache** is full"
    assert update.actor == person(BO)
    entry = incident.timeline_events().get(event_type="update")
    assert entry.actor == person(BO)
    assert entry.text == update.known
    assert "Latest update" in slack.shown(slack.headline(incident))
    assert "The *cache* is full" in slack.shown(slack.headline(incident))
    assert "The *cache* is full" in slack.shown(slack.messages(channel)[0])
    assert said(slack, channel) == []  # everyone has seen the command


def test_an_update_by_form(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.press("bo", slack.headline(incident), "post-update-button")
    form = slack.people.open_view("bo")
    refused = slack.people.submit("bo", form, {"known": "\u200b "})
    assert "known" in refused.errors
    sent = {"known": "It <is> on", "doing": "We add nodes", "needed": "A DBA", "next_update": "30"}
    assert slack.people.submit("bo", form, sent).ok
    slack.settle()
    update = Update.objects.get()
    assert (update.doing, update.needed) == ("We add nodes", "A DBA")
    assert timedelta(minutes=29) < update.next_update - update.created <= timedelta(minutes=30)
    shown = slack.shown(slack.headline(incident))
    assert "It &lt;is&gt; on" in shown
    assert "We add nodes" in shown
    assert "A DBA" in shown
    assert "next update" in shown
    assert said(slack, channel) == [f"📣 <@{BO}> posted an update: It &lt;is&gt; on"]


@pytest.mark.django_db
def test_a_status_that_an_organisation_named_pings_no_one():
    Status.objects.create(key="odd", name="<!channel> & co", category="live")
    incident = IncidentFactory(status="odd")
    update = Update.objects.post(incident, "We know <!here> more")
    view = IncidentView.from_incident(Incident.objects.get(pk=incident.pk))
    for personal in (True, False):
        told = str(
            updates.notice(view, UpdateView.from_update(update), personal=personal).arguments()
        )
        assert "&lt;!channel&gt; &amp; co" in told
        assert "<!" not in told.replace("<!date^", "")


def test_the_command_without_a_text_shows_the_newest(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "update")
    assert said(slack, channel) == ["There is no update yet."]
    with by(ADA):
        Update.objects.post(incident, "All is well")
    slack.settle()
    slack.tell_bot("bo", channel, "update")
    last = slack.messages(channel)[-1]
    assert "All is well" in last.text
    slack.people.press("bo", last, "post-update-button")
    assert slack.people.open_view("bo") is not None


def test_a_private_incident_s_update_is_not_in_its_headline(slack):
    incident = slack.declare("Someone is in the vault", visibility="private")
    with by(ADA):
        Update.objects.post(incident, "The vault is empty")
    slack.settle()
    assert "vault" not in slack.shown(slack.headline(incident))
    press = {
        "type": "block_actions", "user": {"id": BO}, "channel": {"id": "C0SANDBOX02"},
        "trigger_id": slack.people.trigger("bo"),
    }  # fmt: skip
    for action_id in ("post-update-button", "subscribe-button"):
        action = {"action_id": action_id, "value": str(incident.pk), "type": "button"}
        slack.post_interaction({**press, "actions": [action]})
        slack.settle()
        assert "This incident is private" in slack.whispers("bo")[-1]
    assert slack.people.open_view("bo") is None
    assert not Subscription.objects.exists()


# Telling


def test_who_subscribes_is_told_and_may_unsubscribe(slack):
    incident = slack.declare("The checkout is down")
    for _twice in range(2):
        slack.people.press("bo", slack.headline(incident), "subscribe-button")
        slack.settle()
    assert Subscription.objects.count() == 1
    assert "already" in slack.whispers("bo")[-1]
    with by(ADA):
        Update.objects.post(incident, "We add nodes", needed="Patience")
    slack.settle()
    assert told(slack, "bo") == ["📣 Update on The checkout is down: We add nodes"]
    message = Message.objects.get(text=told(slack, "bo")[0])
    assert "Patience" in slack.shown(message)
    slack.people.press("bo", message, "unsubscribe-button")
    slack.settle()
    assert not Subscription.objects.exists()
    with by(ADA):
        Update.objects.post(incident, "More")
    slack.settle()
    assert len(told(slack, "bo")) == 1


def test_the_author_is_not_told(slack):
    _incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    slack.tell_bot("bo", channel, "subscribe")
    slack.tell_bot("ada", channel, "subscribe")
    slack.tell_bot("bo", channel, "update Hm")
    assert (len(told(slack, "bo")), len(told(slack, "ada"))) == (0, 1)
    slack.tell_bot("ada", channel, "unsubscribe")
    assert Subscription.objects.count() == 1


def test_one_who_may_not_see_it_any_more_is_not_told(slack, settings):
    settings.RESPONSE_UPDATES_CHANNEL_NAME = "general"
    incident, _channel = slack.incident_with_channel()
    subscribe(incident, BO, CHIDI)
    slack.faults.add("500", "conversations.open", times=99)
    slack.faults.add("500", "chat.postMessage", times=99)
    with by(ADA):
        Update.objects.post(incident, "The list has leaked")
    # All were tried, and wait: a call on its way to Slack cannot be taken back.
    tried = OutboxMessage.objects.waiting().filter(method=names.UPDATE_NOTIFY).exclude(error="")
    at_work_until(slack, lambda: tried.count() == 3)
    incident.private = True  # bo is in its channel, chidi is not
    incident.save()
    slack.faults.clear()
    OutboxMessage.objects.waiting().update(due=timezone.now())
    OutboxQueue.objects.update(paused_until=None)
    at_work_until(
        slack, lambda: not UpdateNotice.objects.filter(state__in=["waiting", "sending"]).exists()
    )
    assert states()[CHIDI] == "withheld"
    assert states()[BO] == "sent"
    assert told(slack, "chidi") == []
    assert not [m for m in slack.messages("general") if "leaked" in slack.shown(m)]


def test_the_updates_channel_gets_each_once(slack, settings):
    settings.RESPONSE_UPDATES_CHANNEL_NAME = "#general"
    incident = slack.declare("The checkout is down")
    with by(ADA):
        update = Update.objects.post(incident, "We add nodes")
    slack.settle()
    requests.send_update(incident.pk, update.pk)  # redelivered
    slack.settle()
    [message] = slack.messages("general")
    assert "We add nodes" in slack.shown(message)
    slack.people.press("chidi", message, "subscribe-button")
    slack.settle()
    assert Subscription.objects.get().person == person(CHIDI)
    secret = slack.declare("The vault is open", visibility="private")
    with by(ADA):
        Update.objects.post(secret, "It is empty")
    slack.settle()
    assert len(slack.messages("general")) == 1


@pytest.mark.parametrize("trouble", ["no-such-channel", "archived"])
def test_an_updates_channel_that_is_not_there_is_reported_and_mended(slack, settings, trouble):
    slack.people.create_channel("ada", "archived")
    slack.people.archive("ada", "archived")
    settings.RESPONSE_UPDATES_CHANNEL_NAME = trouble
    incident = slack.declare("The checkout is down")
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    blocked = at_work_until(slack, lambda: OutboxMessage.objects.filter(blocked=True).first())
    assert blocked.method == "update.notify"
    assert "configuration" in status.gather().codes
    settings.RESPONSE_UPDATES_CHANNEL_NAME = "general"
    OutboxMessage.objects.filter(pk=blocked.pk).update(due=timezone.now())
    OutboxQueue.objects.update(paused_until=None)
    slack.settle()
    at_work_until(slack, lambda: slack.messages("general"))
    assert len(slack.messages("general")) == 1


def test_a_lost_answer_is_looked_for(slack):
    incident = slack.declare("The checkout is down")
    subscribe(incident, BO)
    slack.settle()
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    at_work_until(slack, lambda: states().get(BO) == "sent")
    assert len(told(slack, "bo")) == 1


def test_what_may_have_arrived_is_not_sent_again_where_slack_does_not_let_us_look(slack):
    Grant.objects.update_or_create(pk=1, defaults={"withheld": ["im:history"]})
    incident = slack.declare("The checkout is down")
    subscribe(incident, BO)
    slack.settle()
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    at_work_until(slack, lambda: states().get(BO) == "uncertain")
    slack.settle()
    assert len(told(slack, "bo")) == 1


def test_one_who_reads_nothing_more_is_no_failure(slack):
    incident = slack.declare("The checkout is down")
    subscribe(incident, BO)
    slack.settle()
    slack.faults.add("error", "conversations.open", times=1, error="user_disabled")
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    slack.settle()
    assert states() == {BO: "refused"}
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()


@pytest.mark.processes
def test_killed_while_they_are_told(slack, settings):
    incident = slack.declare("The checkout is down")
    subscribe(incident, BO, CHIDI, "U0SANDBOX05")
    slack.settle()
    server = Server(slack, settings, RESPONSE_TEST_DATABASE=test_database())
    try:
        slack.faults.add("latency", "chat.postMessage", seconds=1.5, times=3)
        slack.people.press("ada", slack.headline(incident), "post-update-button")
        form = slack.people.open_view("ada")
        assert slack.people.submit("ada", form, {"known": "We add nodes"}).ok
        slack.until(lambda: "sending" in states().values())
    finally:
        server.kill()
    slack.faults.clear()
    call_command("response_tick")
    slack.settle()
    assert set(states().values()) == {"sent"}
    assert [len(told(slack, user)) for user in ("bo", "chidi", "eiko")] == [1, 1, 1]


@pytest.mark.django_db
def test_telling_costs_the_same_for_any_number_of_updates_before():
    incident = IncidentFactory()
    subscribe(incident, BO)
    with by(ADA):
        for number in range(3):
            Update.objects.post(incident, f"Number {number}")
    jobs = OutboxMessage.objects.filter(method="update.tell")
    assert jobs.count() == 3
    for job in jobs:
        update_notices.queue_notices(job)
        update_notices.queue_notices(job)
    assert UpdateNotice.objects.count() == 3
    assert OutboxMessage.objects.filter(method="update.notify").count() == 3


# Asking


@pytest.fixture
def cadence(db):
    for key, minutes in (("1", 30), ("2", 60)):
        Severity.forget()
        row = Severity.with_key(key)
        row.update_after = minutes
        row.save()


def major(slack):
    """A major incident with a comms channel."""
    incident = slack.declare("The checkout is down", severity="2")
    return incident, slack.open_channel(incident)


def questions(slack, channel) -> list[str]:
    return [m.text for m in slack.messages(channel) if m.text.startswith("⏰")]


def later(minutes: float) -> int:
    """What a tick so much later does to the timers."""
    return timers.run_due(timezone.now() + timedelta(minutes=minutes))


def test_an_update_that_is_due_is_asked_for_in_one_message(slack, cadence):
    incident, channel = major(slack)
    assert later(59) == 0
    assert later(61) == 1
    slack.settle()
    assert questions(slack, channel) == ["⏰ An update is due. There has been none yet."]
    with by(ADA):
        incident.lead = person(BO)
        incident.save()
    slack.settle()
    assert later(61) == 0  # it was asked for, as of then
    assert later(122) == 1
    slack.settle()
    assert questions(slack, channel) == [f"⏰ <@{BO}>, an update is due. There has been none yet."]
    # An update begins again, and answers the question where it stands.
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    slack.settle()
    assert questions(slack, channel) == []
    assert f"📣 <@{ADA}> posted an update." in said(slack, channel)
    assert later(59) == 0
    assert later(61) == 1
    slack.settle()
    [question] = questions(slack, channel)
    assert "The last one was posted" in question
    assert f"📣 <@{ADA}> posted an update." not in said(slack, channel)
    incident.close()
    slack.settle()
    assert questions(slack, channel) == []
    assert any("no more updates are due" in text for text in said(slack, channel))
    assert not Timer.objects.exists()
    incident.reopen()
    assert Timer.objects.count() == 1


def test_it_is_put_off_by_a_button(slack, cadence):
    incident, channel = major(slack)
    later(61)
    slack.settle()
    [question] = [m for m in slack.messages(channel) if m.text.startswith("⏰")]
    slack.people.press("bo", question, "snooze-update-15-button")
    slack.settle()
    question.refresh_from_db()
    assert "put off by" in question.text
    due = Timer.objects.get().due
    assert timedelta(minutes=14) < due - timezone.now() <= timedelta(minutes=15)
    assert later(14) == 0
    assert later(16) == 1
    slack.settle()
    question.refresh_from_db()
    assert question.deleted
    assert len(questions(slack, channel)) == 1
    incident.close()
    slack.settle()
    slack.people.press("bo", slack.messages(channel)[0], "reopen-incident-button")
    slack.settle()


def test_a_late_press_of_a_snooze_says_so(slack, cadence):
    incident, channel = major(slack)
    later(61)
    slack.settle()
    [question] = [m for m in slack.messages(channel) if m.text.startswith("⏰")]
    blocks = question.blocks
    incident.close()
    slack.settle()
    question.refresh_from_db()
    question.blocks = blocks  # as a client may still show it
    question.save()
    slack.people.press("bo", question, "snooze-update-60-button")
    slack.settle()
    assert slack.whispers("bo")[-1] == "No update is due now."


def test_a_lost_answer_gives_one_question(slack, cadence):
    _incident, channel = major(slack)
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    later(61)
    at_work_until(slack, lambda: Timer.objects.get().data.get("ts"))
    slack.settle()
    assert len(questions(slack, channel)) == 1


def test_without_a_channel_the_lead_is_asked(slack, cadence):
    incident = slack.declare("The checkout is down", lead=BO, severity="2")
    later(61)
    slack.settle()
    assert [t for t in slack.direct_messages("bo") if t.startswith("⏰")] == [
        f"⏰ <@{BO}>, an update is due. There has been none yet."
    ]
    incident.refresh_from_db()
    assert Timer.objects.get().data["channel"].startswith("D")


def test_the_last_question_is_the_fifth(cadence):
    CommsChannelFactory(incident__reporter=person(ADA), incident__severity="2")
    asked = sum(later(61 * n) for n in range(1, 10))
    assert asked == 6  # the sixth time it is left at that
    assert Timer.objects.get().due is None
    assert OutboxMessage.objects.filter(method="update.ask").count() == 1  # none was sent yet


def test_the_severity_decides_how_often(cadence):
    incident = Incident.objects.create_incident("Down", person(ADA), severity="2")
    first = Timer.objects.get().due
    incident.severity = "1"
    incident.save()
    assert Timer.objects.get().due == first - timedelta(minutes=30)
    incident.severity = "3"
    incident.save()
    assert Timer.objects.get().due is None
    Update.objects.post(incident, "x", next_update=timezone.now() + timedelta(minutes=5))
    assert Timer.objects.get().due == Update.objects.get().next_update


def test_a_channel_whose_id_changes(slack, cadence):
    incident, channel = major(slack)
    with by(ADA):
        Update.objects.post(incident, f"See <#{channel}>")
    later(61)
    slack.settle()
    channel_ids.changed(channel, "C0NEWID0001")
    assert Timer.objects.get().data["channel"] == "C0NEWID0001"
    assert Update.objects.get().known == "See <#C0NEWID0001>"


def test_where_no_one_can_be_asked_it_does_not_count(slack, cadence):
    incident = slack.declare("The checkout is down", severity="2")
    assert later(61) == 1
    slack.settle()
    assert Timer.objects.get().data["asked"] == 0
    channel = slack.open_channel(incident)
    later(122)
    slack.settle()
    assert len(questions(slack, channel)) == 1


def test_a_question_that_was_answered_while_it_waited_is_not_asked(slack, cadence):
    incident, channel = major(slack)
    later(61)
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    slack.settle()
    assert questions(slack, channel) == []


@pytest.mark.django_db
@pytest.mark.parametrize("incidents", [1, 40])
def test_looking_for_what_is_due_is_one_query(cadence, incidents, django_assert_num_queries):
    for _ in range(incidents):
        Incident.objects.create_incident("Down", person(ADA), severity="2")
    assert Timer.objects.count() == incidents
    with django_assert_num_queries(1):
        assert timers.run_due() == 0


@pytest.mark.django_db
def test_a_timer_that_fails_hinders_no_other(cadence, monkeypatch):
    for _ in range(2):
        Incident.objects.create_incident("Down", person(ADA), severity="2")
    first = Timer.objects.order_by("pk").first()
    asked = []

    def fail(timer, now):
        if timer.pk == first.pk:
            raise ValueError("no")
        asked.append(timer.pk)
        timer.delete()

    monkeypatch.setitem(timers._handlers, update_reminders.TIMER, fail)
    assert later(61) == 1
    assert len(asked) == 1
    first.refresh_from_db()
    assert first.due > timezone.now() + timedelta(minutes=61)


def test_nothing_is_set_where_nothing_is_configured(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    slack.tell_bot("bo", channel, "severity major")
    tick.minute(alone=False)
    incident.close()
    assert not Timer.objects.exists()
    assert not UpdateNotice.objects.exists()
