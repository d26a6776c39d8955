"""The manifest asks for what is used, and for no more; the app is made from it."""

from __future__ import annotations

import ast
import json
import logging
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from demo.sandbox import app_manifests
from demo.sandbox.models import ApiCall
from response.setup import manifest, scopes
from response.slack.decorators.event_handler import events
from response.slack.decorators.registry import is_builtin
from response.slack.inbound import routing
from tests.setup.calls import ROOT, called

SLACK = ROOT / "slack"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "slack-app.md"
TOKEN = "xoxe.xoxp-sandbox"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("response_manifest", *arguments, stdout=out)
    return out.getvalue()


# Scopes: from https://docs.slack.dev/reference/methods and …/reference/events, read in 2026.
# Where there are several, the first is for public channels and the second for private ones.

NEEDED_BY_METHODS = {
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.archive": {"channels:manage", "groups:write"},
    "conversations.create": {"channels:manage", "groups:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.invite": {"channels:manage", "groups:write"},
    "conversations.join": {"channels:join"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.open": set(),  # but for direct messages, below
    "conversations.rename": {"channels:manage", "groups:write"},
    "conversations.replies": {"channels:history", "groups:history"},
    "conversations.setTopic": {"channels:manage", "groups:write"},
    "pins.add": {"pins:write"},
    "reactions.add": {"reactions:write"},
    "reactions.remove": {"reactions:write"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "users.lookupByEmail": {"users:read.email", "users:read"},
    "views.open": set(),
}
NEEDED_BY_EVENTS = {
    "app_mention": {"app_mentions:read"},
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_id_changed": {"channels:read", "groups:read"},
    "channel_rename": {"channels:read"},
    "channel_unarchive": {"channels:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_rename": {"groups:read"},
    "group_unarchive": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "pin_added": {"pins:read"},
    "pin_removed": {"pins:read"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "user_change": {"users:read"},
}
# Beyond a method's or an event's own: slash commands and shortcuts; posting where the bot is not;
# a direct message to a person who has never written to the bot.
NEEDED_BESIDES = {"commands", "chat:write.public", "im:write"}


def test_the_methods_that_are_called_are_those_in_the_table():
    assert called() == set(NEEDED_BY_METHODS)
    assert set(scopes.METHODS) == set(NEEDED_BY_METHODS)


@pytest.mark.parametrize("method", sorted(NEEDED_BY_METHODS))
def test_a_method_has_its_scopes(method):
    given = set(scopes.METHODS[method])
    assert given - NEEDED_BESIDES == NEEDED_BY_METHODS[method] - NEEDED_BESIDES
    assert given >= NEEDED_BY_METHODS[method]
    assert NEEDED_BY_METHODS[method] <= set(asked_for()["bot"])


@pytest.mark.parametrize("event", sorted(NEEDED_BY_EVENTS))
def test_an_event_has_its_scopes(event):
    assert set(scopes.EVENTS[event]) == NEEDED_BY_EVENTS[event]
    assert NEEDED_BY_EVENTS[event] <= set(asked_for()["bot"])


def test_the_events_that_are_handled_are_subscribed_to():
    handled = {h.key for h in events.snapshot() if is_builtin(h.fn)}
    handled |= (
        routing.WORKSPACE_EVENTS | routing.CHANNEL_EVENTS
    )  # those without a registered handler
    named = {
        node.value
        for file in SLACK.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    subscribed = set(scopes.EVENTS)
    # Events that are handled; those of messages are subscribed to by kind of channel.
    assert handled - {"message"} <= subscribed
    assert "message" in handled
    assert {"message.channels", "message.groups"} <= subscribed
    # And none for nothing.
    for event in subscribed:
        assert event.partition(".")[0] in named, event
    assert subscribed == set(NEEDED_BY_EVENTS)


def test_no_scope_is_asked_for_that_nothing_needs():
    needed = set().union(*NEEDED_BY_METHODS.values(), *NEEDED_BY_EVENTS.values(), NEEDED_BESIDES)
    assert set(asked_for()["bot"]) == needed
    assert set(asked_for()["bot_optional"]) <= needed


def asked_for() -> dict[str, list[str]]:
    return dict(manifest.build(socket_mode=True)["oauth_config"]["scopes"])


def test_every_scope_is_explained_in_the_documentation():
    text = DOCUMENT.read_text("utf-8")
    table = text[text.index("## Scopes") :]
    assert [scope.name for scope in scopes.SCOPES if f"`{scope.name}`" not in table] == []


# What is printed


def test_it_has_the_projects_addresses(settings):
    settings.SITE_URL = "https://incidents.example.com/"
    made = json.loads(printed())
    assert made["features"]["slash_commands"][0]["url"] == (
        "https://incidents.example.com/slack/slash_command"
    )
    assert made["settings"]["event_subscriptions"]["request_url"].endswith("/slack/event")
    assert made["settings"]["interactivity"]["request_url"].endswith("/slack/action")
    assert made["oauth_config"]["scopes"]["bot"] == sorted(s.name for s in scopes.SCOPES)
    assert yaml.safe_load(printed("--yaml")) == made


def test_the_documentation_shows_what_is_printed(settings):
    settings.SITE_URL = "https://incidents.example.com"
    [shown] = [
        json.loads(block.partition("\n```")[0])
        for block in DOCUMENT.read_text("utf-8").split("```json\n")[1:]
    ]
    assert shown == json.loads(printed())


def test_socket_mode_needs_no_address(settings):
    settings.SITE_URL = ""
    made = json.loads(printed("--socket-mode"))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)
    with pytest.raises(CommandError, match="SITE_URL is not set"):
        printed()


@pytest.mark.parametrize("socket_mode", [True, False])
def test_slack_accepts_it(settings, socket_mode):
    settings.SITE_URL = "https://incidents.example.com"
    settings.INCIDENT_BOT_NAME = "b" * 100
    assert app_manifests.problems(manifest.build(socket_mode=socket_mode)) == []


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("display_information", "name"), "b" * 36, "/display_information/name"),
        (("features", "bot_user", "colour"), "red", "/features/bot_user/colour"),
        (("features", "slash_commands"), [], "/features/slash_commands"),
        (("settings", "socket_mode_enabled"), "yes", "/settings/socket_mode_enabled"),
        (("settings", "socket_mode_enabled"), False, "/settings/event_subscriptions"),
        (("oauth_config", "scopes", "bot"), ["a", "a"], "/oauth_config/scopes/bot"),
    ],
)
def test_the_rules_refuse_what_slack_refuses(path, value, pointer):
    made = place = manifest.build(socket_mode=True)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert pointer in [problem["pointer"] for problem in app_manifests.problems(made)]


# --create


def test_the_app_is_created(slack, caplog):
    caplog.set_level(logging.DEBUG)
    said = printed("--socket-mode", "--create", TOKEN)
    assert "The app A0SANDBOX01 was created." in said
    assert 'SLACK_SIGNING_SECRET = "sandbox-signing-secret"' in said
    assert 'SLACK_APP_TOKEN = "xapp-…"' in said
    assert "https://slack.com/oauth/v2/authorize?client_id=1.2" in said
    assert TOKEN not in said + caplog.text
    assert TOKEN not in json.dumps(ApiCall.objects.get().arguments)


def test_the_token_can_come_from_the_environment(slack, monkeypatch):
    monkeypatch.setenv("SLACK_CONFIGURATION_TOKEN", TOKEN)
    said = printed("--socket-mode", "--create")
    assert "was created" in said
    assert "3. Run alongside the site: python manage.py response_socket\n4. See what" in said


def test_over_http_the_addresses_are_sent(slack, settings):
    assert "was created" in printed("--create", TOKEN)
    sent = json.loads(ApiCall.objects.get().arguments["manifest"])
    assert sent["settings"]["interactivity"]["request_url"].startswith(settings.SITE_URL)


@pytest.mark.parametrize(
    ("token", "error", "said"),
    [
        ("xoxb-1", "", "That is not an app configuration token"),
        ("", "", "That is not an app configuration token"),
        ("xoxe.xoxp-other", "", "Make a new one at the bottom of"),
        (TOKEN, "token_expired", "it is valid for 12 hours"),
        (TOKEN, "not_allowed_token_type", "This is a different kind of token"),
        (TOKEN, "access_denied", "does not let you create apps (access_denied)"),
        (TOKEN, "managed_app_limit_reached", "Ask one of its administrators"),
        (TOKEN, "failed_creating_app", "Slack did not create the app (failed_creating_app)"),
        (TOKEN, "internal_error", "Try again in a minute"),
    ],
)
def test_what_slack_refuses_is_a_sentence(slack, monkeypatch, token, error, said):
    monkeypatch.delenv("SLACK_CONFIGURATION_TOKEN", raising=False)
    if error:
        slack.faults.add("error", "apps.manifest.create", error=error)
    with pytest.raises(CommandError) as raised:
        printed("--socket-mode", "--create", token)
    assert said in str(raised.value)
    assert not token or token not in str(raised.value)


def test_where_the_manifest_is_wrong_is_said(slack, monkeypatch):
    with pytest.raises(CommandError) as raised:
        printed("--socket-mode", "--command", "incident", "--create", TOKEN)
    assert str(raised.value) == (
        "Slack does not accept the manifest: Invalid value (/features/slash_commands/0/command)"
    )
