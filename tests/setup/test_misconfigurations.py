"""Misconfigurations, one after the other: each is named, with the remedy that fixes it.

``CHECKED`` are known offline (``manage.py check``), ``EXAMINED`` by asking Slack or the site
(``response_doctor``), ``TOLD`` are said by a command or by Slack's bot to whoever meets them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from demo.sandbox.models import Channel, Grant, Membership
from demo.sandbox.workspace import BOT_USER
from response.jobs.models import Tick
from response.setup.doctor import examination
from response.setup.doctor.finding import OK
from response.setup.doctor.site import SiteAnswer
from response.webhooks.models import Webhook

RUNNERS = "response.worker.runners."
Arrange = Callable[[Any, Any], None]


class Checked(NamedTuple):
    settings: dict[str, Any]
    id: str
    remedy: str


CHECKED = {
    "no signing secret": Checked(
        {"SLACK_SIGNING_SECRET": ""}, "response.W001", "page Basic Information"
    ),
    "a secret that is no string": Checked(
        {"SLACK_SIGNING_SECRET": 12345}, "response.E001", "Signing Secret"
    ),
    "the token in the place of the secret": Checked(
        {"SLACK_SIGNING_SECRET": "xoxb-1"}, "response.E044", "Basic Information › Signing Secret"
    ),
    "a line end in the secret": Checked(
        {"SLACK_SIGNING_SECRET": "abc123\n"}, "response.E044", "Basic Information › Signing Secret"
    ),
    "no token": Checked({"SLACK_TOKEN": ""}, "response.W002", "Bot User OAuth Token (xoxb-…)"),
    "the app-level token as the token": Checked(
        {"SLACK_TOKEN": "xapp-1"}, "response.E002", "goes into SLACK_APP_TOKEN"
    ),
    "a person's token": Checked({"SLACK_TOKEN": "xoxp-1"}, "response.W040", "(xoxb-…)"),
    "the configuration token as the token": Checked(
        {"SLACK_TOKEN": "xoxe.xoxp-1"}, "response.E002", "Bot User OAuth Token (xoxb-…)"
    ),
    "the secret as the token": Checked(
        {"SLACK_TOKEN": "8f742231b10e8888abcd99yyyzzz85a5"}, "response.W054",
        "goes into SLACK_SIGNING_SECRET",
    ),
    "white space in the token": Checked({"SLACK_TOKEN": "xoxb-1 "}, "response.E043", "Copy it"),
    "the tokens mixed up": Checked(
        {"SLACK_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-1"}, "response.E042",
        "goes into SLACK_TOKEN",
    ),
    "no address": Checked({"SITE_URL": ""}, "response.W003", "https://incidents.example.com"),
    "an address without https": Checked(
        {"SITE_URL": "incidents.example.com"}, "response.E003", "Write it in full"
    ),
    "an address with a path": Checked(
        {"SITE_URL": "https://example.com/response"}, "response.W046", "urls.py"
    ),
    "localhost in production": Checked(
        {"SITE_URL": "http://localhost:8000"}, "response.W047", "Socket Mode (SLACK_APP_TOKEN)"
    ),
    "addresses not included": Checked(
        {"ROOT_URLCONF": "demo.sandbox.urls"}, "response.W048",
        'path("slack/", include("response.slack.urls"))',
    ),
    "no login page": Checked(
        {"LOGIN_URL": "/accounts/login/"}, "response.W049",
        'path("accounts/", include("django.contrib.auth.urls"))',
    ),
    "static files not served": Checked({"STATIC_ROOT": None}, "response.W050", "collectstatic"),
    "a misspelt setting": Checked(
        {"RESPONSE_LOGIN_REQIRED": False}, "response.W045", "Rename or remove it"
    ),
    "a runner that is not there": Checked(
        {"RESPONSE_RUNNER": f"{RUNNERS}Celery"}, "response.E007", f"{RUNNERS}CeleryRunner"
    ),
    "several machines on SQLite": Checked(
        {"RESPONSE_RUNNER": f"{RUNNERS}CeleryRunner"}, "response.W053", "PostgreSQL"
    ),
    "a brace too many": Checked(
        {"RESPONSE_CHANNEL_NAME": "inc-{id}}"}, "response.E006", "{id}, {slug} and {date}"
    ),
    "a channel's id as its name": Checked(
        {"INCIDENT_CHANNEL_NAME": "C0SANDBOX02"}, "response.E005", "goes into INCIDENT_CHANNEL_ID"
    ),
    "a channel's name as its id": Checked(
        {"INCIDENT_CHANNEL_ID": "incidents"}, "response.E005", "goes into INCIDENT_CHANNEL_NAME"
    ),
    "an API for everyone": Checked({"REST_FRAMEWORK": {}}, "response.W052", "IsAuthenticated"),
    "a number that is none": Checked(
        {"RESPONSE_SLACK_TIMEOUT": "10"}, "response.E008", "The default is 10"
    ),
    "a timeout that Slack does not wait for": Checked(
        {"RESPONSE_SLACK_REQUEST_TIMEOUT": 5}, "response.W008", "Leave it out"
    ),
    "the mock of 0.5.1": Checked(
        {"SLACK_API_MOCK": "localhost:8020"}, "response.E045", "SLACK_API_URL"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_what_can_be_known_offline(settings, monkeypatch, name):
    case = CHECKED[name]
    if case.id == "response.W053":
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    for key, value in case.settings.items():
        setattr(settings, key, value)
    found = [m for m in run_checks() if m.id == case.id]
    assert found, [m.id for m in run_checks()]
    assert case.remedy in " ".join(str(m.hint) for m in found)


def test_two_apps_that_are_wrong(settings):
    apps = list(settings.INSTALLED_APPS)
    settings.INSTALLED_APPS = [a for a in apps if a != "after_response"]
    [missing] = [m for m in run_checks() if m.id == "response.E009"]
    assert 'Add "after_response"' in missing.hint
    settings.INSTALLED_APPS = [a.replace("response.apps.ResponseConfig", "response") for a in apps]
    [short] = [m for m in run_checks() if m.id == "response.W051"]
    assert "response.apps.ResponseConfig" in short.hint


@pytest.mark.parametrize("every_check", [True, False])
def test_every_message_of_a_check_has_a_remedy(settings, every_check):
    for case in CHECKED.values():
        for key, value in case.settings.items():
            if key not in ("ROOT_URLCONF", "INSTALLED_APPS"):
                setattr(settings, key, value)
        found = [m for m in run_checks() if str(m.id).startswith("response.")]
        assert [m.id for m in found if not m.hint] == []
        if not every_check:
            break


def test_with_socket_mode_nothing_is_said_of_what_it_does_not_need(settings):
    settings.SLACK_APP_TOKEN = "xapp-1"
    settings.SLACK_SIGNING_SECRET = ""
    settings.SITE_URL = "http://localhost:8000"
    settings.ROOT_URLCONF = "tests.setup.urls_without_slack"
    assert [m.id for m in run_checks() if str(m.id).startswith("response.")] == []


def test_with_socket_mode_the_pages_need_no_addresses_for_slack(settings, admin_client):
    settings.SLACK_APP_TOKEN = "xapp-1"
    settings.ROOT_URLCONF = "tests.setup.urls_without_slack"
    for page in ("/", "/admin/response/tick/doctor/", "/core/incidents/"):
        assert admin_client.get(page).status_code == 200, page


# What only Slack or the running site can tell


class Examined(NamedTuple):
    arrange: Arrange
    finding: str
    what: str
    remedy: str
    ask_site: bool = False


def _set(**values: Any) -> Arrange:
    def arrange(slack, settings) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return arrange


def _refused(method: str, error: str) -> Arrange:
    return lambda slack, settings: slack.faults.add("error", method, error=error)


def _channel(**changes: Any) -> Arrange:
    return lambda slack, settings: Channel.objects.filter(name="incidents").update(**changes)


def _bot_left(slack, settings) -> None:
    Membership.objects.filter(channel__name="incidents", member_id=BOT_USER).delete()
    Channel.objects.filter(name="incidents").update(is_private=True)


def _people_left(slack, settings) -> None:
    Membership.objects.filter(channel__name="incidents").exclude(member_id=BOT_USER).delete()


def _no_tick(slack, settings) -> None:
    Tick.objects.all().delete()


def _bad_webhook(slack, settings) -> None:
    Webhook.objects.create(
        name="status page", url="https://status.example.com", failing_since=timezone.now()
    )


EXAMINED = {
    "a token that was revoked": Examined(
        _refused("auth.test", "token_revoked"), "token", "was revoked", "Install the app"
    ),
    "a token of another workspace": Examined(
        _refused("auth.test", "invalid_auth"), "token", "does not know the token", "Copy it again"
    ),
    "Slack out of reach": Examined(
        _set(SLACK_API_URL="http://127.0.0.1:9/api/"), "token", "could not be reached",
        "RESPONSE_SLACK_PROXY",
    ),
    "a scope too few": Examined(
        lambda slack, settings: Grant.objects.create(withheld=["reactions:write"]),
        "scopes", "reactions:write", "OAuth & Permissions › Bot Token Scopes",
    ),
    "another bot": Examined(
        _set(INCIDENT_BOT_ID="U0OTHER"), "bot", "INCIDENT_BOT_ID is U0OTHER",
        "Remove INCIDENT_BOT_ID",
    ),
    "a misspelt channel": Examined(
        _set(INCIDENT_CHANNEL_NAME="incident"), "incident_channel", "“incident”",
        "Did you mean #incidents?",
    ),
    "a channel that is not there": Examined(
        _set(INCIDENT_CHANNEL_ID="C0NOWHERE"), "incident_channel", "C0NOWHERE", "Copy the id"
    ),
    "an archived channel": Examined(
        _channel(is_archived=True), "incident_channel", "is archived", "Unarchive it"
    ),
    "a private channel without the bot": Examined(
        _bot_left, "incident_channel", "no such channel", "invite the bot to it"
    ),
    "a channel without people": Examined(
        _people_left, "incident_channel", "Only the bot", "invite people to it"
    ),
    "Socket Mode that is off": Examined(
        lambda slack, settings: (
            setattr(settings, "SLACK_APP_TOKEN", "xapp-sandbox"),
            slack.faults.add("error", "apps.connections.open", error="forbidden_team"),
        ),
        "socket_token", "does not accept SLACK_APP_TOKEN", "Turn Socket Mode on",
    ),
    "a host that Django refuses": Examined(
        _set(SITE_URL="https://incidents.example.com"), "allowed_hosts",
        "lacks incidents.example.com", 'ALLOWED_HOSTS = ["incidents.example.com"]',
    ),
    "forms refused behind the proxy": Examined(
        _set(SITE_URL="https://incidents.example.com"), "csrf_origins", "refuses forms",
        'CSRF_TRUSTED_ORIGINS = ["https://incidents.example.com"]',
    ),
    "a site that is not running": Examined(
        _set(SITE_URL="http://127.0.0.1:9"), "address", "cannot be reached", "Start the site", True
    ),
    "no tick": Examined(_no_tick, "tick", "never run", "response_tick"),
    "Django's own time zone": Examined(
        _set(TIME_ZONE="America/Chicago"), "time_zone", "America/Chicago", "Set TIME_ZONE"
    ),
    "a webhook that fails": Examined(
        _bad_webhook, "webhooks", "status page has failed", "Look at its deliveries"
    ),
}  # fmt: skip


def examined(name: str, *, ask_site: bool) -> list[tuple[str, str]]:
    found = examination.examine(ask_site=ask_site)
    return [(f.what, f.remedy) for f in found if f.name == name and f.verdict != OK]


@pytest.mark.parametrize("name", EXAMINED)
def test_what_the_doctor_finds(set_up, settings, name):
    case = EXAMINED[name]
    assert examined(case.finding, ask_site=case.ask_site) == []
    case.arrange(set_up, settings)
    found = examined(case.finding, ask_site=case.ask_site)
    assert any(case.what in what and case.remedy in remedy for what, remedy in found), found


ANSWERS = {
    "the running site has another secret": (403, {}, "Not signed by Slack", "SLACK_SIGNING_SECRET"),
    "a login in front of everything": (401, {}, "Log in", "Let /slack/ through without a login"),
    "a redirect to https": (301, {"location": "https://x/"}, "", "SECURE_PROXY_SSL_HEADER"),
    "another site": (404, {}, "Not Found", "Another site answers at SITE_URL"),
    "the proxy passes another host": (400, {}, "Bad Request", "ALLOWED_HOSTS"),
    "the proxy finds no site": (502, {}, "Bad Gateway", "Start the site"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_doctor_makes_of_the_sites_answer(set_up, monkeypatch, name):
    status, headers, body, remedy = ANSWERS[name]
    monkeypatch.setattr(
        "response.setup.doctor.site.ask_own_site",
        lambda *args, **kwargs: SiteAnswer(status, headers, body, 0.1),
    )
    [(_what, said)] = examined("address", ask_site=True)
    assert remedy in said


def test_a_database_that_is_not_migrated(set_up, monkeypatch):
    graph = MigrationExecutor(connection).loader.graph
    newest = graph.nodes[graph.leaf_nodes("response")[0]]
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [(newest, False)])
    [(what, remedy)] = examined("migrations", ask_site=False)
    assert what == "1 migration has not been applied."
    assert remedy == "python manage.py migrate"


def test_a_clock_that_is_wrong(set_up, monkeypatch):
    monkeypatch.setattr(
        "response.setup.doctor.slack_app.parsedate_to_datetime",
        lambda _stamp: datetime(2020, 1, 1, tzinfo=UTC),
    )
    [(what, remedy)] = examined("clock", ask_site=False)
    assert "clock differs" in what
    assert "Set the clock" in remedy


# What is said where it is met


COMMANDS = {
    "Socket Mode without a token": (
        {"SLACK_APP_TOKEN": ""}, ["response_socket"], "Make an app-level token",
    ),
    "Socket Mode with the bot token": (
        {"SLACK_APP_TOKEN": "xoxb-1"}, ["response_socket"], "goes into SLACK_TOKEN",
    ),
    "a manifest without an address": (
        {"SITE_URL": ""}, ["response_manifest"], "Or use Socket Mode (--socket-mode)",
    ),
    "a manifest without the includes": (
        {"ROOT_URLCONF": "demo.sandbox.urls"}, ["response_manifest"], "response.slack.urls",
    ),
    "an app made with the bot token": (
        {}, ["response_manifest", "--create", "xoxb-1"], "those begin with xoxe.xoxp-",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_says(settings, name):
    values, command, said = COMMANDS[name]
    for key, value in values.items():
        setattr(settings, key, value)
    with pytest.raises(CommandError) as raised:
        call_command(*command)
    assert said in str(raised.value)


def test_a_channel_that_is_not_there_is_told_to_the_declarer(slack, settings):
    settings.RESPONSE_CREATE_INCIDENTS_CHANNEL = False
    settings.INCIDENT_CHANNEL_NAME = "incidnets"
    slack.declare("Down")
    slack.until(lambda: slack.direct_messages("ada"))
    assert "INCIDENT_CHANNEL_NAME" in slack.direct_messages("ada")[0]


def test_a_missing_scope_is_told_to_who_pressed(slack):
    incident = slack.declare("Down")
    Grant.objects.create(withheld=["channels:manage"])
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(lambda: slack.whispers("bo"))
    assert "missing_scope: channels:manage" in slack.whispers("bo")[0]


def test_there_are_thirty_of_them():
    assert len(CHECKED) + len(EXAMINED) + len(ANSWERS) + len(COMMANDS) >= 30
