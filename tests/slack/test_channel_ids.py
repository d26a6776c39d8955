"""Slack gives a channel another id: what is stored follows, and settings are spoken of."""

from __future__ import annotations

import logging

import pytest

from demo.sandbox import seed
from response.core.models import Field, FieldValue, Incident, Review
from response.jobs.models import OutboxMessage, OutboxQueue
from response.rules import apply
from response.rules.models import Rule, RuleRun
from response.setup.doctor import examination
from response.slack.features import channel_ids, monthly_figures
from response.slack.models import InboxRequest, Lookup
from response.slack.web_api import identity
from response.worker import runners

GENERAL, INCIDENTS, REPORTS = seed.GENERAL, seed.INCIDENTS, seed.REPORTS


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(apply, "DELAY", 0.0)


def rule(**values) -> Rule:
    made = Rule(**{"key": "tell", "name": "Tell", "active": True, **values})
    made.full_clean()
    made.save()
    return made


def moved(old: str, new: str) -> dict[str, str]:
    return {
        "type": "channel_id_changed",
        "old_channel_id": old,
        "new_channel_id": new,
        "event_ts": "1790000000.000100",
    }


def found(name: str) -> list[tuple[str, str, str]]:
    """What the doctor says of something."""
    told = examination.examine(ask_site=False)
    return [(f.verdict, f.what, f.remedy) for f in told if f.name == name]


# Rows


def test_the_channel_of_a_rule_follows(slack):
    made = rule(post_channel=GENERAL, post_text=f"{{title}}, as in <#{GENERAL}> and <#{GENERAL}|g>")
    other = rule(key="other", name="Other", post_channel="#incident-reports", post_text="x")
    slack.declare("One")
    slack.settle()
    assert Rule.with_key("tell").post_channel == GENERAL, "it is remembered"
    new = slack.people.share_channel("general").id
    slack.settle()
    made.refresh_from_db()
    assert (made.post_channel, made.since) == (new, made.since)
    assert made.post_text == f"{{title}}, as in <#{new}> and <#{new}|g>"
    assert Rule.with_key("tell").post_channel == new, "what was remembered is forgotten"
    other.refresh_from_db()
    assert other.post_channel == "#incident-reports"
    assert f"<#{new}>" in RuleRun.objects.get(rule="tell").note

    since = made.since
    slack.declare("Two")
    slack.settle()
    assert [m.text[:3] for m in slack.messages(new) if m.text[:3] in ("One", "Two")] == [
        "One",
        "Two",
    ]
    assert Rule.objects.get(key="tell").since == since, "the rule has not begun again"


def test_a_line_whose_answer_was_lost_is_posted_once_although_the_channel_has_moved(slack):
    rule(post_channel=GENERAL, post_text="Look at {id}")
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    slack.people.command("ada", "general", "/incident Down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    slack.until(lambda: slack.messages("general"))
    slack.until(lambda: OutboxMessage.objects.filter(method="rules.run", attempts__gt=0).exists())
    new = slack.people.share_channel("general").id
    slack.until(lambda: Rule.objects.filter(post_channel=new).exists())
    OutboxMessage.objects.waiting().update(due="2020-01-01T00:00:00Z")
    OutboxQueue.objects.update(paused_until=None)
    runners.start_workers()
    slack.until(lambda: RuleRun.objects.filter(state=RuleRun.DONE).exists())
    assert len([m for m in slack.messages(new) if m.text.startswith("Look at")]) == 1


def test_a_text_follows_and_a_longer_id_does_not(slack):
    incident, channel = slack.incident_with_channel()
    longer = f"{channel}XX"
    Incident.objects.filter(pk=incident.pk).update(
        report=f"See <#{channel}>", summary=f"<#{channel}> <#{channel}|a> <#{longer}>"
    )
    field = Field.objects.create(key="where", name="Where", kind="text")
    FieldValue.objects.create(incident=incident, field=field, text=f"<#{channel}|a>", lookup="x")
    review = Review.objects.create(incident=incident)
    review.sections.create(key="what", title="What", text=f"See <#{channel}>.")
    new = slack.people.share_channel(channel).id
    slack.settle()
    incident.refresh_from_db()
    assert incident.comms_channel().channel_id == new
    assert incident.summary == f"<#{new}> <#{new}|a> <#{longer}>"
    assert incident.report == f"See <#{new}>"
    assert FieldValue.objects.get().text == f"<#{new}|a>"
    assert review.sections.get(key="what").text == f"See <#{new}>."


def test_a_channel_that_is_stored_nowhere_leaves_no_trace(slack):
    elsewhere = slack.people.create_channel("ada", "elsewhere")
    slack.people.share_channel("elsewhere")
    assert slack.post_event(moved(elsewhere.id, "C0NEW00001"))[0] == 200
    slack.settle()
    assert not InboxRequest.objects.filter(type="channel_id_changed").exists()
    assert not Lookup.objects.filter(key__startswith="channel once").exists()


@pytest.mark.django_db
def test_every_column_that_holds_an_id_of_a_channel_follows():
    from django.apps import apps
    from django.db import models

    columns = {
        (model, column.name)
        for model in apps.get_app_config("response").get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, models.CharField) and "channel" in column.name
    }
    columns -= {(m, name) for m, name in columns if name == "channel_name"}
    assert columns == set(channel_ids._IDS)


