"""The examples of docs/api.md, run from the document against a real server."""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from response.models import Action, ExternalUser, Incident, TimelineEvent

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
TOKEN = "0123456789abcdef"


class OneToken(TokenAuthentication):
    """Token authentication without the table of tokens, whose app the suite does not have."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        if key != TOKEN:
            raise AuthenticationFailed
        return get_user_model().objects.get(username="robot"), None


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.S | re.M)


def commands() -> list[str]:
    """Every command of the shell examples, its continued lines joined."""
    text = "\n".join(examples("sh")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def curl(command: str, api: str) -> tuple[int, Any, dict[str, str]]:
    """Does what the curl command would do: ``(status, decoded body, headers)``."""
    command = command.replace("$API", api).replace("$TOKEN", TOKEN)
    program, *words = shlex.split(command)
    assert program == "curl"
    method, headers, body, address = "GET", {}, None, ""
    arguments = iter(words)
    for word in arguments:
        if word == "-X":
            method = next(arguments)
        elif word == "-H":
            name, _, value = next(arguments).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(arguments).encode()
        else:
            assert not word.startswith("-"), f"an option that this test does not know: {word}"
            address = word
    request = urllib.request.Request(address, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, json.load(response), dict(response.headers)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@override_settings(
    RESPONSE_RUNNER="response.slack.runners.TickRunner",
    REST_FRAMEWORK={
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"],
    },
)
def test_the_commands_of_the_document(live_server: Any) -> None:
    get_user_model().objects.create_user("robot")
    api = f"{live_server.url}/core"
    assert len(commands()) >= 10
    for command in commands():
        status, body, headers = curl(command, api)
        assert status == (201 if "-X POST" in command else 200), command
        assert body, command
        if "-X POST" in command:
            assert headers["Location"].startswith(api), command
    incident = Incident.objects.get()
    assert (incident.report, incident.severity) == ("Checkout fails", "1")
    assert incident.is_closed()
    assert incident.lead == ExternalUser.objects.get()
    assert Action.objects.get().done
    assert TimelineEvent.objects.filter(text="Deployed 4f2a").exists()


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@override_settings(
    RESPONSE_RUNNER="response.slack.runners.TickRunner",
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"]},
)
def test_the_same_without_the_token(live_server: Any) -> None:
    for command in commands():
        with pytest.raises(urllib.error.HTTPError) as refusal:
            curl(command.replace("$TOKEN", "another"), f"{live_server.url}/core")
        refusal.value.close()
        assert refusal.value.code == 401, command
        assert refusal.value.headers["WWW-Authenticate"] == "Token"
    assert not Incident.objects.exists()


def test_the_json_of_the_document_is_json() -> None:
    for example in examples("json"):
        json.loads(example)


def test_the_python_of_the_document_is_python() -> None:
    settings: dict[str, Any] = {"INSTALLED_APPS": []}
    for example in examples("python"):
        exec(example, settings)
    framework = settings["REST_FRAMEWORK"]
    with override_settings(REST_FRAMEWORK=framework):
        from rest_framework.settings import api_settings

        assert api_settings.DEFAULT_THROTTLE_CLASSES
        assert api_settings.DEFAULT_AUTHENTICATION_CLASSES[0] is TokenAuthentication
