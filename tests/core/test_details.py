"""Roles and custom fields of incidents: what is stored, refused and written in the timeline."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from response.core.actors import Actor, acting_as
from response.core.models import Field, FieldValue, Incident, Role, RoleAssignment, signals
from response.core.models.field_values import Kind, is_link
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def comms():
    return Role.objects.create(key="comms", name="Comms", description="Tells everyone else.")


@pytest.fixture
def responders():
    return Role.objects.create(key="responders", name="Responders", several=True)


CHOICES = ("choice", "choices")


def field(kind: str, **options) -> Field:
    made = Field(key=options.pop("key", "one"), name=options.pop("name", "One"), kind=kind)
    for name, value in options.items():
        setattr(made, name, value)
    made.full_clean()
    made.save()
    return made


def fresh(incident: Incident) -> Incident:
    return Incident.objects.with_people().get(pk=incident.pk)


# Roles


def test_a_role_for_one_is_handed_on(comms):
    incident, first, second = IncidentFactory(), PersonFactory(), PersonFactory()
    with acting_as(Actor(person=first)):
        incident.set_people(comms, [first])
        incident.save()
        incident.set_people(comms, [second])
        incident.save()
    assert fresh(incident).people_in(comms) == [second]
    [row] = RoleAssignment.objects.all()
    assert (row.actor, row.person) == (first, second)
    told = list(incident.timeline_events().values_list("text", "actor_name"))
    assert told == [
        (f'Comms set to "{first.display_name}"', first.full_name),
        (
            f'Comms changed from "{first.display_name}" to "{second.display_name}"',
            first.full_name,
        ),
    ]
    with pytest.raises(ValidationError, match="Only one person"):
        incident.set_people(comms, [first, second])


def test_several_people_in_a_role(responders):
    people = [PersonFactory(), PersonFactory()]
    incident = IncidentFactory()
    incident.set_people(responders, [*people, people[0]])
    incident.save()
    assert fresh(incident).people_in(responders) == people
    [entry] = incident.timeline_events()
    assert [p["external_id"] for p in entry.metadata["new_value"]] == [
        p.external_id for p in people
    ]
    assert entry.metadata["role"] == {"key": "responders", "name": "Responders"}
    incident.set_people(responders, [people[1]])
    incident.save()
    assert fresh(incident).people_in(responders) == [people[1]]


@pytest.mark.parametrize("wrong", ["bot", "deleted"])
def test_who_cannot_lead_gets_no_role(comms, wrong):
    incident, person = IncidentFactory(), PersonFactory(**{wrong: True})
    with pytest.raises(ValidationError) as caught:
        incident.set_people(comms, [person])
    assert caught.value.message_dict == {"role_comms": [person.why_not_lead()]}


def test_a_retired_role_stays_and_is_not_given(comms):
    incident, person = IncidentFactory(), PersonFactory()
    incident.set_people(comms, [person])
    incident.save()
    comms.retired = True
    comms.save()
    incident = fresh(incident)
    assert incident.roles() == [(comms, [person])]
    with pytest.raises(ValidationError, match="no longer in use"):
        incident.set_people(comms, [PersonFactory()])
    incident.set_people(comms, [])
    incident.save()
    assert fresh(incident).roles() == []
    scribe = Role.objects.create(key="scribe", name="Scribe")
    incident.set_people(scribe, [person])
    incident.save()
    with pytest.raises(ProtectedError):
        scribe.delete()


def test_no_role_is_called_lead():
    with pytest.raises(ValidationError, match="built in"):
        Role(key="boss", name="Boss", aliases=["Lead"]).full_clean()


# Fields


@pytest.mark.parametrize(
    ("kind", "raw", "value", "shown"),
    [
        ("text", "  a\r\nb ", "a\nb", "a\nb"),
        ("text", "\u200b", None, ""),
        ("choice", "API", "api", "The API"),
        ("choice", "the api", "api", "The API"),
        ("choices", ["web", "api"], ("api", "web"), "The API, web"),
        ("choices", "web, api, web", ("api", "web"), "The API, web"),
        ("number", "12.50", Decimal("12.5"), "12.5"),
        ("number", -3, Decimal(-3), "-3"),
        ("number", 0.1, Decimal("0.1"), "0.1"),
        ("number", "-0", Decimal(0), "0"),
        ("date", "2026-02-28", date(2026, 2, 28), "2026-02-28"),
        ("link", "https://example.com/x?y=1", "https://example.com/x?y=1", None),
        ("link", "mailto:anna@example.com", "mailto:anna@example.com", None),
    ],
)
def test_a_value_is_stored_and_read(kind, raw, value, shown):
    offered = [{"key": "api", "name": "The API"}, "web"] if kind in CHOICES else []
    one = field(kind, options=offered)
    incident = IncidentFactory()
    incident.set_field(one, raw)
    incident.save()
    assert fresh(incident).value_in(one) == value
    assert one.shown(value) == (value if shown is None else shown)
    assert incident.timeline_events().count() == (value is not None)
    incident.set_field(one, None)
    incident.save()
    assert fresh(incident).value_in(one) == one.empty
    assert not FieldValue.objects.exists()


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "x" * 3001),
        ("text", 5),
        ("text", ["x"]),
        ("choice", "nothing"),
        ("choice", True),
        ("choice", {"key": "api"}),
        ("choices", {"api": 1}),
        ("choices", ["api", "nothing"]),
        ("choices", ["api"] * 501),
        ("number", "many"),
        ("number", "NaN"),
        ("number", float("inf")),
        ("number", True),
        ("number", "1e12"),
        ("number", "1e999999"),
        ("number", 10**30),
        ("number", "0.0001"),
        ("number", "1e-999999"),
        ("number", "1,5"),
        ("number", "9" * 41),
        ("date", "2026-02-30"),
        ("date", "yesterday"),
        ("date", "1066-10-14"),
        ("date", "20260228"),
        ("date", 20260228),
        ("person", "U012ABCDEF"),
        ("link", "javascript:alert(1)"),
        ("link", "JAVASCRIPT:alert(1)"),
        ("link", "data:text/html,x"),
        ("link", "example.com"),
        ("link", "https://"),
        ("link", "https://exa mple.com"),
        ("link", 'https://example.com/"onclick="x'),
        ("link", "https://example.com/<script>"),
        ("link", "http://[::1"),
        ("link", "mailto:anna"),
        ("link", "https://example.com/" + "x" * 2000),
        ("link", "https://example.com/\u202ereversed x"),
    ],
)
def test_what_is_no_value_is_refused_with_the_fields_name(kind, raw):
    one = field(kind, options=["api", "web"] if kind in CHOICES else [])
    with pytest.raises(ValidationError) as caught:
        IncidentFactory().set_field(one, raw)
    assert list(caught.value.message_dict) == ["field_one"]


@pytest.mark.parametrize("wrong", ["bot", "deleted"])
def test_a_person_has_to_be_there(wrong):
    one = field("person")
    incident, person = IncidentFactory(), PersonFactory()
    incident.set_field(one, person)
    incident.save()
    assert fresh(incident).value_in(one) == person
    with pytest.raises(ValidationError):
        incident.set_field(one, PersonFactory(**{wrong: True}))
    setattr(person, wrong, True)
    person.save()
    incident = fresh(incident)
    incident.set_field(one, person)  # who is there already stays
    incident.save()


def test_an_option_that_is_gone_stays_where_it_was_used():
    one = field("choice", options=["api", "web"])
    incident = IncidentFactory()
    incident.set_field(one, "web")
    incident.save()
    one.options = [{"key": "api", "name": "API"}, {"key": "db", "name": "DB", "retired": True}]
    one.save()
    incident = fresh(incident)
    assert incident.value_in(one) == "web"
    assert [option.key for option in one.options_for("web")] == ["api", "web"]
    incident.set_field(one, "web")
    with pytest.raises(ValidationError):
        incident.set_field(one, "db")


def test_what_is_required_is_not_emptied():
    one = field("text", required="declaring")
    two = field("text", key="two", required="closing")
    incident = IncidentFactory()
    assert incident.missing_at_closing() == [two]
    for each in (one, two):
        incident.set_field(each, "x")
    incident.save()
    assert incident.missing_at_closing() == []
    with pytest.raises(ValidationError, match="emptied"):
        incident.set_field(one, "")
    incident.set_field(two, "")
    incident.save()
    incident.set_field(two, "y")
    incident.close()
    with pytest.raises(ValidationError, match="emptied"):
        incident.set_field(two, None)


def test_a_field_for_some_severities():
    one = field("text", severities=["1"], required="closing")
    incident = IncidentFactory(severity="2")
    assert incident.custom_fields() == []
    assert incident.missing_at_closing() == []
    incident.severity = "1"
    assert incident.custom_fields() == [(one, None)]
    assert incident.missing_at_closing() == [one]


def test_one_save_is_one_change(comms):
    one, person = field("number"), PersonFactory()
    sent = []

    def receive(sender, incident, changes, **kwargs):
        sent.append(changes)

    signals.incident_changing.connect(receive)
    try:
        incident = IncidentFactory()
        incident.report = "Another"
        incident.set_field(one, "5")
        incident.set_people(comms, [person])
        incident.save()
        incident.set_field(one, 5)
        incident.save()
    finally:
        signals.incident_changing.disconnect(receive)
    assert sent == [
        {
            "report": ("The checkout is down", "Another"),
            "field_one": (None, Decimal(5)),
            "role_comms": ([], [person]),
        }
    ]


def test_a_declaration_has_them_from_the_beginning(comms):
    one, person = field("choices", options=["api", "web"]), PersonFactory()
    seen = []

    def receive(sender, incident, **kwargs):
        seen.append((incident.value_in(one), incident.people_in(comms)))

    signals.incident_creating.connect(receive)
    try:
        incident = Incident.objects.create_incident(
            report="Down", reporter=person, roles={"comms": [person]}, fields={"one": ["web"]}
        )
    finally:
        signals.incident_creating.disconnect(receive)
    assert seen == [(("web",), [person])]
    assert [entry.text for entry in incident.timeline_events()] == ['Incident declared: "Down"']
    with pytest.raises(ValidationError) as caught:
        Incident.objects.create_incident(
            report="Down", reporter=person, roles={"none": []}, fields={"one": "db", "no": 1}
        )
    assert sorted(caught.value.message_dict) == ["field_no", "field_one", "role_none"]


@pytest.mark.parametrize(
    "options",
    [
        "api",
        [1],
        [""],
        ["x" * 76],
        ["a,b"],
        ["API", "api"],
        [{"key": "a", "colour": "red"}],
        [{"name": "a"}],
        [["a"]],
        ["a"] * 501,
    ],
)
def test_options_that_are_none(options):
    with pytest.raises(ValidationError):
        Field(key="one", name="One", kind=Kind.CHOICE, options=options).full_clean()


def test_the_kind_of_a_field_with_values_stays():
    one = field("text")
    one.kind = "link"
    one.full_clean()
    one.kind = "text"
    incident = IncidentFactory()
    incident.set_field(one, "x")
    incident.save()
    one.kind = "link"
    with pytest.raises(ValidationError, match="another field"):
        one.full_clean()


@pytest.mark.parametrize("text", ["", "http:/x", "//x.com", "https://user@", "ftp://x.com"])
def test_what_is_no_link(text):
    assert not is_link(text)


def test_who_has_a_role_sees_a_private_incident(comms, django_user_model):
    account = django_user_model.objects.create_user("anna")
    person = PersonFactory(owner=account)
    incident = IncidentFactory(private=True)
    assert not Incident.objects.visible_to(account).exists()
    incident.set_people(comms, [person])
    incident.save()
    assert Incident.objects.visible_to(account).get() == incident
    assert Incident.objects.involving_slack_user(person.external_id).get() == incident
    incident.set_people(comms, [])
    incident.save()
    assert not Incident.objects.visible_to(account).exists()


def test_what_another_stored_meanwhile_is_told_with_the_next_change():
    one = field("text")
    incident = IncidentFactory()
    assert incident.value_in(one) is None
    other = fresh(incident)
    other.set_field(one, "theirs")
    other.save()
    incident.impact = "All"
    incident.save()
    assert incident.value_in(one) == "theirs"
