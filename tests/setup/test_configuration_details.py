"""Roles and fields in the file of ``manage.py response_config``."""

from __future__ import annotations

import pytest

from response.core.models import Field, Role
from response.setup.configuration import sync
from response.setup.configuration.document import Mistakes
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db

FILE = """\
roles:
  - {key: comms, name: Communications, description: Tells everyone else., in_form: true}
  - key: scribes
    name: Scribes
    aliases: [notes]
    several: true
fields:
  - key: service
    name: Service
    kind: choice
    required: closing
    severities: ["1", "2"]
    options:
      - api
      - {key: web, name: The web site}
      - {key: old, name: Old, retired: true}
  - {key: ticket, name: Ticket, kind: link, in_form: false}
"""


def load(text: str) -> list[tuple[str, str, str]]:
    return [(d.section, d.key, d.what) for d in sync.load(text.encode())]


def test_what_is_loaded_is_dumped_and_loads_without_a_difference():
    assert load(FILE) == [
        ("roles", "comms", "added"),
        ("roles", "scribes", "added"),
        ("fields", "service", "added"),
        ("fields", "ticket", "added"),
    ]
    assert load(FILE) == []
    assert [option.name for option in Field.with_key("service").options_for()] == [
        "api",
        "The web site",
    ]
    dumped = sync.dump()
    assert load(dumped if isinstance(dumped, str) else dumped.decode()) == []


def test_what_is_used_is_retired_and_the_rest_deleted():
    load(FILE)
    incident = IncidentFactory()
    incident.set_details({"comms": [PersonFactory()]}, {"service": "web"})
    incident.save()
    assert load("roles: []\nfields: []\n") == [
        ("fields", "service", "retired"),
        ("fields", "ticket", "deleted"),
        ("roles", "comms", "retired"),
        ("roles", "scribes", "deleted"),
    ]
    assert Role.objects.get().retired


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fields:\n  - {key: a, name: A, kind: colour}\n", 2),
        ("fields:\n  - {key: a, name: A, kind: choice}\n", 2),
        ("fields:\n  - key: a\n    name: A\n    kind: choice\n    options: ['a,b']\n", 5),
        ("fields:\n  - key: a\n    name: A\n    kind: choice\n    options:\n      - {k: 1}\n", 6),
        ("fields:\n  - key: a\n    name: A\n    severities: ['9']\n", 4),
        ("fields:\n  - key: a\n    name: A\n    options: [b]\n", 4),
        ("fields:\n  - key: a\n    name: A\n    required: true\n", 4),
        ("roles:\n  - key: a\n    name: Lead\n", 2),
        ("roles:\n  - {key: A B, name: A}\n", 2),
    ],
)
def test_a_mistake_has_its_line(text, line):
    with pytest.raises(Mistakes) as caught:
        load(text)
    assert [mistake.line for mistake in caught.value.found] == [line]
    assert not Field.objects.exists()
    assert not Role.objects.exists()


def test_the_kind_of_a_field_stays_as_long_as_incidents_have_values():
    load("fields:\n  - {key: loss, name: Loss, kind: number}\n")
    incident = IncidentFactory()
    incident.set_details({}, {"loss": 3})
    incident.save()
    text = "fields:\n  - key: loss\n    name: Loss in EUR\n    kind: text\n"
    with pytest.raises(Mistakes) as caught:
        load(text)
    [mistake] = caught.value.found
    assert mistake.line == 4
    assert "already have values" in mistake.sentence
    assert (Field.objects.get().kind, Field.objects.get().name) == ("number", "Loss")
    incident.set_details({}, {"loss": None})
    incident.save()
    assert load(text) == [("fields", "loss", "changed")]


def test_a_choice_that_is_none_is_told_with_what_there_is():
    with pytest.raises(Mistakes) as caught:
        load("fields:\n  - {key: a, name: A, required: true}\n")
    assert "“true” is not one of these: declaring, closing." in str(caught.value)
