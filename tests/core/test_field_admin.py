"""The admin of custom fields, and what an incident's page there shows of them."""

from __future__ import annotations

import html

import pytest
from django.core.exceptions import ValidationError

from response.core import option_lines
from response.core.models import Field, Role, Severity
from response.core.models.field_values import Option, checked_options
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/response/field/add/"

OPTIONS = [
    Option("api", "api"),
    Option("web", "The web site"),
    Option("old", "old", True),
    Option("mail", "Mail = letters", True),
    Option("a=b", "a=b"),
    Option("x", "Was it (retired)"),
    Option("{", "{"),
    Option("two\u2028lines", "two\nlines"),
    Option("é", "É <b>"),
]


def test_options_are_the_same_after_a_look():
    lines = option_lines.to_lines(OPTIONS)
    assert lines[:4] == [
        "api",
        "web = The web site",
        "old (retired)",
        "mail = Mail = letters (retired)",
    ]
    text = "\r\n".join(lines)
    assert checked_options(option_lines.from_lines(text.splitlines())) == OPTIONS


def test_what_is_no_option_is_a_sentence():
    for line in ("= name", "{broken", "a,b", '{"key": 1}'):
        with pytest.raises(ValidationError):
            option_lines.from_lines([line])
    with pytest.raises(ValidationError, match="more than once"):
        option_lines.from_lines(["web", "WEB = Web"])


def sent(**changes) -> dict[str, str]:
    return {"key": "service", "name": "Service", "kind": "choice", "rank": "1", **changes}


def test_a_field_is_made_and_changed_in_lines(admin_client):
    answer = admin_client.post(
        ADD, sent(options="api\r\nweb = The web site\r\n\r\nold (retired)", severities="1\nMajor")
    )
    assert answer.status_code == 302
    field = Field.objects.get()
    assert field.options == [
        "api",
        {"key": "web", "name": "The web site"},
        {"key": "old", "name": "old", "retired": True},
    ]
    assert field.severities == ["1", "2"]
    address = f"/admin/response/field/{field.pk}/change/"
    page = html.unescape(admin_client.get(address).content.decode())
    assert ">\napi\nweb = The web site\nold (retired)</textarea>" in page
    assert ">\n1\n2</textarea>" in page
    assert admin_client.post(address, sent(options="api", severities="")).status_code == 302
    field.refresh_from_db()
    assert (field.options, field.severities) == (["api"], [])


def test_mistakes_are_told_at_the_field(admin_client):
    for changes, told in (
        ({"options": ""}, "List the options."),
        ({"options": "a\na"}, "“a” is listed more than once."),
        ({"options": "a", "severities": "lunch"}, "There is no severity “lunch”."),
    ):
        page = admin_client.post(ADD, sent(**changes))
        assert told in html.unescape(page.content.decode())
    assert not Field.objects.exists()


def test_the_severity_of_a_field_may_be_gone(admin_client):
    field = Field.objects.create(key="note", name="Note", severities=["gone", "1"])
    address = f"/admin/response/field/{field.pk}/change/"
    values = sent(key="note", kind="text", options="", severities="gone\n1")
    assert admin_client.post(address, values).status_code == 302
    field.refresh_from_db()
    assert field.severities == ["gone", "1"]
    assert Severity.with_key("gone") is None


def test_an_incident_shows_its_roles_and_fields_there(admin_client):
    incident = IncidentFactory()
    address = f"/admin/response/incident/{incident.pk}/change/"
    assert "Custom fields" not in admin_client.get(address).content.decode()
    Role.objects.create(key="comms", name="Comms <lead>")
    Field.objects.create(key="note", name="Note", rank=1)
    Field.objects.create(key="owner", name="Owner", kind="person", rank=2)
    Field.objects.create(key="empty", name="Empty", rank=9)
    bo = PersonFactory(full_name="Bo <b>Berg</b>")
    incident.set_details({"comms": [bo]}, {"note": "<script>", "owner": bo})
    incident.save()
    page = admin_client.get(address).content.decode()
    assert "Comms &lt;lead&gt;: Bo &lt;b&gt;Berg&lt;/b&gt;" in page
    assert "Note: &lt;script&gt;<br>Owner: " in page
    assert "<br>Empty: –" in page
    assert "Custom fields" in page
    assert admin_client.get("/admin/response/incident/add/").status_code == 200
