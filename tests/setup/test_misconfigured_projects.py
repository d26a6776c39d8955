"""Misconfigurations of the project around Response, and of the app in Slack, as people make them.

As in ``test_misconfigurations.py``: each is named by a check, by the doctor or by a message, with
the remedy that fixes it, and never with a traceback.
"""

from __future__ import annotations

import logging
import time
from types import ModuleType
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import clear_url_caches, include, path, re_path
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError, ProxyError

from demo.sandbox import delivery
from demo.sandbox.models import Channel, Grant, Membership
from demo.sandbox.workspace import BOT_USER
from response.jobs.models import OutboxMessage
from response.setup.doctor import database, examination, slack_app
from response.setup.doctor import site as doctor_site
from response.setup.doctor.finding import FAIL, OK, WARN
from response.slack.web_api import transport
from response.slack.web_api.errors import SlackError
from response.worker import status

SLACK = {"SLACK_API_URL": "https://slack.com/api/"}
PERMISSIONS = "rest_framework.permissions."
NO_CACHE = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

#: Settings, the id of the check, a part of its message, a part of its remedy.
CHECKED: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "the bot token of an app with token rotation": (
        {"SLACK_TOKEN": "xoxe.xoxb-1-abc"}, "response.E002", "expires after 12 hours",
        "make another one",
    ),
    "a refresh token": ({"SLACK_TOKEN": "xoxe-1-abc"}, "response.E002", "refresh", "(xoxb-…)"),
    "the verification token as the signing secret": (
        {**SLACK, "SLACK_SIGNING_SECRET": "gIkuvaNzQIHg97ATvDxqgjtO"}, "response.W055",
        "does not look like", "Verification Token",
    ),
    "half of the signing secret": (
        {**SLACK, "SLACK_SIGNING_SECRET": "8f742231b10e8888"}, "response.W055",
        "does not look like", "Signing Secret › Show",
    ),
    "a person in the place of a channel": (
        {"INCIDENT_CHANNEL_NAME": "@anna"}, "response.E005", "'@anna'", "digits, - and _",
    ),
    "a channel's address as its name": (
        {"INCIDENT_CHANNEL_NAME": "https://acme.slack.com/archives/c0incidents"},
        "response.E005", "cannot be the name", "INCIDENT_CHANNEL_ID",
    ),
    "a line end after a channel's name": (
        {"INCIDENT_CHANNEL_NAME": "incidents\n"}, "response.E005", "cannot be the name", "digits",
    ),
    "a direct message as the incidents channel": (
        {"INCIDENT_CHANNEL_ID": "D0ANNA"}, "response.W056", "a direct message", "id (C…)",
    ),
    "a question mark in the address": (
        {"SITE_URL": "https://incidents.example.com?team=1"}, "response.W046", "?team=1",
        "only the scheme and the host",
    ),
    "a password in the address": (
        {"SITE_URL": "https://anna:secret@incidents.example.com"}, "response.E003",
        "a password", "only the scheme and the host",
    ),
    "a port that is none": (
        {"SITE_URL": "https://incidents.example.com:http"}, "response.E003", "SITE_URL",
        "in full",
    ),
    "a bracket too few in the address": (
        {"SITE_URL": "https://[::1"}, "response.E003", "SITE_URL", "in full",
    ),
    "a bracket too few in Slack's address": (
        {"SLACK_API_URL": "https://[::1/api/"}, "response.E003", "SLACK_API_URL", "in full",
    ),
    "a login that needs a login": (
        {"LOGIN_URL": "home"}, "response.W049", "in circles", 'LOGIN_URL = "login"',
    ),
    "no address of a login": ({"LOGIN_URL": None}, "response.W049", "None", "LOGIN_URL"),
    "no sessions": (
        {"MIDDLEWARE": ["django.contrib.auth.middleware.AuthenticationMiddleware"]},
        "response.W073", "MIDDLEWARE has none", "SessionMiddleware",
    ),
    "sessions in a cache that keeps nothing": (
        {"CACHES": NO_CACHE, "SESSION_ENGINE": "django.contrib.sessions.backends.cache"},
        "response.W073", "DummyCache", "Remove SESSION_ENGINE",
    ),
    "no address of static files": (
        {"STATIC_URL": None}, "response.W075", "STATIC_URL is not set", 'STATIC_URL = "static/"',
    ),
    "the API's permissions as a string": (
        {"REST_FRAMEWORK": {"DEFAULT_PERMISSION_CLASSES": f"{PERMISSIONS}IsAuthenticated"}},
        "response.E081", "must be a list", f'["{PERMISSIONS}IsAuthenticated"]',
    ),
    "an API that strangers can read": (
        {"REST_FRAMEWORK": {
            "DEFAULT_PERMISSION_CLASSES": [f"{PERMISSIONS}IsAuthenticatedOrReadOnly"]
        }},
        "response.W052", "can read incidents", "IsAuthenticated",
    ),
    "the proxy's header as a string": (
        {"SECURE_PROXY_SSL_HEADER": "HTTP_X_FORWARDED_PROTO"}, "response.E083",
        "does not find", '("HTTP_X_FORWARDED_PROTO", "https")',
    ),
    "the proxy's header as the proxy spells it": (
        {"SECURE_PROXY_SSL_HEADER": ("X-Forwarded-Proto", "https")}, "response.E083",
        "does not find", "_ for each -",
    ),
    "a limit below what Slack sends": (
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 1000}, "response.W084", "is 1000 bytes", "2621440",
    ),
    "a router to another database": (
        {"DATABASE_ROUTERS": ["tests.setup.routers.Elsewhere"]}, "response.E082",
        "writes to 'other'", 'app_label is "response"',
    ),
    "a router to a copy for reading": (
        {"DATABASE_ROUTERS": ["tests.setup.routers.Copy"]}, "response.E082",
        "reads from 'copy'", 'app_label is "response"',
    ),
    "the name that others have for the channel": (
        {"INCIDENT_CHANNEL": "incidents"}, "response.W045", "INCIDENT_CHANNEL_NAME", "Rename",
    ),
}  # fmt: skip


