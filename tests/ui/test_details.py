"""Roles and custom fields on the pages: forms, the document, filters, closing."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.core import editing
from response.core.models import Field, FieldValue, Incident, Role, RoleAssignment, Status
from tests.factories import IncidentFactory, PersonFactory

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def rows(db):
    Role.objects.create(
        key="comms", name="Comms <lead>", description="Tells & writes", in_form=True
    )
    Role.objects.create(key="scribes", name="Scribes", several=True)
    options = [{"key": "api", "name": "The <API>"}, "web"]
    for rank, kind in enumerate(
        ("text", "choice", "choices", "number", "date", "person", "link"), start=1
    ):
        Field.objects.create(
            key=kind,
            name=kind.title(),
            kind=kind,
            rank=rank,
            options=options if kind.startswith("choice") else [],
        )


@pytest.fixture
def people(db):
    return [
        PersonFactory(display_name="anna", full_name="Anna Example"),
        PersonFactory(display_name="bo", full_name="Bo Example"),
    ]


VALUES = {
    "text": f"{HOSTILE}\nsecond line",
    "choice": "api",
    "choices": ["web", "api"],
    "number": "12.5",
    "date": "2026-03-01",
    "link": "https://example.com/?a=1&b=2",
}


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def fresh(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def value(incident: Incident, key: str):
    return fresh(incident).value_in(Field.with_key(key))


def test_nothing_is_shown_where_nothing_is_configured(reading):
    incident = IncidentFactory()
    page = text(reading.get(f"/incident/{incident.pk}/"))
    assert "Roles and fields" not in page
    assert reading.get(f"/incident/{incident.pk}/edit/fields/").status_code == 404


@pytest.mark.usefixtures("rows")
def test_the_document_shows_them_escaped(reading, people):
    incident = IncidentFactory()
    incident.set_details({"comms": [people[0]], "scribes": people}, {**VALUES, "person": people[1]})
    incident.save()
    page = text(reading.get(f"/incident/{incident.pk}/"))
    assert HOSTILE not in page
    for shown in (
        "Comms &lt;lead&gt;",
        "<bdi>Anna Example</bdi>, <bdi>Bo Example</bdi>",
        "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;<br>second line",
        "The &lt;API&gt;, web",
        "12.5",
        'href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer nofollow"',
    ):
        assert shown in page
    # A row that was stored past the checks is no link.
    FieldValue.objects.filter(field__key="link").update(text="javascript:alert(1)")
    page = text(reading.get(f"/incident/{incident.pk}/"))
    assert 'href="javascript' not in page
    assert "javascript:alert(1)" in page


@pytest.mark.usefixtures("rows")
def test_they_are_edited_on_the_page(reading, people):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/edit/fields/"
    form = text(reading.get(address))
    assert "Comms &lt;lead&gt;" in form
    marks = re.search(r'name="shown" value="([^"]*)"', form)[1].replace("&quot;", '"')
    sent = {f"field_{key}": one for key, one in VALUES.items()} | {
        "shown": marks,
        "field_person": "bo",
        "role_comms": "@anna",
        "role_scribes": "Anna Example (@anna), bo",
    }
    wrong = sent | {
        "field_number": "many",
        "field_link": "javascript:alert(1)",
        "field_choice": "db",
        "field_date": "x",
        "role_comms": "nobody-of-that-name",
    }
    answer = text(reading.post(address, wrong))
    for sentence in (
        "Give a number",
        "Give a full link",
        "Select a valid choice",
        "Give a date",
        "nobody-of-that-name",
    ):
        assert sentence in answer
    assert not FieldValue.objects.exists()
    assert reading.post(address, sent).status_code == 302
    assert value(incident, "text") == VALUES["text"]
    assert value(incident, "choices") == ("api", "web")
    assert str(value(incident, "number")) == "12.500"
    assert fresh(incident).people_in(Role.with_key("scribes")) == people
    entries = incident.timeline_events()
    assert entries.count() == 9
    assert {entry.actor_name for entry in entries} == {"reader"}
    # What was shown and left alone stays as another person has changed it meanwhile.
    form = text(reading.get(address))
    marks = re.search(r'name="shown" value="([^"]*)"', form)[1].replace("&quot;", '"')
    other = fresh(incident)
    other.set_details({"comms": []}, {"choice": "web"})
    other.save()
    sent |= {"shown": marks, "field_number": "13"}
    assert reading.post(address, sent).status_code == 302
    assert value(incident, "choice") == "web"
    assert str(value(incident, "number")) == "13.000"
    assert fresh(incident).people_in(Role.with_key("comms")) == []
    # Of what both have changed the second is told, and chooses.
    sent |= {"shown": marks, "field_choice": "", "role_comms": "bo", "field_number": "13"}
    answer = text(reading.post(address, sent))
    assert "This was changed elsewhere while you were writing" in answer
    assert value(incident, "choice") == "web"
    marks = re.findall(r'name="shown" value="([^"]*)"', answer)[-1].replace("&quot;", '"')
    assert reading.post(address, sent | {"shown": marks}).status_code == 302
    assert value(incident, "choice") is None
    assert fresh(incident).people_in(Role.with_key("comms")) == [people[1]]


@pytest.mark.usefixtures("rows")
def test_declaring(reading, people):
    Field.objects.filter(key="choice").update(required="declaring")
    Field.objects.filter(key="text").update(required="declaring", severities=["1"])
    Field.objects.filter(key="number").update(in_form=False)
    Field.forget()
    form = text(reading.get("/incident/declare/"))
    assert 'name="role_comms"' in form
    assert 'name="role_scribes"' not in form
    assert 'name="field_number"' not in form
    sent = {"report": "Down", "incident_type": "live", "severity": "1", "role_comms": "anna"}
    answer = text(reading.post("/incident/declare/", sent))
    assert answer.count("This field is required.") >= 2
    assert not Incident.objects.exists()
    sent |= {"field_choice": "web", "field_text": "x", "field_choices": ["api"], "field_person": ""}
    assert reading.post("/incident/declare/", sent).status_code == 302
    incident = Incident.objects.get()
    assert value(incident, "choice") == "web"
    assert value(incident, "choices") == ("api",)
    assert RoleAssignment.objects.get().person == people[0]
    assert incident.timeline_events().count() == 1


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("in_place", [True, False])
def test_closing_asks_for_what_is_missing(reading, in_place):
    Field.objects.filter(key__in=["choice", "number"]).update(required="closing")
    Field.forget()
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/close/"
    headers = {"HX-Request": "true"} if in_place else {}
    answer = reading.post(address, headers=headers)
    form = text(answer)
    assert ("HX-Reswap" in answer) == in_place or not in_place
    assert "Save and close" in form
    assert 'name="field_choice"' in form
    assert 'name="field_text"' not in form
    assert not fresh(incident).is_closed()
    marks = re.search(r'name="shown" value="([^"]*)"', form)[1].replace("&quot;", '"')
    sent = {"shown": marks, "field_choice": "api"}
    answer = text(reading.post(address, sent, headers=headers))
    assert "This field is required." in answer
    assert not fresh(incident).is_closed()
    assert not FieldValue.objects.exists()
    answer = reading.post(address, sent | {"field_number": "3"}, headers=headers)
    assert answer.status_code == (200 if in_place else 302)
    assert fresh(incident).is_closed()
    assert value(incident, "choice") == "api"


@pytest.mark.usefixtures("rows")
def test_a_status_that_closes_asks_as_well(reading, client):
    Status.objects.create(key="mitigated", name="Mitigated", category="closed", rank=90)
    Field.objects.create(key="other", name="Needed one", required="closing", severities=["1"])
    Field.objects.filter(key="choice").update(required="closing")
    Field.forget()
    incident = IncidentFactory()
    form = text(reading.get(f"/incident/{incident.pk}/edit/details/"))
    marks = re.search(r'name="shown" value="([^"]*)"', form)[1].replace("&quot;", '"')
    sent = {
        "shown": marks, "report": incident.report, "status_key": "resolved",
        "start_time": "2026-03-01T10:00", "report_time": "2026-03-01T10:00",
    }  # fmt: skip
    address = f"/incident/{incident.pk}/edit/details/"
    sent |= {"status_key": "mitigated", "report": "Another title"}
    answer = text(reading.post(address, sent))
    assert "This is needed before the incident is closed." in answer
    assert "Needed one" not in answer
    assert not fresh(incident).is_closed()
    sent["shown"] = re.search(r'name="shown" value="([^"]*)"', answer)[1].replace("&quot;", '"')
    # Another person fills it in meanwhile.
    other = fresh(incident)
    other.set_details(None, {"choice": "web"})
    other.save()
    answer = text(reading.post(address, sent | {"field_choice": "api"}))
    assert "Choice: what is stored now" in answer
    assert value(incident, "choice") == "web"
    sent["shown"] = re.search(r'name="shown" value="([^"]*)"', answer)[1].replace("&quot;", '"')
    assert reading.post(address, sent | {"field_choice": "api"}).status_code == 302
    closed = fresh(incident)
    assert closed.is_closed()
    assert closed.status_key == "mitigated"
    assert closed.report == "Another title"
    assert value(incident, "choice") == "api"


@pytest.mark.usefixtures("rows")
def test_the_list_is_filtered(reading, people):
    first, second = IncidentFactory(report="First one"), IncidentFactory(report="Second one")
    first.set_details({"comms": [people[0]]}, {**VALUES, "person": people[1]})
    first.save()

    def found(query: str) -> set[str]:
        page = text(reading.get(f"/?status=all&{query}"))
        return {name for name in ("First one", "Second one") if name in page}

    for query in (
        "field_choice=api",
        "field_choices=web",
        "field_number=12.50",
        "field_date=2026-03-01",
        "field_text=SECOND",
        "field_person=bo",
        "role_comms=Anna",
        "field_link=https://example.com/%3Fa=1%26b=2",
    ):
        assert found(query) == {"First one"}, query
    assert found("field_choice=none") == {"Second one"}
    assert found("role_comms=none") == {"Second one"}
    assert found("field_text=" + HOSTILE) == {"First one"}
    page = text(reading.get("/?field_number=x"))
    assert "Number cannot be “x”" in page
    assert second.report in page


@pytest.mark.many
@pytest.mark.usefixtures("rows")
def test_the_list_and_the_document_cost_the_same(reading, people):
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reading.get(address).status_code == 200
        return len(captured)

    def make(count: int) -> Incident:
        for _number in range(count):
            incident = IncidentFactory(private=False)
            incident.set_details({"comms": [people[0]], "scribes": people}, VALUES)
            incident.save()
        return incident

    incident = make(2)
    reading.get("/")
    few = [cost("/"), cost("/?field_choice=api"), cost(f"/incident/{incident.pk}/")]
    incident = make(12)
    assert [
        cost("/"), cost("/?field_choice=api"), cost(f"/incident/{incident.pk}/")
    ] == few  # fmt: skip


@pytest.mark.usefixtures("rows")
def test_the_page_in_the_browser_follows(reading, people):
    incident = IncidentFactory()
    page = text(reading.get(f"/incident/{incident.pk}/"))
    mark = re.search(r'data-piece="fields" data-mark="([^"]*)"', page)[1]
    address = f"/incident/{incident.pk}/live/?fields={mark}"
    assert reading.get(address).status_code == 204
    incident.set_people(Role.with_key("scribes"), people)
    incident.save()
    assert "Bo Example" in text(reading.get(address))


def test_marks_of_lists_do_not_depend_on_their_order(db):
    first, second = PersonFactory(), PersonFactory()
    assert editing.as_text([first, second]) == editing.as_text([second, first])
