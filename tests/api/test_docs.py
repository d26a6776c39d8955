"""The examples of docs/api.md, run from the document against a real server."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import RequestFactory, override_settings
from django.urls import reverse
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from response.models import Action, ExternalUser, Field, Incident, Review, TimelineEvent

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
TOKEN = "0123456789abcdef"
ALERTMANAGER_TOKEN = "fedcba9876543210"


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


def first_line(example: str) -> str:
    """What an example is called in the list of tests."""
    return next(line.strip() for line in example.splitlines() if len(line.strip()) > 1)


def name(number: int, command: str) -> str:
    """What a command is called in the list of tests: ``03 PATCH incidents/1/``."""
    method = re.search(r"-X (\w+)", command)
    address = re.search(r'"\$API/([^"]*)"', command)
    assert address, command
    return f"{number:02} {method[1] if method else 'GET'} {address[1]}"


NAMES = [name(number, command) for number, command in enumerate(commands(), 1)]


def curl(command: str, api: str) -> tuple[int, Any, dict[str, str]]:
    """Does what the curl command would do: ``(status, decoded body, headers)``."""
    command = command.replace("$API", api).replace("$TOKEN", TOKEN)
    command = command.replace("$ALERTMANAGER_TOKEN", ALERTMANAGER_TOKEN)
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
    if "$ETAG" in headers.get("If-Match", ""):
        headers["If-Match"] = etag(address, headers["Authorization"])
    request = urllib.request.Request(address, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, json.load(response), dict(response.headers)


def etag(address: str, authorization: str) -> str:
    """The tag of what stands at an address, for ``$ETAG``."""
    request = urllib.request.Request(address, headers={"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=20) as response:
        return str(response.headers["ETag"])


def profile_is_known(command: str) -> None:
    """After a person was stored, their e-mail address comes from Slack."""
    if '"$API/users/"' in command:
        ExternalUser.objects.filter(external_id="U012ABCDEF").update(email="anna@example.com")


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@override_settings(
    RESPONSE_RUNNER="response.worker.runners.TickRunner",
    RESPONSE_ALERTMANAGER_TOKEN=ALERTMANAGER_TOKEN,
    REST_FRAMEWORK={
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"],
    },
)
@pytest.mark.parametrize("number", range(len(commands())), ids=NAMES)
def test_a_command_of_the_document(live_server: Any, number: int) -> None:
    """The commands build on each other, so those before are run first."""
    get_user_model().objects.create_user("robot")
    Field.objects.create(key="service", name="Service", kind="choice", options=["api", "web"])
    api = f"{live_server.url}/core"
    *before, command = commands()[: number + 1]
    for earlier in before:
        curl(earlier, api)
        profile_is_known(earlier)
    status, body, headers = curl(command, api)
    makes = "-X POST" in command and "/alerts/" not in command
    assert status == (201 if makes else 200)
    assert body
    if makes:
        assert headers["Location"].startswith(api)
    if "Idempotency-Key" in command:
        assert curl(command, api)[:2] == (200, body)
    if "/alerts/" in command:
        assert body in [json.loads(example) for example in examples("json")]
        assert curl(command, api)[1] == {**body, "created": False, "noted": 0}


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@override_settings(
    RESPONSE_RUNNER="response.worker.runners.TickRunner",
    RESPONSE_ALERTMANAGER_TOKEN=ALERTMANAGER_TOKEN,
    REST_FRAMEWORK={
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"],
    },
)
def test_what_the_commands_of_the_document_leave(live_server: Any) -> None:
    get_user_model().objects.create_user("robot")
    Field.objects.create(key="service", name="Service", kind="choice", options=["api", "web"])
    for command in commands():
        curl(command, f"{live_server.url}/core")
        profile_is_known(command)
    incident = Incident.objects.get(pk=1)
    assert (incident.report, incident.severity) == ("Checkout fails", "1")
    assert incident.is_closed()
    assert incident.lead == ExternalUser.objects.get(app_id="slack")
    assert Action.objects.get().done
    assert TimelineEvent.objects.filter(text="Deployed 4f2a").exists()
    review = Review.objects.get(incident=incident)
    assert review.is_published
    assert review.sections.get(key="causes").version == 1


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@override_settings(
    RESPONSE_RUNNER="response.worker.runners.TickRunner",
    RESPONSE_ALERTMANAGER_TOKEN=ALERTMANAGER_TOKEN,
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"]},
)
@pytest.mark.parametrize("command", commands(), ids=NAMES)
def test_the_same_without_the_token(live_server: Any, command: str) -> None:
    other = command.replace("$TOKEN", "another").replace("$ALERTMANAGER_TOKEN", "another")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        curl(other, f"{live_server.url}/core")
    refusal.value.close()
    assert refusal.value.code == 401
    kind = "Bearer" if "/alerts/" in command else "Token"
    assert refusal.value.headers["WWW-Authenticate"] == kind
    assert not Incident.objects.exists()


@pytest.mark.parametrize("example", examples("json"), ids=first_line)
def test_the_json_of_the_document_is_json(example: str) -> None:
    assert json.loads(example)


def test_the_python_of_the_document_is_python() -> None:
    project: dict[str, Any] = {"INSTALLED_APPS": []}
    for example in examples("python"):
        if "def " not in example:
            exec(example, project)
    framework = project["REST_FRAMEWORK"]
    with override_settings(REST_FRAMEWORK=framework):
        from rest_framework.settings import api_settings

        assert api_settings.DEFAULT_THROTTLE_CLASSES
        assert api_settings.DEFAULT_AUTHENTICATION_CLASSES[0] is TokenAuthentication


@pytest.mark.django_db
@override_settings(UPTIME_TOKEN="of the watcher")
def test_the_alert_source_of_the_document() -> None:
    [example] = [e for e in examples("python") if "def " in e]
    source: dict[str, Any] = {}
    exec(example, source)

    def send(check: str, up: bool, token: str = "of the watcher") -> Any:
        request = RequestFactory().post(
            "/uptime/",
            {"check": check, "up": up},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        response = source["uptime"](request)
        return json.loads(response.content) if response.status_code == 200 else response.status_code

    assert send("shop", False, "of another") == 403
    assert send("shop", True) == {"incident": None, "created": False}
    pk = send("shop", False)["incident"]
    assert Incident.objects.get(pk=pk).report == "shop is down"
    assert send("shop", False) == {"incident": pk, "created": False}
    assert send("mail", False)["created"]
    assert send("shop", True) == {"incident": pk, "created": False}
    assert Incident.objects.get(pk=pk).is_closed()
    assert send("shop", False)["incident"] != pk


TOKENS_AS_DOCUMENTED = """
import django
django.setup()
from django.core.management import call_command
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

