"""What is wrong in a form is said at its field, which has the focus (WCAG 2.2, 3.3.1)."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.template import Context, Template

from response.core.models import Field, Role
from response.core.models.field_values import Kind
from response.core.reviews import writing
from tests.factories import ActionFactory, IncidentFactory, PersonFactory
from tests.ui.test_editing import form_of

pytestmark = pytest.mark.django_db

LONG = "x" * 100_001


@pytest.fixture
def incident():
    Role.objects.create(key="comms", name="Communications")
    Field.objects.create(
        key="product",
        name="Product",
        kind=Kind.CHOICE,
        options=["app", "till"],
        description="<i>Which</i> one?",
    )
    Field.objects.create(key="hurt", name="Customers", kind=Kind.NUMBER)
    return IncidentFactory(severity="2", report="Down")


def controls(html: str) -> list:
    found = BeautifulSoup(html, "html.parser").select(
        "form.edit-form input:not([type=hidden]), form.edit-form select, form.edit-form textarea"
    )
    assert found
    return found


def check(html: str, wrong: list[str]) -> None:
    """Each control in ``wrong``, and no other, is invalid and says why; the first has the focus."""
    page = BeautifulSoup(html, "html.parser")
    ids = [element["id"] for element in page.select("[id]")]
    assert len(ids) == len(set(ids))
    found = controls(html)
    invalid = [control for control in found if control.get("aria-invalid")]
    assert list(dict.fromkeys(control["name"] for control in invalid)) == wrong
    for control in invalid:
        told = control["aria-describedby"].split()
        [error] = [part for part in told if part.endswith("_error")]
        assert page.find(id=error).get_text(strip=True)
    for control in found:
        assert set((control.get("aria-describedby") or "").split()) <= set(ids)
    focused = [control["name"] for control in found if control.has_attr("autofocus")]
    assert list(dict.fromkeys(focused)) == wrong[:1]


@pytest.mark.parametrize(
    ("part", "sent", "wrong"),
    [
        ("details", {"start_time": "soon", "end_time": ""}, ["start_time"]),
        ("details", {"lead": "no such person", "report_time": "never"}, ["lead", "report_time"]),
        ("summary", {"summary": LONG}, ["summary"]),
        ("impact", {"impact": LONG}, ["impact"]),
        ("fields", {"field_hurt": "many"}, ["field_hurt"]),
        (
            "fields",
            {"field_product": "radio", "role_comms": "no one"},
            ["role_comms", "field_product"],
        ),
    ],
)
@pytest.mark.parametrize("in_place", [True, False])
def test_forms_for_an_incident(reading, incident, part, sent, wrong, in_place):
    address = f"/incident/{incident.pk}/edit/{part}/"
    headers = {"HX-Request": "true"} if in_place else {}
    answer = reading.post(address, {**form_of(reading, address), **sent}, headers=headers)
    assert answer.status_code == 200
    check(answer.content.decode(), wrong)


@pytest.mark.parametrize(
    ("address", "sent", "wrong"),
    [
        ("action/", {"details": "x", "user": "no such person"}, ["user"]),
        ("action/{action}/", {"details": "", "due_date": "x"}, ["details", "due_date"]),
        ("entry/", {"text": "x", "timestamp": "x"}, ["timestamp"]),
        ("update/", {"known": "", "next_update": "x"}, ["known", "next_update"]),
        ("update/", {"known": "x", "next_update": "2001-01-01T10:00"}, ["next_update"]),
        ("review/section/{section}/", {"text": LONG}, ["text"]),
    ],
)
def test_forms_for_what_belongs_to_an_incident(reading, incident, address, sent, wrong):
    action = ActionFactory(incident=incident)
    section = writing.begin(incident).sections.first()
    where = f"/incident/{incident.pk}/" + address.format(action=action.pk, section=section.key)
    check(reading.post(where, sent).content.decode(), wrong)


def test_declaring(reading, incident):
    html = reading.get("/incident/declare/").content.decode()
    focused = [control["name"] for control in controls(html) if control.has_attr("autofocus")]
    assert focused == ["report"]
    sent = {"report": "Down", "incident_type": "live", "lead": "no such person"}
    check(reading.post("/incident/declare/", sent).content.decode(), ["lead"])
    check(
        reading.post("/incident/declare/", {"report": "Down"}).content.decode(), ["incident_type"]
    )


def test_of_two_people_in_a_form_the_field_of_both_has_the_focus(reading, incident):
    address = f"/incident/{incident.pk}/edit/details/"
    sent = form_of(reading, address)
    incident.lead = PersonFactory(display_name="anna", full_name="anna")
    incident.save()
    PersonFactory(display_name="bo", full_name="bo")
    html = reading.post(address, {**sent, "lead": "bo"}).content.decode()
    focused = [control["name"] for control in controls(html) if control.has_attr("autofocus")]
    assert focused == ["lead"]


class SmallForm(forms.Form):
    name = forms.CharField(help_text="<b>Your</b> name")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect, help_text="Which?")
    sure = forms.BooleanField(help_text="Really?")
    hidden = forms.CharField(max_length=3, widget=forms.HiddenInput)


def rendered(form: forms.Form) -> str:
    return Template(
        '{% load response_forms %}<form class="edit-form">{% form_errors form %}'
        "{% for field in form %}{% form_field field %}{% endfor %}</form>"
    ).render(Context({"form": form}))


def test_what_is_wrong_where_it_cannot_be_seen_is_said_above():
    form = SmallForm({"name": "x", "kind": "a", "sure": "on", "hidden": "<b>long"})
    html = rendered(form)
    check(html, [])
    assert (
        "at most 3 characters" in BeautifulSoup(html, "html.parser").select_one("[role=alert]").text
    )
    form.add_error(None, "<i>No</i>")
    assert "&lt;i&gt;No&lt;/i&gt;" in rendered(form)


def test_every_kind_of_control_says_what_is_wrong_and_help_is_text():
    check(rendered(SmallForm({"hidden": "x"})), ["name", "kind", "sure"])
    html = rendered(SmallForm())
    assert "<b>" not in html
    check(html, [])
    assert "aria-describedby" in html