def checked(id_: str) -> list[tuple[str, str]]:
    return [(m.msg, str(m.hint)) for m in run_checks() if m.id == id_]


@pytest.mark.parametrize("name", CHECKED)
def test_what_can_be_known_offline(settings, name):
    values, id_, what, remedy = CHECKED[name]
    settings.SITE_URL = "https://response.example.com"
    settings.LOGIN_URL = "/admin/login/"
    assert checked(id_) == []
    for key, value in values.items():
        setattr(settings, key, value)
    assert any(what in msg and remedy in hint for msg, hint in checked(id_)), checked(id_)


def test_sessions_in_a_database_without_their_table(settings):
    settings.INSTALLED_APPS = [
        name for name in settings.INSTALLED_APPS if name != "django.contrib.sessions"
    ]
    [(what, remedy)] = checked("response.W073")
    assert "django.contrib.sessions is missing" in what
    assert "migrate" in remedy


def test_a_database_without_autocommit(monkeypatch):
    assert checked("response.E085") == []
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    [(what, remedy)] = checked("response.E085")
    assert "AUTOCOMMIT is False" in what
    assert remedy == "Leave it out."


@pytest.mark.parametrize(
    "settings_of_permissions",
    [
        [f"{PERMISSIONS}IsAuthenticated"],
        [f"{PERMISSIONS}IsAuthenticatedOrReadOnly", f"{PERMISSIONS}IsAdminUser"],
        (f"{PERMISSIONS}DjangoModelPermissions",),
    ],
)
def test_permissions_that_keep_strangers_out_are_fine(settings, settings_of_permissions):
    settings.REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": settings_of_permissions}
    assert checked("response.W052") == checked("response.E081") == []


def test_another_tools_secret_is_no_matter_where_slack_is_not_asked(settings):
    settings.SLACK_API_URL = "http://127.0.0.1:8020/api/"
    settings.SLACK_SIGNING_SECRET = "only-for-the-emulator"
    assert checked("response.W055") == []
    settings.SLACK_API_URL = "https://slack.com/api/"
    assert checked("response.W055") != []
    settings.SLACK_SIGNING_SECRET = "0123456789abcdef" * 2
    assert checked("response.W055") == []


