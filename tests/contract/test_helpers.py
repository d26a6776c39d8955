"""What projects of 0.5.1's time import besides decorators, models and the client."""

from __future__ import annotations

import json
import re
import time

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from response.models import CommsChannel, ExternalUser, Incident
from response.slack import cache, reference_utils
from response.slack.client import SlackError

SECRET = "sample-signing-secret-for-tests"


# Sanitising, errors, words


def test_sanitise():
    from response.core.util import sanitize

    assert sanitize(None) is None
    assert sanitize("plain text") == "plain text"


def test_words_and_errors():
    from response.errors import IncidentUpdateError
    from response.slack.settings import INCIDENT_EDIT_DIALOG, INCIDENT_REPORT_DIALOG

    assert INCIDENT_EDIT_DIALOG == "incident-edit-dialog"
    assert INCIDENT_REPORT_DIALOG == "incident-report-dialog"
    assert issubclass(IncidentUpdateError, Exception)


# References


def test_references():
    assert reference_utils.user_reference("U1") == "<@U1>"
    assert reference_utils.channel_reference("C1") == "<#C1>"
    assert reference_utils.channel_reference(None) is None
    assert reference_utils.reference_to_id("ask <@U123ABC> and <@U456DEF>") == "U123ABC"
    assert reference_utils.reference_to_id("nobody") is None


@pytest.fixture
def dana(db):
    return ExternalUser.objects.get_or_create_slack(
        external_id="U123ABC",
        defaults={"display_name": "dana", "full_name": "Dana Q", "email": "dana@example.com"},
    )[0]


def test_references_are_made_readable(dana):
    text = "<@U123ABC> wrote in <#C1|general-talk>"
    assert reference_utils.slack_to_human_readable(text) == "@dana wrote in #general-talk"
    match = re.search(r"(<@U[A-Z0-9]+>)", text)
    assert reference_utils.user_ref_to_username(match) == "@dana"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{% load unslackify %}{{ text|unslackify }}", "@dana says 🔥"),
        ("{% load unslackify %}{{ id|slack_id_to_fullname }}", "Dana Q"),
        ("{% load markdown_filter %}{{ bold|markdown_filter|safe }}", "<p><strong>x</strong></p>"),
        (
            "{% load unslackify markdown_filter %}{{ bold|unslackify|markdown_filter|safe }}",
            "<p><strong>x</strong></p>",
        ),
    ],
)
def test_filters(dana, template, shown):
    context = {"text": "<@U123ABC> says :fire:", "id": "U123ABC", "bold": "**x**"}
    assert Template(template).render(Context(context)).strip() == shown


# The cache of people


def test_a_person_that_is_stored_is_not_asked_for(dana, mock_slack):
    for profile in (
        cache.get_user_profile("U123ABC"),
        cache.get_user_profile_by_email("dana@example.com"),
    ):
        assert profile["id"] == "U123ABC"
        assert profile["name"] == "dana"
        assert profile["fullname"] == "Dana Q"
        assert profile["email"] == "dana@example.com"
    mock_slack.get_user_profile.assert_not_called()
    mock_slack.get_user_profile_by_email.assert_not_called()


def test_a_person_that_is_not_stored_is_asked_for_and_kept(db, mock_slack):
    told = {"id": "U9", "name": "bo", "fullname": "Bo Q", "email": "bo@example.com"}
    mock_slack.get_user_profile.return_value = told
    assert cache.get_user_profile("U9")["name"] == "bo"
    mock_slack.get_user_profile.assert_called_once_with("U9")
    kept = ExternalUser.objects.get(external_id="U9")
    assert (kept.display_name, kept.full_name, kept.email) == ("bo", "Bo Q", "bo@example.com")
    assert cache.get_user_profile("U9")["fullname"] == "Bo Q"
    mock_slack.get_user_profile.assert_called_once()


def test_a_person_by_mail_address(db, mock_slack):
    told = {"id": "U9", "name": "bo", "fullname": "Bo Q", "email": "bo@example.com"}
    mock_slack.get_user_profile_by_email.return_value = told
    assert cache.get_user_profile_by_email("bo@example.com")["id"] == "U9"
    assert ExternalUser.objects.get(email="bo@example.com").external_id == "U9"
    with pytest.raises(SlackError):
        cache.get_user_profile_by_email("")


def test_nobody(db, mock_slack):
    assert cache.get_user_profile("") is None
    assert cache.get_user_profile(None) is None
    mock_slack.get_user_profile.side_effect = SlackError("no", slack_error="user_not_found")
    with pytest.raises(SlackError):
        cache.get_user_profile("U9")


