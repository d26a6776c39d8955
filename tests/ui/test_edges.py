"""Pages at their edges: dates that are none, parts that are none, what is refused late."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils import timezone

from response.core.models import Field, Incident, TimelineEvent
from response.ui.forms import fields
from response.ui.forms.declare import DeclareForm
from response.ui.reviews import ReviewFilter
from tests.factories import ActionFactory, IncidentFactory
from tests.ui.test_editing import form_of

pytestmark = pytest.mark.django_db


def said(answer) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


@pytest.mark.parametrize("day", ["2026-02-31", "2026-13-01", "31.2.2026", "0001-01-01", "x" * 300])
def test_a_day_that_is_none(reading, day):
    action = ActionFactory()
    address = f"/incident/{action.incident_id}/action/{action.pk}/"
    answer = reading.post(address, {**form_of(reading, address), "due_date": day})
    assert "Give a date, as in 2026-03-01." in said(answer)
    action.refresh_from_db()
    assert action.due_date is None


@pytest.mark.parametrize(
    "moment", ["2026-02-31T10:00", "2026-03-01T25:00", "now", "9999-01-01T00:00"]
)
def test_a_time_that_is_none(moment):
    with pytest.raises(ValidationError, match="Give a date"):
        fields.MomentField().clean(moment)


def test_a_part_of_an_incident_that_is_none(reading):
    incident = IncidentFactory()
    assert reading.get(f"/incident/{incident.pk}/edit/colour/").status_code == 404


@pytest.mark.parametrize(
    ("error", "at"),
    [
        (ValidationError("It is too late."), ""),
        (ValidationError({"severity": "It is too late."}), "severity"),
        (ValidationError({"no_such_field": "It is too late."}), ""),
    ],
)
def test_what_is_refused_while_it_is_declared_is_said_in_the_form(reading, monkeypatch, error, at):
    def refuse(form, reporter, account):
        raise error

    monkeypatch.setattr(DeclareForm, "declare", refuse)
    answer = reading.post("/incident/declare/", {"report": "Down", "incident_type": "live"})
    assert "It is too late." in said(answer)
    form = answer.context["form"]
    assert list(form.errors) == [at or "__all__"]
    assert not Incident.objects.exists()


def test_a_choice_of_reviews_that_is_none_is_said(reading):
    answer = reading.get("/reviews/?state=lost")
    assert "“lost” cannot be chosen here, and is ignored." in said(answer)
    chosen = ReviewFilter.read({"state": "overdue", "q": "  cache \x00 full "})
    assert parse_qs(chosen.query_string(page=2)[1:]) == {
        "state": ["overdue"], "q": ["cache full"], "page": ["2"],
    }  # fmt: skip
    assert ReviewFilter().query_string() == "?"


def test_an_entry_that_is_not_there_leaves_the_page_as_it_is(reading):
    incident = IncidentFactory()
    answer = reading.get(f"/incident/{incident.pk}/?entry={10**17}")
    assert answer.status_code == 200


def test_an_entry_that_was_hidden_says_so_in_its_history(reading, reader):
    incident = IncidentFactory()
    entry = TimelineEvent.objects.create(incident=incident, text="It began")
    address = f"/incident/{incident.pk}/entry/{entry.pk}/"
    for mark in ("hide", "unhide"):
        answer = reading.post(f"{address}{mark}/")
        assert answer.status_code == 302, mark
    told = said(reading.get(f"{address}was/"))
    assert "It was not hidden." in told
    assert "It was hidden." in told


def test_a_retired_field_without_a_value_is_not_offered_to_filter_by(reading):
    Field.objects.create(key="old", name="Oldest", kind="text", retired=True)
    IncidentFactory()
    assert "Oldest" not in said(reading.get("/"))


def test_people_have_labels():
    assert fields.label(None) == ""
    assert fields.PersonField().has_changed(None, "anna")
    assert not fields.PersonField().has_changed(None, "")


def test_a_pin_names_the_person_who_is_known_by_now(reading):
    incident = IncidentFactory(lead=None)
    person = incident.reporter
    TimelineEvent.objects.create(
        incident=incident,
        text="The cache is full",
        event_type="slack_pin",
        timestamp=timezone.now() - timedelta(minutes=1),
        metadata={
            "author": {"external_id": person.external_id, "display_name": person.external_id},
            "channel_id": "C0INCIDENTS",
            "message_ts": "odd",
        },
    )
    answer = reading.get(f"/incident/{incident.pk}/")
    assert "https://slack.com/app_redirect?channel=C0INCIDENTS" in answer.content.decode()
    assert "message_ts" not in answer.content.decode()