@pytest.mark.parametrize("name", ["störungen", "障害", "inc_1-x", "#incidents"])
def test_names_that_slack_allows_are_fine(settings, name):
    settings.INCIDENT_CHANNEL_NAME = name
    assert checked("response.E005") == []


# The project's urls.py


def _elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse("another page")


SLACKS = path("slack/", include("response.slack.urls"))
API = path("core/", include("response.core.urls"))
PAGES = path("", include("response.ui.urls"))
LOGIN = path("accounts/", include("django.contrib.auth.urls"))
ADMIN = path("admin/", admin.site.urls)

#: Patterns, and of each message that is to come a part and a part of its remedy.
URLS: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    "all is well": ([ADMIN, LOGIN, SLACKS, API, PAGES], []),
    "all is well below a prefix": (
        [LOGIN, ADMIN, path("incidents/", include([SLACKS, API, PAGES]))], [],
    ),
    "included twice": ([LOGIN, ADMIN, SLACKS, API, PAGES, SLACKS, PAGES], []),
    "a namespace": (
        [ADMIN, LOGIN, path("slack/", include(("response.slack.urls", "slack"))), API, PAGES],
        [("in a namespace", 'path("slack/", include("response.slack.urls"))')],
    ),
    "a namespace around the pages": (
        [ADMIN, LOGIN, SLACKS, API, path("x/", include(([PAGES], "x")))],
        [("in a namespace", 'path("", include("response.ui.urls"))')],
    ),
    "no slash after the prefix": (
        [ADMIN, LOGIN, path("slack", include("response.slack.urls")), API, PAGES],
        [("/slackslash_command", 'path("slack/", include("response.slack.urls"))')],
    ),
    "a slash before the prefix": (
        [ADMIN, LOGIN, path("/slack/", include("response.slack.urls")), API, PAGES],
        [("one slash too many", 'path("slack/", include("response.slack.urls"))')],
    ),
    "a page of its own that takes every address": (
        [ADMIN, LOGIN, re_path(".*", _elsewhere), SLACKS, API, PAGES],
        [
            ("/slack/slash_command should lead to Response", "put this above"),
            ("/core/incidents/ should lead to Response", "put this above"),
            ("/ should lead to Response", "put this above"),
        ],
    ),
    "a page of its own called home": (
        [ADMIN, LOGIN, path("", _elsewhere, name="home"), SLACKS, API, PAGES],
        [("/ should lead to Response", "give it another")],
    ),
}  # fmt: skip


@pytest.fixture
def urls(settings, monkeypatch):
    def use(patterns: list[Any]) -> None:
        module = ModuleType("urls_of_a_project")
        module.urlpatterns = patterns  # type: ignore[attr-defined]
        settings.ROOT_URLCONF = module
        clear_url_caches()

    yield use
    clear_url_caches()


@pytest.mark.parametrize("name", URLS)
def test_how_response_is_included(urls, settings, name):
    patterns, wanted = URLS[name]
    settings.LOGIN_URL = "login"
    urls(patterns)
    said = checked("response.W048")
    doctor = [(f.what, f.remedy) for f in doctor_site._urls() if f.verdict != OK]
    for found in (said, doctor):
        assert len(found) == len(wanted), found
        for what, remedy in wanted:
            assert any(what in msg and remedy in hint for msg, hint in found), found


def test_a_login_page_at_another_address_than_djangos(urls, settings):
    settings.LOGIN_URL = "/accounts/login/"
    urls([ADMIN, path("auth/", include("django.contrib.auth.urls")), SLACKS, API, PAGES])
    [(what, remedy)] = checked("response.W049")
    assert "the login page is /auth/login/" in what
    assert remedy == 'Set LOGIN_URL = "login".'
    [finding] = doctor_site._login()
    assert (finding.verdict, finding.remedy) == (FAIL, remedy)


# What the doctor finds