def _member(user_id, name, *, bot=False):
    return {
        "id": user_id,
        "name": name,
        "is_bot": bot,
        "profile": {
            "real_name": name.title(),
            "display_name": name,
            "display_name_normalized": name,
            "email": f"{name}@example.com",
        },
    }


def test_everybody_is_stored_page_by_page(db, mock_slack):
    pages = {
        None: {"members": [_member("U1", "anna")], "response_metadata": {"next_cursor": "2"}},
        "2": {
            "members": [_member("U2", "bo"), _member("B3", "robot", bot=True)],
            "response_metadata": {"next_cursor": ""},
        },
    }
    mock_slack.get_paginated_users.side_effect = lambda limit=0, cursor=None: pages[cursor or None]
    cache.update_user_cache()
    assert set(ExternalUser.objects.values_list("external_id", flat=True)) == {"U1", "U2", "B3"}
    ExternalUser.objects.all().delete()
    cache.update_user_cache(True)
    assert set(ExternalUser.objects.values_list("external_id", flat=True)) == {"U1", "U2"}


# Requests that Slack signs


def _request(body=b"text=x", secret=SECRET, at=None, signature=None):
    from response.slack.authentication import generate_signature

    timestamp = str(int(at or time.time()))
    return RequestFactory().post(
        "/slack/mine",
        data=body,
        content_type="application/x-www-form-urlencoded",
        HTTP_X_SLACK_REQUEST_TIMESTAMP=timestamp,
        HTTP_X_SLACK_SIGNATURE=signature or generate_signature(timestamp, secret, body),
    )


@pytest.fixture
def own_view(settings, monkeypatch):
    from response.slack import authentication

    settings.SLACK_SIGNING_SECRET = SECRET

    @authentication.slack_authenticate
    def view(request, name="you"):
        """A view of the project's own."""
        return HttpResponse(f"hello {name}")

    return view


def test_a_view_of_the_projects_own_is_guarded(own_view):
    assert own_view(_request(), name="anna").content == b"hello anna"
    assert own_view.__name__ == "view"


@pytest.mark.parametrize(
    "request_",
    [
        lambda: _request(secret="another"),
        lambda: _request(at=time.time() - 301),
        lambda: _request(signature="v0=00"),
        lambda: RequestFactory().post("/slack/mine"),
    ],
)
def test_what_slack_did_not_sign_is_refused(own_view, request_):
    with pytest.raises(PermissionDenied):
        own_view(request_())


def test_signatures():
    from response.slack.authentication import generate_signature, verify_signature

    # Slack's own example: https://api.slack.com/docs/verifying-requests-from-slack
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
        b"G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fweb"
        b"hook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J"
        b"%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0b"
        b"c887a14d10d2c447fce8b6703c"
    )
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    signature = generate_signature(1531420618, secret, body)
    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert verify_signature("1531420618", signature, secret, body)
    assert not verify_signature("1531420618", signature, secret, body + b"x")
    assert not verify_signature("1531420618", f"{signature}ä", secret, body)


# Handlers that a project calls or replaces


def test_a_mention_is_taken_apart():
    from response.slack.event_handlers import decode_app_mention

    assert decode_app_mention("<@U1> summary It burns") == ("<@U1>", "summary", "It burns")
    assert decode_app_mention("<@U1> close") == ("<@U1>", "close", "")
    with pytest.raises(ValueError, match="hello"):
        decode_app_mention("hello")


def test_pins_by_their_events(incident, channel, anna):
    from response.slack.event_handlers import handle_pin_added, handle_pin_removed

    message = {"user": anna.external_id, "ts": "1600000000.000100", "text": "We found it"}
    event = {"channel_id": channel.channel_id, "item": {"type": "message", "message": message}}
    handle_pin_added(incident, event)
    entries = incident.timeline_events().filter(event_type="slack_pin")
    assert [e.text for e in entries.all()] == ["We found it"]
    handle_pin_removed(incident, event)
    assert not entries.all().exists()


def test_a_channel_that_was_renamed(incident, channel):
    from response.slack.event_handlers import handle_channel_rename

    handle_channel_rename(incident, {"channel": {"id": "C0CHECKOUT", "name": "inc-new"}})
    assert CommsChannel.objects.get(pk=channel.pk).channel_name == "inc-new"


def test_commands_are_functions(incident, channel, anna):
    from response.slack.incident_commands import impact, incident_commands, summary

    handled, _reply = incident_commands.set_severity(incident, anna.external_id, "major")
    assert handled
    assert Incident.objects.get(pk=incident.pk).severity == "2"
    handled, _reply = incident_commands.set_severity(incident, anna.external_id, "what?")
    assert not handled
    handled, _reply = incident_commands.set_action(incident, anna.external_id, "Add an alert")
    assert handled
    assert [a.details for a in incident.action_items()] == ["Add an alert"]
    handled, _reply = impact.update_impact(incident, anna.external_id, "All of them")
    assert handled
    assert Incident.objects.get(pk=incident.pk).impact == "All of them"
    assert callable(summary.update_summary)


