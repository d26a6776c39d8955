"""Thirty more misconfigurations, as people come by them: each is named, with its remedy.

As in ``test_misconfigurations.py``: known offline, found by the doctor, or said where it is met.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.utils import timezone

from demo.sandbox.models import Channel, Membership
from demo.sandbox.workspace import BOT_USER
from response import checks
from response.conf import DEFAULTS
from response.jobs.models import Tick
from response.setup.doctor import database, examination
from response.setup.doctor.finding import FAIL, OK, WARN
from response.slack.models import CommsChannel, InboxRequest
from tests.factories import IncidentFactory

HTTP = {"SITE_URL": "http://incidents.example.com"}
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
ENGINE = "django.template.backends.django.DjangoTemplates"
MANIFEST = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
        "OPTIONS": {"location": "/nowhere"},
    },
}

#: Settings, the id of the check, a part of its message, a part of its remedy.
CHECKED: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "quotes of the environment file in the token": (
        {"SLACK_TOKEN": '"xoxb-1"'}, "response.E043", "SLACK_TOKEN", "without quotes",
    ),
    "the token of the documentation": (
        {"SLACK_TOKEN": "xoxb-…"}, "response.E043", "SLACK_TOKEN", "in full",
    ),
    "the client's id as the signing secret": (
        {"SLACK_SIGNING_SECRET": "1234567890.1234567890123"}, "response.E044", "client's id",
        "Signing Secret › Show",
    ),
    "the app's id as the signing secret": (
        {"SLACK_SIGNING_SECRET": "A0123456789"}, "response.E044", "app's id", "Signing Secret",
    ),
    "the name that Bolt has for the token": (
        {"SLACK_BOT_TOKEN": "xoxb-1"}, "response.W045", "did you mean SLACK_TOKEN", "Rename",
    ),
    "the token that Slack has retired": (
        {"SLACK_VERIFICATION_TOKEN": "x"}, "response.W045", "SLACK_SIGNING_SECRET", "Rename",
    ),
    "a prefix too many": (
        {"RESPONSE_INCIDENT_CHANNEL_NAME": "x"}, "response.W045", "INCIDENT_CHANNEL_NAME",
        "Rename",
    ),
    "a prefix too few": (
        {"SLACK_PROXY": "http://proxy:8080"}, "response.W045", "RESPONSE_SLACK_PROXY", "Rename",
    ),
    "False as a string out of the environment": (
        {"RESPONSE_CREATE_INCIDENTS_CHANNEL": "False"}, "response.E070", "must be True or False",
        "each string but the empty one counts as True",
    ),
    "a string in the place of a list": (
        {"RESPONSE_TIMELINE_REACTIONS": "pushpin"}, "response.E070", "a list of strings",
        "Write a list",
    ),
    "colons around a reaction": (
        {"RESPONSE_TIMELINE_REACTIONS": [":pushpin:"]}, "response.W079", ":pushpin:",
        "without colons",
    ),
    "the path of a client in the place of a client": (
        {"SLACK_CLIENT": "project.slack.Client"}, "response.E080", "api_call", "not its name",
    ),
    "an address without https": (HTTP, "response.W071", "https:// only", "Socket Mode"),
    "secure cookies without https": (
        {**HTTP, "SESSION_COOKIE_SECURE": True}, "response.W072", "no one can log in",
        "SESSION_COOKIE_SECURE = False",
    ),
    "a space after the address": (
        {"SITE_URL": "https://incidents.example.com "}, "response.E003", "SITE_URL", "in full",
    ),
    "a host that is not allowed": (
        {"SITE_URL": "https://incidents.example.com", "ALLOWED_HOSTS": ["example.com"]},
        "response.W078", "lacks incidents.example.com",
        'ALLOWED_HOSTS = ["incidents.example.com"]',
    ),
    "an emulator's address without its path": (
        {"SLACK_API_URL": "http://localhost:8020"}, "response.W076", "/api/",
        "https://slack.com/api/",
    ),
    "no middleware for logins": (
        {"MIDDLEWARE": [SESSIONS]}, "response.W073", "no middleware", "AuthenticationMiddleware",
    ),
    "templates of another engine alone": (
        {"TEMPLATES": [{"BACKEND": ENGINE, "DIRS": [], "APP_DIRS": False}]}, "response.E077",
        "not found", "APP_DIRS",
    ),
    "a base template that is not there": (
        {"RESPONSE_BASE_TEMPLATE": "bsae.html"}, "response.E074", "bsae.html", "{% extends %}",
    ),
    "static files with a manifest, not collected": (
        {"STORAGES": MANIFEST}, "response.W075", "not been collected", "collectstatic",
    ),
    "the name of the updates channel as its id": (
        {"RESPONSE_UPDATES_CHANNEL_ID": "updates"}, "response.E005", "RESPONSE_UPDATES_CHANNEL_ID",
        "RESPONSE_UPDATES_CHANNEL_NAME",
    ),
    "days that are a string": (
        {"RESPONSE_FORGOTTEN_DAYS": "14"}, "response.E008", "RESPONSE_FORGOTTEN_DAYS", "14",
    ),
    "Celery that knows of no broker": (
        {"RESPONSE_RUNNER": "response.worker.runners.CeleryRunner"}, "response.W011",
        "has no broker", "CELERY_BROKER_URL",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_what_can_be_known_offline(settings, monkeypatch, name):
    values, id_, what, remedy = CHECKED[name]
    if id_ == "response.W011":
        from celery import current_app

        monkeypatch.setattr(current_app.conf, "broker_url", None)
    settings.SITE_URL = "https://response.example.com"
    assert [m for m in run_checks() if m.id == id_] == []
    for key, value in values.items():
        setattr(settings, key, value)
    found = [m for m in run_checks() if m.id == id_]
    assert any(what in m.msg and remedy in str(m.hint) for m in found), found


def test_settings_of_the_projects_own_are_left_alone(settings):
    for name in ("SLACK_WEBHOOK_URL", "RESPONSE_HEADERS", "INCIDENT_PRIORITIES", "SLACK_CHANNEL"):
        setattr(settings, name, "x")
    assert [m.msg for m in run_checks() if m.id == "response.W045"] == []


#: What these take is looked at in the middle of things, and has a check that says more.
ANYTHING = object()


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("value", [ANYTHING, [1, 2], {"a": 1}, 3.5, -1])
def test_a_value_of_another_kind_is_named_and_breaks_no_check(settings, name, value):
    if isinstance(value, int | float) and isinstance(DEFAULTS[name], int | float):
        value = "three"
    setattr(settings, name, value)
    said = [*checks.check_settings(), *checks.project.check_project()]
    assert [m for m in said if name in m.msg and m.hint], said


# What only Slack, the machine or the running site can tell


def found(name: str, *, ask_site: bool = False) -> list[tuple[str, str, str]]:
    return [
        (f.verdict, f.what, f.remedy)
        for f in examination.examine(ask_site=ask_site)
        if f.name == name
    ]


def troubles(name: str, **options: bool) -> list[tuple[str, str, str]]:
    return [finding for finding in found(name, **options) if finding[0] != OK]


def _stored(slack: Any, kind: str = InboxRequest.INTERACTION, payload: str = "{}") -> None:
    InboxRequest.objects.create(
        kind=kind, type="x", delivery=f"{kind}{payload}", subject=f"{kind}{payload}",
        payload=payload, status=InboxRequest.DONE,
    )  # fmt: skip


def test_nothing_of_slacks_arrives(set_up, settings):
    [(verdict, what, remedy)] = troubles("arrivals")
    assert verdict == WARN
    assert "No form, button press or event" in what
    for cause in ("Interactivity", "SLACK_SIGNING_SECRET", "Socket Mode must be off"):
        assert cause in remedy
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    [(_verdict, _what, remedy)] = troubles("arrivals")
    assert "response_socket" in remedy
    assert "both tokens are of the same app" in remedy


def test_events_that_the_app_has_not_subscribed_to(set_up):
    _stored(set_up)
    assert troubles("arrivals") == []
    CommsChannel.objects.create(
        incident=IncidentFactory(), channel_id="C0EVENTS", channel_name="inc-1"
    )
    [(verdict, what, remedy)] = troubles("arrivals")
    assert (verdict, "no events" in what) == (WARN, True)
    assert "Event Subscriptions" in remedy
    _stored(set_up, InboxRequest.EVENT)
    assert troubles("arrivals") == []


def test_a_token_of_another_workspace(set_up):
    _stored(set_up, payload='{"team": {"id": "T0ELSEWHERE"}}')
    [(verdict, what, remedy)] = troubles("arrivals")
    assert (verdict, "T0ELSEWHERE" in what) == (FAIL, True)
    assert "Copy the token of the app" in remedy


def test_an_app_token_of_another_app(set_up, settings):
    settings.SLACK_APP_TOKEN = "xapp-1-A0OTHER-1234-abcd"
    _stored(set_up, payload='{"api_app_id": "A0SANDBOX"}')
    [(verdict, what, remedy)] = troubles("arrivals")
    assert (verdict, "A0OTHER" in what) == (FAIL, True)
    assert "two tokens of the same app" in remedy


def test_what_people_do_arrives(set_up):
    set_up.declare("Down")
    [(verdict, what, _remedy)] = found("arrivals")
    assert (verdict, what) == (OK, "What people do in Slack arrives.")


def test_an_app_token_without_its_scope(set_up, settings):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    set_up.faults.add("error", "apps.connections.open", error="missing_scope")
    [(verdict, _what, remedy)] = troubles("socket_token")
    assert (verdict, "connections:write" in remedy) == (FAIL, True)


def test_a_bot_that_is_not_in_the_public_channel(set_up):
    Membership.objects.filter(channel__name="incidents", member_id=BOT_USER).delete()
    [(verdict, what, remedy)] = troubles("incident_channel")
    assert (verdict, "The bot is not in" in what) == (WARN, True)
    assert "/invite @" in remedy


@pytest.mark.parametrize(
    ("says", "what", "remedy"),
    [
        ({"is_ext_shared": True}, "shared with another organisation", "end the sharing"),
        ({"is_read_only": True}, "Not everyone may post", "--post-test"),
    ],
)
def test_a_channel_in_which_others_read_or_few_may_write(set_up, monkeypatch, says, what, remedy):
    shown = examination.slack_app._by_id

    def by_id(channel_id: str) -> dict[str, Any]:
        return {**(shown(channel_id) or {}), **says}

    monkeypatch.setattr(examination.slack_app, "_by_id", by_id)
    assert any(what in w and remedy in r for _v, w, r in troubles("incident_channel"))


def test_a_channel_of_another_workspace_is_looked_for_by_the_name_of_ours(set_up):
    Channel.objects.filter(name="incidents").delete()
    [(_verdict, what, _remedy)] = troubles("incident_channel")
    assert "in Sandbox" in what


def test_a_tick_that_has_stopped(set_up):
    Tick.objects.update(last_run=timezone.now() - timedelta(hours=2))
    [(verdict, what, remedy)] = troubles("tick")
    assert (verdict, "120 minutes ago" in what) == (FAIL, True)
    assert "response_tick" in remedy


def test_a_broker_that_is_down(set_up, settings, monkeypatch):
    from celery import current_app

    settings.RESPONSE_RUNNER = "response.worker.runners.CeleryRunner"
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:9/0")
    [(verdict, what, remedy)] = troubles("runner")
    assert (verdict, "broker cannot be reached" in what) == (FAIL, True)
    assert "CELERY_BROKER_URL" in remedy


@pytest.fixture
def sqlite_file(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "shared" / "db.sqlite3"
    path.parent.mkdir()
    path.touch()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    return path


def test_sqlite_on_a_network_drive(db, sqlite_file, monkeypatch, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nfiles:/x {sqlite_file.parent} nfs4 rw 0 0\n")
    monkeypatch.setattr(database, "MOUNTS", mounts)
    [finding] = database._file()
    assert "nfs4" in finding.what
    assert "local disk" in finding.remedy
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nfiles:/x {sqlite_file.parent}-other nfs4 rw 0 0\n")
    assert list(database._file()) == []
    monkeypatch.setattr(database, "MOUNTS", tmp_path / "on-another-system")
    assert list(database._file()) == []


def test_sqlite_of_another_user(db, sqlite_file, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != sqlite_file.parent)
    [finding] = database._file()
    assert (finding.verdict, str(sqlite_file.parent) in finding.what) == (FAIL, True)
    assert "the user that the site runs as" in finding.remedy


def test_static_files_with_a_manifest_that_is_not_there(set_up, settings):
    assert troubles("static", ask_site=True) == []
    settings.STORAGES = MANIFEST
    [(verdict, what, remedy)] = troubles("static", ask_site=True)
    assert (verdict, "not been collected" in what) == (FAIL, True)
    assert "collectstatic" in remedy


# What is no misconfiguration, though it looks like one


def test_a_login_for_everything_does_not_keep_slack_out(db, settings):
    """Django's middleware that sends everyone to the login lets Slack, cron and probes through."""
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    client = Client()
    assert client.get("/").status_code == 302
    for address in ("slash_command", "action", "event"):
        assert client.post(f"/slack/{address}").status_code == 403, address
    assert client.get("/slack/health").status_code == 200
    assert client.get("/slack/cron_minute").status_code == 403
    for address in ("/core/incidents/", "/core/metrics/prometheus/"):
        assert client.get(address).status_code in (401, 403, 404), address
    assert client.post("/core/alerts/alertmanager/").status_code in (401, 403, 404)


def test_a_slash_at_the_end_of_the_address_changes_nothing(set_up, settings):
    settings.SITE_URL += "/"
    incident = set_up.declare("Down")
    said = set_up.shown(set_up.headline(incident))
    assert f"{settings.SITE_URL}incident/{incident.pk}/" in said
    assert "//incident/" not in said
    assert troubles("address", ask_site=True) == []


def test_there_are_thirty_of_them():
    here = [name for name in globals() if name.startswith("test_")]
    assert len(CHECKED) + len(here) - 4 >= 30