def troubles(name: str, **options: bool) -> list[tuple[str, str, str]]:
    return [
        (f.verdict, f.what, f.remedy)
        for f in examination.examine(ask_site=options.get("ask_site", False))
        if f.name == name and f.verdict != OK
    ]


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        ("token_expired", "token rotation is on", "Make another app"),
        ("not_allowed_token_type", "wrong kind", "Bot User OAuth Token"),
        ("team_access_not_granted", "may not work in this workspace", "administrator"),
        ("org_login_required", "may not work in this workspace", "administrator"),
        ("invalid_auth", "does not know the token", "IP addresses"),
        ("token_revoked", "was revoked", "Install the app"),
    ],
)
def test_why_slack_refuses_the_token(set_up, error, what, remedy):
    set_up.faults.add("error", "auth.test", error=error)
    [(verdict, said, to_do)] = troubles("token")
    assert (verdict, what in said, remedy in to_do) == (FAIL, True, True), (said, to_do)


def test_another_page_than_slacks(set_up, settings):
    error = SlackError("unreadable", "unreadable_answer")
    settings.SLACK_API_URL = "http://127.0.0.1/other/api/"
    what, remedy = slack_app._token_refused(error)
    assert what == "What answers at http://127.0.0.1/other/api/ is not Slack."
    assert "SLACK_API_URL" in remedy


def test_a_proxy_that_is_away(settings):
    settings.RESPONSE_SLACK_PROXY = "http://127.0.0.1:9"
    refused = NewConnectionError(HTTPConnection("127.0.0.1", 9), "Connection refused")
    error = transport._unreachable("auth.test", ProxyError("Unable to connect to proxy", refused))
    what, remedy = slack_app._token_refused(error)
    assert what.endswith("Unable to connect to the proxy: Connection refused")
    assert "http://127.0.0.1:9 (RESPONSE_SLACK_PROXY)" in remedy


def test_the_token_of_an_app_with_token_rotation(set_up, settings):
    settings.SLACK_TOKEN = "xoxe.xoxb-1-abc"
    [(_verdict, what, _remedy)] = troubles("token")
    assert "token rotation" in what


def test_a_bot_that_can_neither_post_nor_join(set_up):
    Membership.objects.filter(channel__name="incidents", member_id=BOT_USER).delete()
    [(verdict, _what, _remedy)] = troubles("incident_channel")
    assert verdict == WARN
    Grant.objects.create(withheld=["channels:join"])
    [(verdict, what, remedy)] = troubles("incident_channel")
    assert (verdict, "without the scope channels:join" in what) == (FAIL, True)
    assert "/invite @" in remedy


def test_a_direct_message_is_not_looked_up(set_up, settings):
    settings.INCIDENT_CHANNEL_ID = "D0ANNA"
    [(verdict, what, remedy)] = troubles("incident_channel")
    assert (verdict, "a direct message" in what) == (WARN, True)
    assert "id (C…)" in remedy


def test_slack_away_while_a_channel_is_looked_up_is_no_matter_of_scopes(set_up):
    set_up.faults.add("error", "conversations.list", error="internal_error")
    [(_verdict, _what, remedy)] = troubles("incident_channel")
    assert "scopes" not in remedy


def test_an_address_that_is_none_breaks_no_step(set_up, settings):
    settings.SITE_URL = "https://[::1"
    found = examination.examine(ask_site=True)
    assert [f for f in found if "could not be checked" in f.what] == []
    [(verdict, what, remedy)] = troubles("site_url", ask_site=True)
    assert (verdict, "is not an address" in what) == (FAIL, True)
    assert "in full" in remedy


def test_debugging_where_others_can_reach_it(set_up, settings):
    settings.DEBUG = True
    assert troubles("debug") == []
    settings.SITE_URL = "https://incidents.example.com"
    [(verdict, _what, remedy)] = troubles("debug")
    assert (verdict, "DEBUG = False" in remedy) == (WARN, True)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [(404, "collectstatic"), (500, "manage.py check"), (301, "SECURE_PROXY_SSL_HEADER")],
)
def test_why_a_static_file_does_not_come(monkeypatch, answer, remedy):
    monkeypatch.setattr(
        doctor_site,
        "ask_own_site",
        lambda *_args, **_kwargs: doctor_site.SiteAnswer(answer, {}, "", 0.1),
    )
    [finding] = doctor_site._static("https://incidents.example.com/static/response/response.css")
    assert (finding.verdict, remedy in finding.remedy) == (FAIL, True), finding