# Settings


@pytest.mark.parametrize("setting", identity.CHANNEL_SETTINGS)
def test_a_setting_is_followed_until_it_is_changed_and_the_doctor_names_the_id(
    slack, settings, setting, caplog
):
    setattr(settings, setting, GENERAL)
    name = setting.removesuffix("_ID").lower()
    assert all(verdict != "warn" or "another id" not in what for verdict, what, _r in found(name))
    with caplog.at_level(logging.WARNING, "response.slack.features.channel_ids"):
        new = slack.people.share_channel("general").id
        slack.settle()
    assert f"Set {setting} to {new}" in caplog.text
    [(verdict, what, remedy), *_others] = found(name)
    assert verdict == "warn"
    assert what == (
        f"{setting} is {GENERAL}. Slack has given that channel another id, {new}, which is used "
        "until you change the setting."
    )
    assert remedy == f'Set {setting} = "{new}".'
    assert not any(verdict == "fail" for verdict, *_rest in found(name))

    newest = slack.people.share_channel("general").id
    slack.settle()
    assert f'Set {setting} = "{newest}".' in [remedy for _v, _w, remedy in found(name)]
    setattr(settings, setting, newest)
    assert all("another id" not in what for _verdict, what, _remedy in found(name))


def test_headlines_go_where_the_channel_is_now(slack, settings):
    settings.INCIDENT_CHANNEL_ID = INCIDENTS
    first = slack.declare("One")
    slack.settle()
    new = slack.people.share_channel("incidents").id
    slack.settle()
    second = slack.declare("Two")
    slack.settle()
    assert {slack.headline(first).channel_id, slack.headline(second).channel_id} == {new}
    first.severity = "1"
    first.save()
    slack.settle()
    assert "critical" in slack.shown(slack.headline(first))


def test_a_channel_that_moves_back_is_the_one_in_the_setting(slack, settings):
    settings.RESPONSE_UPDATES_CHANNEL_ID = GENERAL
    for old, new in ((GENERAL, "C0NEW00001"), ("C0NEW00001", GENERAL)):
        assert slack.post_event(moved(old, new))[0] == 200
        slack.settle()
        assert identity.channel_id(identity.UPDATES) == new
    assert InboxRequest.objects.filter(type="channel_id_changed", status="done").count() == 2
    assert not any("another id" in what for _v, what, _r in found("response_updates_channel"))


def test_the_figures_of_the_month_go_where_the_channel_is_now(slack, settings):
    settings.RESPONSE_METRICS_CHANNEL = GENERAL
    new = slack.people.share_channel("general").id
    slack.settle()
    before = len(slack.messages(new))
    monthly_figures.post(OutboxMessage(method="figures.monthly", arguments={"day": "2026-02-28"}))
    assert len(slack.messages(new)) == before + 1


def test_a_channel_of_figures_that_is_not_there_is_named(slack, settings):
    settings.RESPONSE_METRICS_CHANNEL = "#figures-of-the-month"
    [(verdict, what, remedy)] = found("response_metrics_channel")
    assert verdict == "fail"
    assert "RESPONSE_METRICS_CHANNEL is “figures-of-the-month”" in what
    assert "RESPONSE_CREATE_INCIDENTS_CHANNEL" not in remedy
    settings.RESPONSE_METRICS_CHANNEL = "#general"
    assert all(verdict != "fail" for verdict, *_rest in found("response_metrics_channel"))
