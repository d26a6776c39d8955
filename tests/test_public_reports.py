"""Kinds of faults that public bug reports of other tools tell of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import set_script_prefix
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from response.core.addresses import document_url
from response.core.models import Incident, TimelineEvent
from response.core.text import to_html, to_plain
from response.core.text.references import References
from response.jobs import outbox
from response.jobs.models import OutboxMessage
from response.slack.features import channel_ids
from response.slack.inbound import intake
from response.slack.models import CommsChannel, HeadlinePost, InboxRequest, Lookup
from tests.factories import CommsChannelFactory, PersonFactory

pytestmark = pytest.mark.django_db


# Ids of channels that Slack changes


def test_every_stored_id_of_a_channel_follows() -> None:
    incident = CommsChannelFactory(channel_id="C0OLD").incident
    incident.summary = "Talk in <#C0OLD> or <#C0OLD|inc-1>, not in <#C0OTHER>"
    incident.save()
    entry = TimelineEvent.objects.create(
        incident=incident, text="<#C0OLD>", event_type="slack_pin", metadata={"channel_id": "C0OLD"}
    )
    HeadlinePost.objects.update_or_create(incident=incident, defaults={"channel_id": "C0OLD"})
    Lookup.objects.remember("channel incidents", "C0OLD")
    outbox.enqueue("chat.postMessage", queue="C0OLD", channel="C0OLD", text="x")
    fields = {"command": "/incident", "user_id": "U1", "channel_id": "C0OLD", "text": "list",
              "trigger_id": "1"}  # fmt: skip
    intake.accept(InboxRequest.COMMAND, "/incident", fields, ordering_key="C0OLD")
    channel_ids.changed("C0OLD", "C0NEW")
    assert CommsChannel.objects.get().channel_id == "C0NEW"
    assert HeadlinePost.objects.get(incident=incident).channel_id == "C0NEW"
    assert Lookup.objects.recall("channel incidents") == "C0NEW"
    request = InboxRequest.objects.get()
    assert (request.ordering_key, json.loads(request.payload)["channel_id"]) == ("C0NEW", "C0NEW")
    waiting = OutboxMessage.objects.get(method="chat.postMessage")
    assert (waiting.queue.name, waiting.arguments["channel"]) == ("C0NEW", "C0NEW")
    incident.refresh_from_db()
    assert incident.summary == "Talk in <#C0NEW> or <#C0NEW|inc-1>, not in <#C0OTHER>"
    entry.refresh_from_db()
    assert (entry.text, entry.metadata) == ("<#C0NEW>", {"channel_id": "C0NEW"})
    assert channel_ids.is_known("C0NEW")
    assert not channel_ids.is_known("C0OLD")


def test_a_deleted_channel_is_noted_once() -> None:
    incident = CommsChannelFactory(channel_id="C0OLD", channel_name="inc-1-down").incident
    for _again in range(2):
        channel_ids.deleted("C0OLD")
    [entry] = incident.timelineevent_set.filter(event_type="channel_deleted")
    assert "#inc-1-down was deleted" in entry.text
    assert CommsChannel.objects.get().archived


# Links below a path


@pytest.mark.parametrize("forced", [None, "/tools"])
@pytest.mark.parametrize("site", ["https://example.com/tools", "https://example.com/tools/"])
@pytest.mark.parametrize("prefix", ["/", "/tools/"])
def test_a_link_is_the_same_inside_and_outside_of_a_request(
    prefix: str, site: str, forced: str | None
) -> None:
    with override_settings(SITE_URL=site, FORCE_SCRIPT_NAME=forced):
        set_script_prefix(prefix)
        try:
            assert document_url(3) == "https://example.com/tools/incident/3/"
        finally:
            set_script_prefix("/")


def test_a_path_that_is_missing_in_the_sites_address_is_added() -> None:
    with override_settings(SITE_URL="https://example.com", FORCE_SCRIPT_NAME="/tools"):
        assert document_url(3) == "https://example.com/tools/incident/3/"


# A project's settings for its own API

FRAMEWORK = "rest_framework"
SETTINGS: dict[str, dict[str, Any]] = {
    "formats of time": {
        "DATETIME_FORMAT": "%d.%m.%y",
        "DATETIME_INPUT_FORMATS": ["%d.%m.%y"],
        "DATE_FORMAT": "%d.%m.%y",
    },
    "versions in headers": {
        "DEFAULT_VERSIONING_CLASS": f"{FRAMEWORK}.versioning.AcceptHeaderVersioning",
        "ALLOWED_VERSIONS": ["9"],
        "DEFAULT_VERSION": "9",
    },
    "versions in addresses": {
        "DEFAULT_VERSIONING_CLASS": f"{FRAMEWORK}.versioning.URLPathVersioning",
        "ALLOWED_VERSIONS": ["9"],
    },
    "versions in names": {
        "DEFAULT_VERSIONING_CLASS": f"{FRAMEWORK}.versioning.NamespaceVersioning",
        "ALLOWED_VERSIONS": ["9"],
    },
    "forms alone": {"DEFAULT_PARSER_CLASSES": [f"{FRAMEWORK}.parsers.FormParser"]},
    "pages alone": {"DEFAULT_RENDERER_CLASSES": [f"{FRAMEWORK}.renderers.TemplateHTMLRenderer"]},
    "numbers as text": {"COERCE_DECIMAL_TO_STRING": True, "COMPACT_JSON": False},
    "no metadata": {"DEFAULT_METADATA_CLASS": None},
    "no user": {"UNAUTHENTICATED_USER": None, "UNAUTHENTICATED_TOKEN": None},
    "other names": {"NON_FIELD_ERRORS_KEY": "oops", "SEARCH_PARAM": "q", "ORDERING_PARAM": "o"},
    "an exception handler": {"EXCEPTION_HANDLER": "tests.test_public_reports.handle"},
    "cursors": {"DEFAULT_PAGINATION_CLASS": f"{FRAMEWORK}.pagination.CursorPagination"},
    "filters": {"DEFAULT_FILTER_BACKENDS": [f"{FRAMEWORK}.filters.SearchFilter"]},
}


def handle(error: Exception, context: dict[str, Any]) -> None:
    """A project's handler of errors, which makes them errors of the server."""