def test_a_database_that_can_only_be_read(set_up):
    assert list(database._writing()) == []

    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        [finding] = database._writing()
    assert (finding.verdict, "readonly" in finding.what) == (FAIL, True)
    assert "read-only copy" in finding.remedy


# What commands and the log say


def _no_table(error: type[Exception], text: str) -> Any:
    def refuse(execute, sql, params, many, context):
        raise error(text)

    return refuse


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OperationalError, "no such table: response_tick"),
        (ProgrammingError, 'relation "response_tick" does not exist'),
        (OperationalError, "(1054, \"Unknown column 'x' in 'field list'\")"),
    ],
)
def test_a_database_that_is_not_migrated_is_no_database_out_of_reach(db, monkeypatch, error, text):
    monkeypatch.setattr(connection, "close", lambda: None)
    with connection.execute_wrapper(_no_table(error, text)):
        [problem] = status.gather().problems
        assert "has not been migrated" in problem
        assert "manage.py migrate" in problem
        with pytest.raises(CommandError, match=r"manage\.py migrate"):
            call_command("response_tick")


def test_the_tick_says_that_the_database_is_away(db, monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)
    with (
        connection.execute_wrapper(_no_table(OperationalError, "connection refused")),
        pytest.raises(CommandError, match="cannot be reached: connection refused"),
    ):
        call_command("response_tick")


def test_a_request_over_djangos_own_limit_names_the_setting(db, client, settings, caplog):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = b'{"type": "event_callback", "text": "' + b"x" * 200 + b'"}'
    stamp = str(int(time.time()))
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": delivery.sign(body, stamp),
    }
    with caplog.at_level(logging.WARNING, "response"):
        answer = client.post("/slack/event", body, content_type="application/json", headers=headers)
    assert answer.status_code == 413
    assert "over 100 bytes (DATA_UPLOAD_MAX_MEMORY_SIZE)" in caplog.text


@pytest.mark.parametrize("error", ["not_allowed_token_type", "team_access_not_granted"])
def test_what_waits_for_another_token_is_not_given_up(set_up, error):
    set_up.faults.add("error", "chat.postMessage", error=error)
    set_up.declare("Down")
    waiting = OutboxMessage.objects.filter(status=OutboxMessage.WAITING, blocked=True)
    assert waiting.exists()
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()


# What people are told


@pytest.mark.parametrize("scope", ["chat:write", "channels:join"])
def test_a_scope_that_keeps_the_headline_back_is_told_to_who_declared(set_up, scope):
    Membership.objects.filter(channel__name="incidents", member_id=BOT_USER).delete()
    Grant.objects.create(withheld=[scope, "chat:write.public"])
    set_up.declare("Down")
    set_up.until(lambda: set_up.whispers("ada"))
    [said] = set_up.whispers("ada")
    assert "*Down* is stored, but I cannot post it in the incidents channel yet" in said
    assert f"(missing_scope: {scope})" in said
    assert "an administrator needs to check" in said


def test_an_archived_channel_is_told_with_what_to_do(set_up, settings):
    settings.INCIDENT_CHANNEL_ID = Channel.objects.get(name="incidents").pk
    Channel.objects.filter(name="incidents").update(is_archived=True)
    set_up.declare("Down")
    set_up.until(lambda: set_up.direct_messages("ada"))
    assert "the channel is archived; unarchive it" in set_up.direct_messages("ada")[0]


def test_a_channel_in_which_the_bot_may_not_post_is_told_with_what_to_do(set_up):
    set_up.faults.add("error", "chat.postMessage", error="restricted_action", times=1)
    set_up.declare("Down")
    set_up.until(lambda: set_up.direct_messages("ada"))
    assert "I may not post there; allow it" in set_up.direct_messages("ada")[0]


def test_what_no_bot_may_do_waits_for_no_other_token():
    error = SlackError("refused", "not_allowed_token_type")
    assert error.misconfigured
    error.method = "conversations.unarchive"
    assert not error.misconfigured
