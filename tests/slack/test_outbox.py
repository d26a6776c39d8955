"""What we say arrives, in order, through every failure of Slack's."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from demo.sandbox.models import ApiCall, Channel, Message
from response.core.models import Incident
from response.jobs import outbox
from response.jobs.models import OutboxMessage, OutboxQueue
from response.slack.features.people import get_or_create_user
from response.slack.jobs.messages import add_reaction, post_message
from response.worker import runners


def go():
    """Have waiting work done now, whatever it waits for."""
    OutboxQueue.objects.update(paused_until=None)
    runners.start_workers()


def said(slack, channel):
    return [m.text for m in slack.messages(channel)]


@pytest.mark.parametrize("fault", [{"kind": "500"}, {"kind": "drop"},
                                   {"kind": "429", "seconds": 1},
                                   {"kind": "error", "error": "internal_error"},
                                   {"kind": "error", "error": "invalid_auth"}])  # fmt: skip
def test_in_order_through_a_failure(slack, fault):
    slack.faults.add(fault.pop("kind"), "chat.postMessage", times=2, **fault)
    for n in range(5):
        post_message("C0SANDBOX02", f"message {n}")
    runners.start_workers()
    slack.until(
        lambda: go() or OutboxMessage.objects.filter(status="sent").count() == 5, "all to be sent"
    )
    assert said(slack, "incidents") == [f"message {n}" for n in range(5)]


def test_retry_after_is_honoured(slack):
    slack.faults.add("429", "chat.postMessage", times=1, seconds=30)
    asked = timezone.now()
    post_message("C0SANDBOX02", "patience")
    runners.start_workers()
    queue = slack.until(lambda: OutboxQueue.objects.filter(paused_until__isnull=False).first())
    assert (queue.paused_until - asked).total_seconds() >= 30


def test_retry_after_is_for_the_method_and_for_nothing_else(slack):
    slack.faults.add("429", "chat.postMessage", times=1, seconds=60)
    message = slack.people.say("ada", "incidents", "hello")
    post_message("C0SANDBOX02", "too often")
    runners.start_workers()
    slack.until(lambda: OutboxQueue.objects.filter(paused_until__isnull=False).exists())
    post_message("C0SANDBOX03", "has to wait as well")
    add_reaction("C0SANDBOX02", message.ts, "eyes")
    slack.until(lambda: go() or slack.reactions(message) == ["eyes"])
    slack.until(lambda: OutboxQueue.objects.filter(paused_until__isnull=False).count() == 2)
    assert ApiCall.objects.filter(method="chat.postMessage").count() == 1


def test_one_channels_trouble_is_not_anothers(slack):
    slack.faults.add("500", "chat.postMessage", times=1)
    post_message("C0SANDBOX02", "stuck")
    runners.start_workers()
    paused = OutboxQueue.objects.filter(paused_until__isnull=False, claim="")
    slack.until(lambda: paused.update(paused_until=timezone.now() + timedelta(minutes=1)))
    post_message("C0SANDBOX03", "free")
    runners.start_workers()
    slack.until(lambda: said(slack, "incident-reports") == ["free"])
    assert said(slack, "incidents") == []


def test_what_slack_will_never_take_does_not_hold_up_the_rest(slack):
    post_message("C0NOWHERE01", "nobody hears this")
    outbox.enqueue("chat.postMessage", queue="C0SANDBOX02", channel="C0NOWHERE01", text="x")
    post_message("C0SANDBOX02", "but this")
    slack.settle()
    assert said(slack, "incidents") == ["but this"]
    failed = OutboxMessage.objects.filter(status="failed")
    assert {m.error for m in failed} == {"Slack refused chat.postMessage: channel_not_found"}


def test_blocks_that_slack_refuses_are_sent_as_text(slack):
    post_message("C0SANDBOX02", "at least the text", blocks=[{"type": "nonsense"}])
    slack.settle()
    assert said(slack, "incidents") == ["at least the text"]


def test_a_missing_right_to_react_does_not_keep_words_waiting(slack):
    from demo.sandbox.models import Grant

    _incident, channel = slack.incident_with_channel()
    Grant.objects.create(withheld=["reactions:write"])
    slack.tell_bot("bo", channel, "duration")
    assert "second" in said(slack, channel)[-1]


def test_nothing_is_sent_of_what_was_rolled_back(slack):
    with transaction.atomic():
        post_message("C0SANDBOX02", "never")
        transaction.set_rollback(True)
    post_message("C0SANDBOX02", "always")
    slack.settle()
    assert said(slack, "incidents") == ["always"]


def test_a_message_whose_answer_was_lost_is_said_again(slack):
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    post_message("C0SANDBOX02", "at least once")
    runners.start_workers()
    slack.until(lambda: go() or OutboxMessage.objects.filter(status="sent").exists())
    assert said(slack, "incidents") == ["at least once"] * 2


# The headline


@pytest.mark.parametrize("kind", ["drop", "500"])
def test_a_headline_whose_answer_was_lost_is_found_again(slack, kind):
    slack.faults.add(kind, "chat.postMessage", times=1, after_effect=True)
    slack.people.command("ada", "incidents", "/incident Down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    slack.until(lambda: go() or OutboxMessage.objects.filter(method="headline.sync", status="sent"))
    [headline] = slack.messages("incidents")
    incident = Incident.objects.get()
    assert incident.headlinepost.message_ts == headline.ts


def test_a_headline_that_was_deleted_is_posted_anew(slack):
    incident = slack.declare("Down")
    slack.people.delete(slack.headline(incident))
    incident.severity = "1"
    incident.save()
    slack.settle()
    [headline] = slack.messages("incidents")
    assert "critical" in slack.shown(headline)
    assert slack.headline(incident) == headline


def test_a_headline_waits_until_its_channel_is_mended(slack, settings):
    settings.INCIDENT_CHANNEL_ID = "C0NOWHERE01"
    slack.people.command("ada", "incidents", "/incident Down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    slack.until(lambda: OutboxMessage.objects.filter(error__contains="channel_not_found").exists())
    settings.INCIDENT_CHANNEL_ID = None
    slack.until(lambda: go() or slack.messages("incidents"))


def test_the_incidents_channel_is_joined_and_made_if_need_be(slack, settings):
    slack.people.leave("incident", "incidents")
    slack.declare("One")
    assert len(slack.messages("incidents")) == 1
    settings.INCIDENT_CHANNEL_NAME = "new-incidents"
    slack.declare("Two")
    assert len(slack.messages("new-incidents")) == 1


def test_a_thread_waits_for_its_headline(slack):
    incident = Incident.objects.create_incident("Down", None)
    slack.settle()
    incident.headlinepost.post_to_thread("in the thread")
    slack.settle()
    [headline, reply] = Message.objects.filter(user=slack.bot, channel__name="incidents")
    assert (reply.text, reply.thread_ts) == ("in the thread", headline.ts)


# The comms channel


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize(
    "method",
    ["conversations.create", "conversations.invite", "conversations.setTopic", "chat.postMessage",
     "chat.update"],
)  # fmt: skip
def test_making_a_comms_channel_goes_on_where_it_failed(slack, method, after_effect):
    incident = slack.declare("Down")
    slack.faults.add("drop", method, times=1, after_effect=after_effect)
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(
        lambda: (
            go()
            or (
                not OutboxMessage.objects.filter(status="waiting").exists()
                and Channel.objects.filter(name__startswith="inc-").exists()
            )
        ),
        "the channel to be made",
    )
    slack.settle()
    [made] = Channel.objects.filter(name__startswith="inc-")
    assert incident.report in made.topic
    members = set(made.memberships.values_list("member_id", flat=True))
    assert members == {slack.bot, "U0SANDBOX01", "U0SANDBOX02"}
    assert len(slack.messages(made.id)) == 1
    assert f"<#{made.id}>" in slack.shown(slack.headline(incident))


def test_a_channel_that_cannot_be_made_is_explained(slack):
    incident = slack.declare("Down")
    slack.faults.add("error", "conversations.create", error="restricted_action")
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.settle()
    assert "restricted_action" in slack.whispers("bo")[-1]
    slack.faults.clear()
    assert slack.open_channel(incident)


def test_every_call_ends_within_its_limit(slack, settings):
    settings.RESPONSE_SLACK_TIMEOUT = 0.3
    slack.faults.add("latency", "chat.postMessage", seconds=1.5, times=1)
    post_message("C0SANDBOX02", "late")
    runners.start_workers()
    slack.until(lambda: OutboxMessage.objects.filter(error__contains="no whole answer").exists())
    slack.until(
        lambda: any(c.finished - c.started >= 1.5 for c in slack.calls("chat.postMessage")),
        "the sandbox to end its part",
    )


def test_what_becomes_due_while_a_worker_looks_is_not_overlooked(transactional_db):
    began = timezone.now()
    outbox.enqueue("api.test", queue="late", delay=0.05)
    time.sleep(0.1)
    assert runners.outbox_workers.next_due(began) <= 0
    assert runners.outbox_workers.next_due(timezone.now()) is None


def test_a_channel_that_slack_does_not_show_us_holds_the_headline_and_is_told(slack, settings):
    slack.people.create_channel("ada", "secret-incidents", private=True)
    settings.INCIDENT_CHANNEL_NAME = "secret-incidents"
    incident = Incident.objects.create_incident("Down", get_or_create_user("U0SANDBOX01"))
    runners.start_workers()
    slack.until(lambda: slack.direct_messages("ada"))
    assert (
        "is stored, but I cannot post it in the incidents channel yet"
        in (slack.direct_messages("ada")[0])
    )
    assert "invite me to it" in slack.direct_messages("ada")[0]
    go()
    slack.people.invite("ada", "secret-incidents", "incident")
    slack.until(lambda: go() or slack.messages("secret-incidents"))
    assert "Down" in slack.shown(slack.messages("secret-incidents")[0])
    assert len(slack.direct_messages("ada")) == 1
    incident.refresh_from_db()


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_headline_with_something_that_slack_refuses_is_shown_as_text(slack, method):
    if method == "chat.update":
        incident = slack.declare("Down")
    slack.faults.add("error", method, error="invalid_blocks", times=1)
    if method == "chat.postMessage":
        incident = slack.declare("Down")
    incident.report = "Up and down"
    incident.save()
    slack.settle()
    assert "Up and down" in slack.headline(incident).text


def test_a_making_that_is_tried_again_much_later_finds_its_channel(slack):
    incident = slack.declare("Down")
    slack.faults.add("500", "conversations.create", after_effect=True, times=1)
    slack.faults.add("error", "conversations.list", error="invalid_cursor", times=1)
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    failed = OutboxMessage.objects.filter(method="comms_channel.make", status="failed")
    slack.until(lambda: go() or failed.exists())
    # Some hours later, by hand.
    Channel.objects.filter(name__startswith="inc-").update(created=int(time.time()) - 9000)
    job = failed.get()
    job.progress["since"] -= 9000
    job.save()
    failed.retry()
    slack.until(lambda: go() or Incident.objects.get().comms_channel())
    slack.settle()
    assert Channel.objects.filter(name__startswith="inc-").count() == 1


def test_one_who_cannot_be_invited_is_told_so(slack):
    incident = slack.declare("Down")
    slack.faults.add("error", "conversations.invite", error="cant_invite")
    slack.people.press("farid", slack.headline(incident), "create-comms-channel-button")
    slack.settle()
    assert "did not let me add you" in slack.whispers("farid")[-1]
    assert "cant_invite" in slack.whispers("farid")[-1]


@pytest.mark.parametrize("how", ["closed", "report"])
def test_an_old_button_makes_no_channel_where_there_is_to_be_none(slack, how):
    incident = slack.declare("Down")
    headline = slack.headline(incident)
    if how == "closed":
        incident.close()
    else:
        Incident.objects.update(report_only=True)
    slack.people.press("bo", headline, "create-comms-channel-button")
    slack.settle()
    assert Incident.objects.get().comms_channel() is None
    assert ("closed" if how == "closed" else "report-only") in slack.whispers("bo")[-1]


def test_a_change_brings_forward_a_headline_that_waits_too_long(db):
    incident = Incident.objects.create_incident("Down", None)
    OutboxMessage.objects.update(due=timezone.now() + timedelta(hours=1))
    incident.severity = "1"
    incident.save()
    [waiting] = OutboxMessage.objects.all()
    assert waiting.due < timezone.now() + timedelta(minutes=1)