call_command("migrate", verbosity=0)
get_user_model().objects.create_user("somebody")
call_command("drf_create_token", "somebody")
key = Token.objects.get().key
for sent in ("Token " + key, "Token another", "Bearer " + key):
    answer = APIClient().get("/core/incidents/", headers={"Authorization": sent})
    print(answer.status_code)
"""


@pytest.mark.processes
def test_tokens_as_documented(tmp_path: Path) -> None:
    """A project with the settings of the document. In a process of its own: it has more apps."""
    project: dict[str, Any] = {"INSTALLED_APPS": list(settings.INSTALLED_APPS)}
    [example] = [e for e in examples("python") if "INSTALLED_APPS" in e]
    exec(example, project)
    shared = {name: project[name] for name in ("INSTALLED_APPS", "REST_FRAMEWORK")}
    done = subprocess.run(
        [sys.executable, "-c", TOKENS_AS_DOCUMENTED],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path}/tokens.sqlite3",
            "RESPONSE_TEST_SETTINGS": json.dumps(shared),
        },
        cwd=DOCUMENT.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[1:4] == ["200", "401", "401"], done.stdout


def test_alertmanagers_configuration_is_yaml_and_leads_here() -> None:
    [example] = examples("yaml")
    [webhook] = yaml.safe_load(example)["receivers"][0]["webhook_configs"]
    assert urlsplit(webhook["url"]).path == reverse("response-alertmanager")
    assert webhook["http_config"]["authorization"]["type"] == "Bearer"


@override_settings(
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"],
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    }
)
@pytest.mark.django_db
def test_clients_that_ask_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    get_user_model().objects.create_user("robot")
    Field.objects.create(key="service", name="Service", kind="choice", options=["api", "web"])
    cache.clear()
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    client = APIClient()
    headers = {"Authorization": f"Token {TOKEN}"}
    answers = [client.get("/core/incidents/", headers=headers) for _ in range(3)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "throttled"
    assert set(answers[-1].json()) == {"detail", "code", "errors"}
