"""The manifest asks for what is used, and for no more."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from response.setup import manifest, scopes

SLACK = Path(scopes.__file__).resolve().parents[1] / "slack"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("response_manifest", *arguments, stdout=out)
    return out.getvalue()


def test_every_scope_is_needed_by_a_method_an_event_or_a_feature():
    needed = {
        scope
        for table in (scopes.METHODS, scopes.EVENTS, scopes.FEATURES)
        for names in table.values()
        for scope in names
    }
    known = {scope.name for scope in scopes.SCOPES}
    assert needed <= known
    # For handlers of a project's own that listen to reactions.
    assert known - needed <= {"reactions:read"}


def test_the_methods_that_features_call_are_in_the_table():
    called = set()
    for room in ("features", "handlers", "inbound", "jobs", "models"):
        for file in (SLACK / room).rglob("*.py"):
            text = file.read_text("utf-8")
            called |= set(re.findall(r'"((?:auth|chat|conversations|users|views)\.\w+)"', text))
    assert called
    assert called <= set(scopes.METHODS)


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


def test_socket_mode_needs_no_address(settings):
    settings.SITE_URL = ""
    made = json.loads(printed("--socket-mode"))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)
    with pytest.raises(CommandError, match="SITE_URL is not set"):
        printed()


def test_it_keeps_to_slacks_limits(settings):
    settings.INCIDENT_BOT_NAME = "b" * 100
    made = manifest.build(socket_mode=True)
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["features"]["bot_user"]["display_name"]) <= 80