@pytest.mark.parametrize("name", SETTINGS)
def test_our_contract_holds_under_a_projects_settings(
    name: str, django_user_model: Any, settings: Any
) -> None:
    person = PersonFactory(owner=django_user_model.objects.create_user("anna"))

    def answers() -> list[Any]:
        Incident.objects.all().delete()
        api = APIClient()
        api.force_login(person.owner)
        made = api.post(
            "/core/incidents/", {"report": "x", "start_time": "2024-01-31T13:37:00Z",
                                 "report_time": "2024-01-31T13:38:00Z"}, format="json",
        )  # fmt: skip
        pk = made.json()["id"]
        found = [
            made,
            api.get("/core/incidents/?started_since=2024-01-01T00:00:00Z&ordering=-start_time"),
            api.get(f"/core/incidents/{pk}/", headers={"Accept": "application/json"}),
            api.patch(f"/core/incidents/{pk}/", {"severity": "7"}, format="json"),
            api.get("/core/incidents/999999999/"),
            api.get("/core/incidents/?limit=x"),
        ]
        return [(a.status_code, a.content.decode().replace(f'"id":{pk}', '"id":1')) for a in found]

    as_it_is = answers()
    assert [status for status, _body in as_it_is] == [201, 200, 200, 400, 404, 400]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **SETTINGS[name]}
    assert answers() == as_it_is


def test_json_is_strict_and_plain_whatever_the_framework_has_read_at_its_start(
    django_user_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The framework's own classes keep what the settings said when they were imported.
    monkeypatch.setattr(JSONParser, "strict", False)
    for name, value in (("strict", False), ("ensure_ascii", True), ("compact", False)):
        monkeypatch.setattr(JSONRenderer, name, value)
    person = PersonFactory(owner=django_user_model.objects.create_user("anna"))
    api = APIClient()
    api.force_login(person.owner)
    made = api.post("/core/incidents/", {"report": "é"}, format="json")
    assert '"report":"é"' in made.content.decode()
    for odd in ("NaN", "Infinity", "-Infinity"):
        body = f'{{"report": "x", "summary": {odd}}}'
        answer = api.post("/core/incidents/", body, content_type="application/json")
        assert answer.status_code == 400


# Names that are told only when they are asked for


def test_a_bare_id_is_shown_as_the_name_once_that_is_known() -> None:
    text = "<@U0PARTNER02> and <!subteam^S0ONCALL01> in <#C0WAR>"
    assert "U0PARTNER02" in to_plain(text)
    PersonFactory(external_id="U0PARTNER02", display_name="sam", full_name="")
    for render in (to_plain, to_html):
        shown = str(render(text))
        assert "sam" in shown
        assert "U0PARTNER02" not in shown


def test_a_lead_without_a_name_gets_it_on_every_page(client: Client, settings: Any) -> None:
    settings.RESPONSE_LOGIN_REQUIRED = False
    lead = PersonFactory(external_id="U0PARTNER02", display_name="U0PARTNER02", full_name="")
    incident = CommsChannelFactory(incident__lead=lead).incident
    assert "U0PARTNER02" in client.get(f"/incident/{incident.pk}/").content.decode()
    lead.display_name = "sam"
    lead.save()
    for address in ("/", f"/incident/{incident.pk}/"):
        page = client.get(address).content.decode()
        assert "sam" in page
        assert "U0PARTNER02" not in page


# Emoji under a second name


@pytest.mark.parametrize("code", ["us", "gb", "de", "jp", "fr", "it", "es", "ru", "cn", "kr"])
def test_flags_have_two_names(code: str) -> None:
    names = References()
    short, long = (str(to_html(f"in :{prefix}{code}:", names)) for prefix in ("", "flag-"))
    assert ":" not in long
    assert short == long
    assert to_plain(f":flag-{code}:", names) == to_plain(f":{code}:", names)
