"""Rules by the front door: who comes, who is told, what is missing, and archiving; each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django.utils.formats import localize

from demo.sandbox.models import Grant, Group
from response.core.actors import Actor, acting_as
from response.core.models import ExternalUser, Field, Incident, Update
from response.core.models.field_values import Kind
from response.jobs import timers
from response.jobs.models import OutboxMessage, OutboxQueue, Timer
from response.rules import actions, apply, plan, trial
from response.rules.models import Rule, RuleRun
from response.rules.situation import situation_of
from response.slack.models import CommsChannel
from response.slack.web_api.client import SlackClient
from response.worker import runners, status
from tests.server_for_tests import Server, test_database

ADA, BO, CHIDI, EIKO = "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03", "U0SANDBOX05"
OPS = "S0SANDBOX01"  # chidi and eiko


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(apply, "DELAY", 0.0)


def rule(**values) -> Rule:
    made = Rule(**{"key": "page-ops", "name": "Page ops", "active": True, **values})
    made.full_clean()
    made.save()
    return made


def by(user_id: str):
    person, _made = ExternalUser.objects.get_or_create_slack(external_id=user_id)
    return acting_as(Actor(person=person))


def members(slack, channel: str) -> set[str]:
    return set(slack.channel(channel).memberships.values_list("member_id", flat=True))


def entries(incident) -> list[str]:
    found = incident.timeline_events().filter(metadata__update_type="rule")
    assert {entry.actor_name for entry in found} <= {"Response"}
    return [entry.text for entry in found]


def runs() -> dict[str, str]:
    return dict(RuleRun.objects.values_list("cause", "state"))


def later(**after: float) -> int:
    """What a tick so much later does to the timers."""
    return timers.run_due(timezone.now() + timedelta(**after))


def at_work_until(slack, condition):
    runners.start_workers()
    return slack.until(condition)


def try_again() -> None:
    """Have what waits tried now."""
    OutboxMessage.objects.waiting().update(due=timezone.now())
    OutboxQueue.objects.update(paused_until=None)


def invitations(slack) -> list[str]:
    return sorted(call.arguments["users"] for call in slack.calls("conversations.invite"))


# Who comes


def test_people_and_a_group_are_invited_once(slack):
    rule(severities=["1"], invite_users=[BO], invite_groups=[OPS])
    incident, channel = slack.incident_with_channel()
    slack.people.leave("bo", channel)  # who made the channel was in it
    slack.settle()
    assert runs() == {}
    with by(ADA):
        incident.severity = "1"
        incident.save()
    slack.settle()
    assert {BO, CHIDI, EIKO} <= members(slack, channel)
    assert entries(incident) == [f"Rule “Page ops”: invited <@{BO}>, <@{CHIDI}>, <@{EIKO}>"]
    asked = invitations(slack)
    with by(ADA):
        for severity in ("2", "1"):
            incident.severity = severity
            incident.save()
            slack.settle()
    job = OutboxMessage.objects.get(method="rules.run")
    OutboxMessage.objects.filter(pk=job.pk).update(status=OutboxMessage.WAITING)  # redelivered
    slack.settle()
    assert invitations(slack) == asked
    assert len(entries(incident)) == 1


def test_they_come_once_there_is_a_channel(slack):
    rule(invite_users=[CHIDI])
    incident = slack.declare("Down", severity="2")
    assert runs() == {}
    channel = slack.open_channel(incident)
    slack.settle()
    assert CHIDI in members(slack, channel)
    assert runs() == {"invite": "done"}


def test_an_unknown_person_and_group_are_told_once_and_the_others_come(slack):
    rule(invite_users=["U0NOSUCHONE", CHIDI], invite_groups=["S0NOSUCHGROUP"])
    incident, channel = slack.incident_with_channel()
    slack.settle()
    assert CHIDI in members(slack, channel)
    [told] = entries(incident)
    assert f"invited <@{CHIDI}>" in told
    assert "<@U0NOSUCHONE> (user_not_found)" in told
    assert "S0NOSUCHGROUP> (no_such_subteam)" in told
    assert runs() == {"invite": "failed"}
    assert not OutboxMessage.objects.waiting().filter(method="rules.run").exists()


def test_a_missing_scope_blocks_the_group_alone_until_it_is_granted(slack):
    Grant.objects.update_or_create(pk=1, defaults={"withheld": ["usergroups:read"]})
    rule(invite_users=[BO], invite_groups=[OPS])
    incident, channel = slack.incident_with_channel()
    at_work_until(slack, lambda: OutboxMessage.objects.filter(blocked=True).exists())
    assert BO in members(slack, channel)
    assert CHIDI not in members(slack, channel)
    assert "usergroups:read" in status.gather().outbox.why
    Grant.objects.update(withheld=[])
    try_again()
    at_work_until(slack, lambda: runs() == {"invite": "done"})
    assert {CHIDI, EIKO} <= members(slack, channel)
    assert len(entries(incident)) == 1
    assert invitations(slack).count(BO) <= 2  # by the button, and by the rule


def test_a_group_is_as_it_is_when_they_come(slack):
    rule(invite_groups=[OPS])
    incident = slack.declare("Down")
    Group.objects.get(pk=OPS).members.set([BO])
    channel = slack.open_channel(incident, "ada")
    slack.settle()
    assert BO in members(slack, channel)
    assert CHIDI not in members(slack, channel)


@pytest.mark.parametrize("included", [False, True])
def test_private_incidents_only_if_the_rule_says_so(slack, included):
    rule(
        invite_users=[CHIDI],
        include_private=included,
        post_channel="general",
        post_text="Look at {title}",
    )
    incident = slack.declare("The vault is open", visibility="private")
    channel = slack.open_channel(incident, "ada")
    slack.settle()
    assert (CHIDI in members(slack, channel)) is included
    assert slack.messages("general") == []
    assert "post" not in runs()


def test_one_that_becomes_private_between_the_queue_and_the_call(slack):
    rule(invite_users=[BO, CHIDI], post_channel="general", post_text="Look at {title}")
    incident, channel = slack.incident_with_channel()
    slack.settle()
    RuleRun.objects.all().delete()
    Rule.objects.all().delete()
    rule(key="again", invite_users=[EIKO], post_channel="general", post_text="Look at {title}")
    Rule.objects.update(since=incident.report_time - timedelta(minutes=1))
    before = len(slack.messages("general"))
    slack.faults.add("500", "conversations.invite", times=99)
    slack.faults.add("500", "chat.postMessage", times=99)
    with by(ADA):
        incident.impact = "x"
        incident.save()
    # Both were tried, and wait: a call on its way to Slack cannot be taken back.
    tried = OutboxMessage.objects.waiting().filter(method=apply.RUN).exclude(error="")
    at_work_until(slack, lambda: tried.count() == 2)
    incident.private = True
    incident.save()
    slack.faults.clear()
    try_again()
    at_work_until(slack, lambda: "queued" not in runs().values())
    assert set(runs().values()) == {"skipped"}
    assert EIKO not in members(slack, channel)
    assert len(slack.messages("general")) == before
    incident.private = False  # that was a mistake: now they are done
    incident.save()
    at_work_until(slack, lambda: set(runs().values()) == {"done"})
    assert EIKO in members(slack, channel)
    assert len(slack.messages("general")) == before + 1


# Who is told


def test_a_line_is_posted_once_with_what_it_names(slack):
    rule(
        severities=["1"],
        post_channel="#general",
        post_text="<!channel> *{title}* {severity} {lead} {channel} {link} {{x}} & <@U0SANDBOX02>",
    )
    incident = slack.declare("The <checkout> is down", severity="1", lead=BO)
    slack.settle()
    [message] = slack.messages("general")
    assert message.text.startswith(
        f"&lt;!channel&gt; *The &lt;checkout&gt; is down* critical <@{BO}> no channel yet <"
    )
    assert message.text.endswith("{x} &amp; <@U0SANDBOX02>")
    assert len(entries(incident)) == 1
    assert "posted in <#C0SANDBOX01>" in entries(incident)[0]


@pytest.mark.parametrize("channel", ["incident-reports", "general"])  # the bot is in the first one
def test_a_lost_answer_gives_one_line(slack, channel):
    rule(post_channel=channel, post_text="Look at {id}")
    slack.faults.add("drop", "chat.postMessage", times=2, after_effect=True)
    slack.people.command("ada", "general", "/incident Down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    at_work_until(slack, lambda: runs() == {"post": "done"})
    assert len(slack.messages(channel)) == 1


@pytest.mark.parametrize("channel", ["no-such-channel", "old"])
def test_a_channel_that_is_not_there_is_reported_where_it_is_mended(slack, channel):
    slack.people.create_channel("ada", "old")
    slack.people.archive("ada", "old")
    made = rule(post_channel=channel, post_text="Look at {id}")
    slack.people.command("ada", "general", "/incident Down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    blocked = at_work_until(slack, lambda: OutboxMessage.objects.filter(blocked=True).first())
    assert "page-ops" in blocked.error
    assert "configuration" in status.gather().codes
    Rule.objects.filter(pk=made.pk).update(post_channel="general")
    try_again()
    at_work_until(slack, lambda: runs() == {"post": "done"})
    assert len(slack.messages("general")) == 1


def test_what_could_never_be_posted_is_told_in_the_timeline(slack):
    rule(post_channel="general", post_text="Look at {id}")
    slack.people.command("ada", "general", "/incident Down")
    slack.faults.add("error", "chat.postMessage", times=99, error="msg_blocked_by_admin")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    at_work_until(slack, lambda: runs() == {"post": "failed"})
    assert "could not be carried out" in entries(Incident.objects.get())[0]


# What is missing


@pytest.mark.parametrize(
    ("what", "mend"),
    [("lead", {"lead": True}), ("summary", {"summary": "x"}), ("severity", {"severity": "2"})],
)
def test_what_is_missing_is_said_once_and_not_once_it_is_there(slack, what, mend):
    rule(remind_if=what, remind_after=15)
    first, channel = slack.incident_with_channel("First")
    second = slack.declare("Second")
    slack.open_channel(second)
    if "lead" in mend:
        mend = {"lead": ExternalUser.objects.get(external_id=BO)}
    with by(ADA):
        for name, value in mend.items():
            setattr(second, name, value)
        second.save()
    slack.settle()
    assert later(minutes=14) == 0
    assert later(minutes=16) == 1
    slack.settle()
    [said] = [m.text for m in slack.messages(channel) if m.text.startswith("⚠️")]
    assert "15 minutes" in said
    assert f"no {what}" in said
    assert later(hours=9) == 0
    assert (len(entries(first)), entries(second)) == (1, [])


def test_a_lead_who_goes_is_missed_after_a_while(slack):
    rule(remind_if="lead", remind_after=15)
    incident, _channel = slack.incident_with_channel()
    with by(ADA):
        incident.lead = ExternalUser.objects.get(external_id=BO)
        incident.save()
        slack.settle()
        assert not Timer.objects.exists()
        Incident.objects.filter(pk=incident.pk).update(
            report_time=timezone.now() - timedelta(hours=3)
        )
        Rule.objects.update(since=timezone.now() - timedelta(hours=4))
        incident.refresh_from_db()
        incident.lead = None
        incident.save()
    slack.settle()
    assert later(minutes=14) == 0
    assert later(minutes=16) == 1


def test_what_is_shown_beforehand_says_when_it_happens(slack):
    long_ago = timezone.now() - timedelta(days=30)
    made = rule(remind_if="lead", remind_after=15, archive_after=7)
    incident, _channel = slack.incident_with_channel()
    Timer.objects.all().delete()
    Incident.objects.filter(pk=incident.pk).update(report_time=long_ago)
    Rule.objects.update(since=long_ago - timedelta(days=1))
    incident.refresh_from_db()

    def shown() -> dict[str, str]:
        return {v.what.split()[0]: v.verdict for v in trial.verdicts(incident) if v.would}

    # It is missed from the next look on, for a quarter of an hour.
    assert shown()["remind:"].startswith("Yes, ")
    assert shown()["remind:"] != "Yes, at once."
    incident.summary = "The cache is full"
    incident.save()
    slack.settle()
    assert shown()["remind:"] == f"Yes, {localize(Timer.objects.get().due)}."
    made.remind_after = 20  # what is scheduled stays, though the rule begins again
    made.save()
    assert shown()["remind:"] == f"Yes, {localize(Timer.objects.get().due)}."
    Rule.objects.update(since=long_ago - timedelta(days=1))
    Incident.objects.filter(pk=incident.pk).update(end_time=long_ago)
    incident.refresh_from_db()
    # The channel is told a day before it is archived.
    assert shown()["announce"] == "Yes, at once."
    assert shown()["archive"] != "Yes, at once."
    assert "remind:" not in shown()


def test_a_silence_is_reminded_of_once_for_each_update(slack):
    rule(remind_if="update", remind_after=60)
    incident, channel = slack.incident_with_channel()
    slack.settle()
    assert later(minutes=59) == 0
    assert later(minutes=61) == 1
    slack.settle()
    assert later(hours=9) == 0
    with by(ADA):
        Update.objects.post(incident, "We add nodes")
    slack.settle()
    assert later(minutes=61) == 1
    slack.settle()
    said = [m.text for m in slack.messages(channel) if "no update" in m.text]
    assert len(said) == 2
    assert len(entries(incident)) == 2


# Archiving


def test_a_channel_is_told_and_archived_unless_it_is_reopened(slack, monkeypatch):
    rule(archive_after=7)
    incident, channel = slack.incident_with_channel()
    incident.close()
    slack.settle()
    assert later(days=5, hours=23) == 0
    assert later(days=6, minutes=1) == 1
    slack.settle()
    said = [m.text for m in slack.messages(channel) if m.text.startswith("🗄️")]
    assert len(said) == 1
    assert Timer.objects.count() == 1
    incident.reopen()
    slack.settle()
    assert not Timer.objects.exists()
    assert later(days=8) == 0
    Incident.objects.get(pk=incident.pk).close(timezone.now() + timedelta(seconds=2))
    slack.settle()
    later(days=6, minutes=1)
    slack.settle()
    assert later(days=6, hours=23) == 0
    assert later(days=7, minutes=1) == 1
    slack.settle()
    assert slack.channel(channel).is_archived
    assert CommsChannel.objects.get().archived
    assert entries(incident) == ["Rule “Page ops”: archived the comms channel"]
    assert not Timer.objects.exists()
    assert len(slack.calls("conversations.archive")) == 1


def test_a_channel_that_was_archived_by_hand_is_left_alone(slack):
    rule(archive_after=1)
    incident, channel = slack.incident_with_channel()
    incident.close()
    slack.settle()
    later(minutes=1)
    slack.settle()
    slack.people.archive("bo", channel)
    slack.settle()
    later(days=2)
    slack.settle()
    assert not slack.calls("conversations.archive")
    assert not Timer.objects.exists()
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()


def test_only_the_incident_s_own_channel_is_archived(slack):
    rule(archive_after=1)
    incident, channel = slack.incident_with_channel()
    other = slack.declare("Another")
    CommsChannel.objects.create(incident=other, channel_id=channel, channel_name="shared")
    incident.close()
    slack.settle()
    later(minutes=1)
    slack.settle()
    later(days=2)
    slack.settle()
    assert not slack.channel(channel).is_archived


# Since when


def test_a_rule_does_not_act_on_what_began_before_it(slack):
    incident, channel = slack.incident_with_channel()
    made = rule(invite_users=[CHIDI], remind_if="lead", remind_after=5)
    with by(ADA):
        incident.severity = "1"
        incident.save()
    slack.settle()
    assert later(hours=9) == 0
    assert CHIDI not in members(slack, channel)
    made.refresh_from_db()
    since = made.since
    made.description = "For the night"
    made.save()
    assert made.since == since
    made.invite_users = [BO]
    made.save()
    assert made.since > since


def test_a_rule_is_off_until_it_is_switched_on(slack):
    made = Rule.objects.create(key="new", name="New", invite_users=[CHIDI])
    assert (made.active, made.since) == (False, None)
    _incident, channel = slack.incident_with_channel()
    assert CHIDI not in members(slack, channel)
    assert not OutboxMessage.objects.filter(method="rules.apply").exists()


def test_a_rule_that_is_switched_off_meanwhile_does_nothing_more(slack):
    made = rule(invite_users=[CHIDI], remind_if="lead", remind_after=5)
    slack.faults.add("500", "conversations.invite", times=99)
    incident = slack.declare("Down")
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    tried = OutboxMessage.objects.waiting().filter(method=apply.RUN).exclude(error="")
    at_work_until(slack, tried.exists)
    made.active = False
    made.save()
    slack.faults.clear()
    try_again()
    at_work_until(slack, lambda: runs() == {"invite": "skipped"})
    assert later(hours=9) == 1
    assert not Timer.objects.exists()
    assert list(RuleRun.objects.values_list("note", flat=True)) == ["The rule is switched off."]


# Duplicates and deaths


@pytest.mark.processes
def test_killed_while_people_are_invited(live_slack, settings):
    slack = live_slack  # of which a process beside the test sees what is stored
    rule(invite_users=[BO, CHIDI, EIKO])
    incident, channel = slack.incident_with_channel()
    slack.settle()
    RuleRun.objects.all().delete()
    for user in ("chidi", "eiko"):
        slack.people.leave(user, channel)
    slack.settle()
    incident.timeline_events().filter(metadata__update_type="rule").delete()
    before = len(slack.calls("conversations.invite"))
    server = Server(slack, settings, RESPONSE_TEST_DATABASE=test_database())
    try:
        slack.faults.add("latency", "conversations.invite", seconds=1.5, times=3)
        slack.people.say("bo", channel, "@incident severity major")
        slack.until(lambda: len(slack.calls("conversations.invite")) > before)
    finally:
        server.kill()
    slack.faults.clear()
    call_command("response_tick")
    slack.settle()
    assert {BO, CHIDI, EIKO} <= members(slack, channel)
    assert runs() == {"invite": "done"}
    assert len(entries(incident)) == 1


@pytest.mark.django_db
def test_two_looks_at_once_note_each_thing_once():
    rule(post_channel="general", post_text="x")
    person, _made = ExternalUser.objects.get_or_create_slack(external_id=ADA)
    Incident.objects.create_incident("Down", person)
    job = OutboxMessage.objects.get(method="rules.apply")
    apply.apply(job)
    apply.apply(job)
    assert RuleRun.objects.count() == 1
    assert OutboxMessage.objects.filter(method="rules.run").count() == 1


@pytest.mark.django_db
def test_a_run_without_its_rule_or_incident_is_over():
    made = rule(post_channel="general", post_text="x")
    person, _made = ExternalUser.objects.get_or_create_slack(external_id=ADA)
    Incident.objects.create_incident("Down", person)
    apply.apply(OutboxMessage.objects.get(method="rules.apply"))
    made.delete()
    actions.run(OutboxMessage.objects.get(method="rules.run"))
    assert runs() == {"post": "skipped"}


@pytest.mark.django_db
def test_a_rule_looks_at_custom_fields():
    person, _made = ExternalUser.objects.get_or_create_slack(external_id=ADA)
    service = Field.objects.create(key="service", name="Service", kind=Kind.TEXT)
    owner = Field.objects.create(key="owner", name="Owner", kind=Kind.PERSON)
    rule(
        post_channel="general",
        post_text="x",
        field_values=["service=Checkout", "owner=U0SANDBOX01"],
    )
    incident = Incident.objects.create_incident("Down", person)
    job = OutboxMessage.objects.get(method="rules.apply")
    apply.apply(job)
    assert runs() == {}
    incident.set_field(service, "checkout")
    incident.set_field(owner, person)
    incident.save()
    apply.apply(job)
    assert runs() == {"post": "queued"}


# What cannot be


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"severities": ["9"]}, "severities"),
        ({"severities": "1"}, "severities"),
        ({"field_values": ["service"]}, "field_values"),
        ({"invite_users": ["@bo"]}, "invite_users"),
        ({"invite_users": [1]}, "invite_users"),
        ({"invite_groups": ["U012ABCDEF"]}, "invite_groups"),
        ({"post_channel": "general"}, "post_text"),
        ({"post_text": "x"}, "post_channel"),
        ({"post_channel": "Not A Channel", "post_text": "x"}, "post_channel"),
        ({"post_channel": "general", "post_text": "{nope}"}, "post_text"),
        ({"post_channel": "general", "post_text": "{title.__class__}"}, "post_text"),
        ({"post_channel": "general", "post_text": "{title!r}"}, "post_text"),
        ({"post_channel": "general", "post_text": "{title:>100}"}, "post_text"),
        ({"post_channel": "general", "post_text": "{0}"}, "post_text"),
        ({"post_channel": "general", "post_text": "{title"}, "post_text"),
        ({"remind_if": "lead"}, "remind_after"),
        ({"remind_after": 5}, "remind_if"),
        ({"remind_if": "lead", "remind_after": 0}, "remind_after"),
        ({"archive_after": 0}, "archive_after"),
        ({}, "active"),
    ],
)
def test_a_rule_that_could_not_work_is_refused(values, field):
    with pytest.raises(ValidationError) as raised:
        rule(**values)
    assert field in raised.value.message_dict


class Died(BaseException):
    """A process that was killed."""


class Deaths:
    """Has an attempt at a job die after so many steps: calls of Slack and rows that are saved."""

    def __init__(self, monkeypatch):
        self.left = 1_000_000
        monkeypatch.setattr(SlackClient, "api_call", self._counted(SlackClient.api_call))
        for model in (OutboxMessage, RuleRun):
            monkeypatch.setattr(model, "save", self._counted(model.save))

    def _counted(self, step):
        def counted(*args, **kwargs):
            result = step(*args, **kwargs)
            self.left -= 1
            if self.left <= 0:
                raise Died
            return result

        return counted

    def attempts(self, job_pk: int, between: Callable[[], object]) -> int:
        """Try a job again and again, each time a step further, until it lives; how often it died.

        Each attempt is a new process: it knows what is in the database.
        """
        for steps in range(1, 60):
            self.left = steps
            try:
                actions.run(OutboxMessage.objects.get(pk=job_pk))
            except Died:
                self.left = 1_000_000
                between()
                continue
            self.left = 1_000_000
            return steps - 1
        raise AssertionError("It never came to an end.")


def queued(incident: Incident, made: Rule, kind: str) -> tuple[Incident, plan.Step, int]:
    """Queue something that a rule does, for the test itself to do."""
    Rule.objects.filter(pk=made.pk).update(since=timezone.now() - timedelta(days=9))
    incident = Incident.objects.with_people().get(pk=incident.pk)
    step = plan.scheduled_step(made, situation_of(incident), kind)
    with transaction.atomic():
        apply.start(incident, made, step)
        job = OutboxMessage.objects.get(method="rules.run")
        OutboxMessage.objects.filter(pk=job.pk).update(due=timezone.now() + timedelta(days=9))
    return incident, step, job.pk


EFFECTS = {
    "invite": {"invite_users": [BO, CHIDI], "invite_groups": [OPS]},
    "post": {"post_channel": "general", "post_text": "Look at {id}"},
    "remind": {"remind_if": "lead", "remind_after": 5},
    "archive-notice": {"archive_after": 1},
    "archive": {"archive_after": 1},
}


@pytest.mark.parametrize("events", [True, False], ids=["events between", "no events"])
@pytest.mark.parametrize("kind", EFFECTS)
def test_killed_after_any_step_each_effect_comes_once(slack, settings, monkeypatch, kind, events):
    incident, channel = slack.incident_with_channel()
    slack.people.leave("bo", channel)
    slack.settle()
    settings.RESPONSE_RUNNER = "response.worker.runners.TickRunner"
    made = rule(**EFFECTS[kind])
    if kind.startswith("archive"):
        incident.close()
        Incident.objects.update(end_time=timezone.now() - timedelta(days=3))
    incident, step, job = queued(incident, made, kind)
    said, asked = len(slack.messages(channel)), len(invitations(slack))

    def told_by_slack() -> None:
        if events and slack.channel(channel).is_archived:
            CommsChannel.objects.update(archived=True)

    assert Deaths(monkeypatch).attempts(job, told_by_slack) >= 2
    actions.run(OutboxMessage.objects.get(pk=job))  # delivered once more
    assert runs() == {step.cause: "done"}
    told = {
        "invite": f"invited <@{BO}>, <@{CHIDI}>, <@{EIKO}>",
        "post": "posted in <#C0SANDBOX01>",
        "remind": "reminded that there is no lead",
        "archive": "archived the comms channel",
    }
    assert entries(incident) == ([f"Rule “Page ops”: {told[kind]}"] if kind in told else [])
    if kind == "invite":
        assert {BO, CHIDI, EIKO} <= members(slack, channel)
        assert len(invitations(slack)) == asked + 3
    elif kind == "post":
        assert len(slack.messages("general")) == 1
    elif kind == "archive":
        assert len(slack.calls("conversations.archive")) == 1
    else:
        assert len(slack.messages(channel)) == said + 1
        assert Timer.objects.filter(kind="rule").count() == (kind == "archive-notice")


@pytest.mark.parametrize("kind", ["post", "remind"])
def test_what_was_said_before_the_rule_was_switched_off_is_told(slack, monkeypatch, kind):
    incident, channel = slack.incident_with_channel()
    slack.settle()
    incident, step, job = queued(incident, rule(**EFFECTS[kind]), kind)
    before = len(slack.messages(channel))
    deaths = Deaths(monkeypatch)
    for steps in range(1, 20):
        deaths.left = steps
        with pytest.raises(Died):
            actions.run(OutboxMessage.objects.get(pk=job))
        deaths.left = 1_000_000
        if slack.messages("general") or len(slack.messages(channel)) > before:
            break
    Rule.objects.update(active=False)
    actions.run(OutboxMessage.objects.get(pk=job))
    assert runs() == {step.cause: "done"}
    assert len(entries(incident)) == 1