def test_forms_are_functions(db, mock_slack, anna):
    from response.slack.decorators.dialog_handler import DIALOG_HANDLERS
    from response.slack.settings import INCIDENT_EDIT_DIALOG, INCIDENT_REPORT_DIALOG

    report_incident = DIALOG_HANDLERS[INCIDENT_REPORT_DIALOG]
    edit_incident = DIALOG_HANDLERS[INCIDENT_EDIT_DIALOG]
    mock_slack.get_user_profile.return_value = {
        "id": anna.external_id,
        "name": "anna",
        "fullname": "Anna Q",
        "email": None,
    }
    submission = {
        "report": "Down",
        "summary": "It burns",
        "impact": None,
        "lead": anna.external_id,
        "severity": "2",
        "incident_type": "live",
    }
    report_incident(anna.external_id, "C1", submission, "http://localhost/x", None)
    incident = Incident.objects.get()
    assert (incident.report, incident.lead, incident.severity) == ("Down", anna, "2")
    changed = {**submission, "summary": "It is out", "severity": "3"}
    edit_incident(anna.external_id, "C1", changed, "http://localhost/x", str(incident.pk))
    incident.refresh_from_db()
    assert (incident.summary, incident.severity) == ("It is out", "3")


def test_reminders_are_functions(incident, channel):
    from response.slack import incident_notifications

    incident_notifications.remind_severity(incident)
    incident_notifications.remind_incident_lead(incident)
    assert callable(incident_notifications.remind_close_incident)


def test_a_button_that_closes(incident, channel, anna):
    from response.slack.action_handlers import ActionContext, handle_close_incident

    handle_close_incident(
        ActionContext(
            incident=incident,
            user_id=anna.external_id,
            message={"ts": "1.0"},
            value=str(incident.pk),
            trigger_id="",
            response_url="",
        )
    )
    assert Incident.objects.get(pk=incident.pk).is_closed()


# Views


def test_slash_command_opens_the_form(client, mock_slack, settings, db):
    from urllib.parse import urlencode

    from django.urls import reverse

    settings.SLACK_SIGNING_SECRET = SECRET
    body = urlencode({"user_id": "U1", "trigger_id": "foo", "text": "Down"}).encode()
    headers = _request(body).META
    answer = client.post(
        reverse("slash_command"),
        data=body,
        content_type="application/x-www-form-urlencoded",
        **{k: v for k, v in headers.items() if k.startswith("HTTP_X_SLACK")},
    )
    assert answer.status_code == 200
    opened = mock_slack.dialog_open.call_args[1]
    assert opened["trigger_id"] == "foo"
    names = [element["name"] for element in opened["dialog"]["elements"]]
    assert names[0] == "report"
    assert {"summary", "impact", "lead", "severity"} <= set(names)
    assert opened["dialog"]["elements"][0]["value"] == "Down"


def test_a_login_is_asked_for_where_it_is_configured(client, settings, incident):
    from django.urls import reverse

    url = reverse("incident_doc", kwargs={"incident_id": incident.pk})
    settings.RESPONSE_LOGIN_REQUIRED = True
    assert client.get(url).status_code == 302
    settings.RESPONSE_LOGIN_REQUIRED = False
    assert client.get(url).status_code == 200
    assert client.get(reverse("home")).status_code == 200


def test_views_of_the_projects_own_can_ask_for_the_same_login(settings, admin_user):
    from django.contrib.auth.models import AnonymousUser

    from response.decorators import response_login_required

    @response_login_required
    def view(request):
        return HttpResponse("in")

    request = RequestFactory().get("/mine")
    request.user = AnonymousUser()
    settings.RESPONSE_LOGIN_REQUIRED = True
    assert view(request).status_code == 302
    settings.RESPONSE_LOGIN_REQUIRED = False
    assert view(request).content == b"in"
    request.user = admin_user
    settings.RESPONSE_LOGIN_REQUIRED = True
    assert view(request).content == b"in"
    assert response_login_required(login_url="/in/")(view)(request).content == b"in"


def test_challenges_are_answered(client, settings):
    from django.urls import reverse

    settings.SLACK_SIGNING_SECRET = SECRET
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    headers = _request(body).META
    answer = client.post(
        reverse("event"),
        data=body,
        content_type="application/json",
        **{k: v for k, v in headers.items() if k.startswith("HTTP_X_SLACK")},
    )
    assert answer.content == b"abc"
