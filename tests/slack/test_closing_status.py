"""Statuses in Slack's forms: the one that closes, and the choice in the form for editing."""

from __future__ import annotations

import pytest

from response.core.models import Field, Incident, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


@pytest.fixture
def statuses(db):
    Status.objects.create(key="false-alarm", name="False alarm", category="closed", rank=90)


@pytest.fixture
def needed(db):
    for key in ("cause", "cost"):
        Field.objects.create(key=key, name=key.title(), required="closing", rank=len(key))


def stored() -> Incident:
    return Incident.objects.get()


@pytest.mark.usefixtures("statuses", "needed")
def test_the_form_for_what_is_missing_closes_with_the_status_that_was_chosen(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, "status false alarm")
    slack.people.press("ada", slack.messages(channel)[-1], "fill-in-and-close-button")
    view = slack.people.open_view("ada")
    assert slack.people.submit("ada", view, {"field_cause": "a test", "field_cost": "none"}).ok
    slack.settle()
    assert stored().is_closed()
    assert stored().status_key == "false-alarm"
    assert {field.key: value for field, value in stored().custom_fields()} == {
        "cause": "a test",
        "cost": "none",
    }


@pytest.mark.usefixtures("statuses", "needed")
def test_a_status_that_was_retired_meanwhile_closes_as_usual(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, "status false alarm")
    slack.people.press("ada", slack.messages(channel)[-1], "fill-in-and-close-button")
    view = slack.people.open_view("ada")
    Status.objects.filter(key="false-alarm").update(retired=True)
    Status.forget()
    assert slack.people.submit("ada", view, {"field_cause": "a test", "field_cost": "none"}).ok
    slack.settle()
    assert stored().status_key == "resolved"


def edit_form(slack):
    slack.people.press("ada", slack.headline(stored()), "edit-incident-button")
    return slack.people.open_view("ada")


def choices(view) -> list[str]:
    [block] = [b for b in view.view["blocks"] if b["block_id"] == "status_key"]
    return [option["value"] for option in block["element"]["options"]]


@pytest.mark.usefixtures("statuses")
def test_the_form_for_editing_offers_the_statuses_of_the_category(slack):
    slack.incident_with_channel()
    view = edit_form(slack)
    assert choices(view) == ["live", "investigating", "identified", "monitoring"]
    assert slack.people.submit("ada", view, {"status_key": "monitoring"}).ok
    slack.settle()
    assert stored().status_key == "monitoring"
    [entry] = stored().timeline_events().filter(metadata__update_type="incident_status")
    assert entry.actor.external_id == "U0SANDBOX01"


def test_a_single_status_is_no_choice(slack):
    Status.objects.filter(category="live").exclude(key="live").update(retired=True)
    Status.forget()
    slack.incident_with_channel()
    view = edit_form(slack)
    assert "status_key" not in [block["block_id"] for block in view.view["blocks"]]


def test_a_form_from_before_it_was_closed_does_not_reopen_it(slack):
    slack.incident_with_channel()
    view = edit_form(slack)
    stored().close()
    refused = slack.people.submit("ada", view, {"status_key": "monitoring"})
    assert refused.errors == {"status_key": "This incident is already closed."}
    assert slack.people.submit("ada", view, {"report": "Another title"}).ok
    assert stored().is_closed()
    assert stored().report == "Another title"


def test_another_persons_status_is_not_overwritten_unasked(slack):
    slack.incident_with_channel()
    view = edit_form(slack)
    stored().set_status(Status.with_key("identified"))
    refused = slack.people.submit("ada", view, {"status_key": "monitoring"})
    assert "It is now: identified" in refused.errors["status_key"]
    assert slack.people.submit("ada", view, {"status_key": "monitoring"}).ok
    assert stored().status_key == "monitoring"
