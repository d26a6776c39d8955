"""The demo, started as a newcomer starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from demo import environment
from demo.launcher import app_manifest
from demo.launcher.loopback import loopback_only
from demo.launcher.management.commands import demo
from demo.sandbox.workspace import configured
from response.setup import manifest
from tests.ports import free_port
from tests.slack_for_tests import until

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.processes


@pytest.fixture
def start(tmp_path):
    """Starts a command of the demo's, on a database of its own."""
    started: list[subprocess.Popen] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen:
        ours = ("DJANGO", "DATABASE", "SLACK_", "SANDBOX")
        keep = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "demo" / "manage.py"), *arguments],
            env={**keep, "DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite3", **environment},
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            # Killed, the demo could not stop the processes that it has started.
            process.terminate()
            process.wait(timeout=120)


def get(url: str, headers: dict[str, str] | None = None) -> int:
    """The status of an answer; 0 if there is none."""
    try:
        request = urllib.request.Request(url, headers=headers or {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def greeting(process: subprocess.Popen) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def children(process: subprocess.Popen) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(pid) for pid in found.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_answers_and_leaves_nothing_behind(start, how):
    port = free_port(2)
    process = start("demo", "--port", str(port))
    said = greeting(process)
    assert f"http://127.0.0.1:{port}/" in said
    assert f"http://127.0.0.1:{port + 1}/" in said
    assert get(f"http://127.0.0.1:{port}/") == 200
    assert get(f"http://127.0.0.1:{port + 1}/?as=ada") == 200
    pids = children(process)
    assert len(pids) == 3
    process.send_signal(how)
    assert process.wait(timeout=120) == 0
    assert not any(alive(pid) for pid in pids)


def test_when_one_part_dies_all_stop_and_say_so(start):
    process = start("demo", "--port", str(free_port(2)))
    greeting(process)
    pids = children(process)
    assert pids, process.communicate(timeout=120)[0]
    os.kill(pids[0], signal.SIGKILL)
    rest, _ = process.communicate(timeout=120)
    assert "stopped" in rest
    assert process.returncode != 0
    until(lambda: not any(alive(pid) for pid in pids), "the others to end")


def test_a_taken_port_is_a_clear_message(start):
    port = free_port(2)
    for taken in (port, port + 1):
        with socket.socket() as other:
            other.bind(("127.0.0.1", taken))
            other.listen()
            said, _ = start("demo", "--port", str(port)).communicate(timeout=120)
        assert f"Port {taken} is taken" in said
        assert "PORT=" in said
        assert "Traceback" not in said


# With a real workspace: here the sandbox of another demo


def test_with_a_token_it_is_a_real_workspaces(start, tmp_path):
    port = free_port(4)
    greeting(start("demo", "--port", str(port)))
    process = start(
        "demo",
        "--port",
        str(port + 2),
        SLACK_TOKEN="xoxb-sandbox",
        SLACK_SIGNING_SECRET="a-secret",
        SLACK_API_URL=f"http://127.0.0.1:{port + 1}/api/",
        DATABASE_URL=f"sqlite:///{tmp_path}/real.sqlite3",
    )
    said = greeting(process)
    assert "with your Slack workspace" in said
    assert "set SLACK_APP_TOKEN for Socket Mode" in said
    assert "/ demo)" not in said
    # There is no way in without the password, and nothing of the sandbox is there.
    with urllib.request.urlopen(f"http://127.0.0.1:{port + 2}/", timeout=60) as page:
        assert "/accounts/login/" in page.url
    assert len(children(process)) == 2
    assert get(f"http://127.0.0.1:{port + 3}/") == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0


@pytest.mark.parametrize(
    ("token", "there", "by_socket"),
    [("xapp-1", True, True), ("xapp-1", False, False), ("", True, False)],
)
def test_socket_mode_if_there_is_a_token_and_the_command(
    settings, monkeypatch, capsys, token, there, by_socket
):
    settings.SANDBOX, settings.SLACK_APP_TOKEN = False, token
    monkeypatch.setattr(demo, "get_commands", lambda: {"response_socket": "x"} if there else {})
    assert demo.Command()._by_socket(asked=False) is by_socket
    assert ("no Socket Mode" in capsys.readouterr().err) is bool(token and not there)


@pytest.mark.parametrize(
    ("by_socket", "site", "sentence"),
    [
        (True, "http://127.0.0.1:8000", "no public address is needed"),
        (False, "http://127.0.0.1:8000", "Slack cannot reach this machine"),
        (False, "https://incidents.example.com", "reach it at https://incidents.example.com"),
    ],
)
def test_it_says_how_slack_gets_here(settings, by_socket, site, sentence):
    settings.SITE_URL = site
    assert sentence in demo._way_in(by_socket)


def test_socket_mode_in_the_sandbox_is_asked_for(settings, monkeypatch):
    settings.SANDBOX = True
    monkeypatch.setattr(demo, "get_commands", lambda: {"response_socket": "x"})
    assert demo.Command()._by_socket(asked=True)
    assert not demo.Command()._by_socket(asked=False)


# Deployed


@pytest.mark.parametrize("debug", ["", "false"])
def test_deployed_without_slack_it_does_not_start(start, debug):
    process = start("check", DEBUG=debug)
    said, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    for name in ("SLACK_TOKEN", "SLACK_SIGNING_SECRET", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"):
        assert name in said
    assert "SANDBOX=1" in said
    assert "Traceback" not in said


def test_the_tutorials_first_command_prints_a_manifest_and_nothing_else(start):
    """Before there is an app there are no tokens; what is printed is pasted as it is."""
    process = start("response_manifest", "--socket-mode")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert json.loads(said)["settings"]["socket_mode_enabled"] is True


def test_the_doctor_says_what_is_missing_before_there_is_anything(start):
    said, _ = start("response_doctor").communicate(timeout=120)
    for name in ("SLACK_TOKEN is not set", "SITE_URL is not set", "python manage.py migrate"):
        assert name in said
    assert "Traceback" not in said


def test_deployed_it_says_what_is_missing(start):
    slack = {"SLACK_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
    said, _ = start("check", **slack, SECRET_KEY="x" * 50).communicate(timeout=120)
    assert "ALLOWED_HOSTS, SITE_URL are not set" in said
    assert "Traceback" not in said
    whole = {**slack, "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "incidents.example.com",
             "SITE_URL": "https://incidents.example.com"}  # fmt: skip
    said, _ = start("check", **whole, DEBUG="maybe").communicate(timeout=120)
    assert "DEBUG is 'maybe'. It must be true or false." in said


def test_the_documented_production_environment_is_clean(start, tmp_path):
    """``.env.example`` with its gaps filled passes ``check --deploy`` without a warning."""
    filled = (ROOT / ".env.example").read_text()
    for name, value in {
        "SECRET_KEY": "2d0c5b8e1f6a493c7be85d41a09f37c26e8b15d4f3a7902c-5d41a09f37",
        "SLACK_TOKEN": "xoxb-1-2-abc",
        "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "DATABASE_URL": f"sqlite:///{tmp_path}/deployed.sqlite3",
    }.items():
        filled, count = re.subn(f"(?m)^{name}=.*$", f"{name}={value}", filled)
        assert count == 1, name
    (tmp_path / ".env").write_text(filled)
    process = start("check", "--deploy", "--fail-level", "WARNING", DATABASE_URL="")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "no issues (0 silenced)" in said


def test_the_sandbox_answers_this_machine_only(rf):
    answer = loopback_only(lambda request: HttpResponse("the page"))
    for address in ("127.0.0.1", "::1"):
        assert answer(rf.get("/", REMOTE_ADDR=address)).status_code == 200
    for address in ("192.0.2.7", "10.0.0.1", ""):
        refused = answer(rf.get("/", REMOTE_ADDR=address))
        assert refused.status_code == 403
        assert b"SLACK_TOKEN" in refused.content
    # Behind a proxy on this machine, everyone would come from here.
    passed_on = rf.get("/", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer(passed_on).status_code == 403


def test_a_served_sandbox_refuses_other_machines(start):
    """``SANDBOX=1`` behind a proxy, as a demo may be put up by mistake."""
    port = free_port(2)
    process = start("runserver", "--noreload", f"127.0.0.1:{port}", SANDBOX="1", PORT=str(port))
    here = f"http://127.0.0.1:{port}/accounts/login/"
    until(lambda: process.poll() is not None or get(here) == 200, "the server to start")
    assert get(here, {"X-Forwarded-For": "192.0.2.7"}) == 403
    assert get(here, {"Host": "incidents.example.com"}) == 400


def test_a_server_starts_without_a_warning(tmp_path):
    """Of a missing folder of static files, for instance."""
    environment = {"SANDBOX": "1", "STATIC_ROOT": str(tmp_path / "not" / "there")}
    process = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:whitenoise", "-W", "always", "-c",
         "import demo.wsgi"],
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "demo.settings"},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "No directory at" not in process.stderr


# What is wrong in the environment is a sentence


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PORT", "abc", lambda n: environment.integer(n, 8000, least=1, most=65534)),
        ("PORT", "0", lambda n: environment.integer(n, 8000, least=1, most=65534)),
        ("PORT", "65535", lambda n: environment.integer(n, 8000, least=1, most=65534)),
        ("PORT", "-1", lambda n: environment.integer(n, 8000, least=1, most=65534)),
        ("PORT", "9" * 5000, lambda n: environment.integer(n, 8000, least=1, most=65534)),
        ("DEBUG", "perhaps", lambda n: environment.flag(n, default=False)),
        ("PACE", "fast", lambda n: environment.number(n, 1)),
        ("PACE", "nan", lambda n: environment.number(n, 1)),
        ("LOG_LEVEL", "loud", lambda n: environment.one_of(n, "INFO", "INFO", "ERROR")),
        ("TIME_ZONE", "Mars/Base", lambda n: environment.time_zone(n, "UTC")),
        ("TIME_ZONE", "../etc/passwd", lambda n: environment.time_zone(n, "UTC")),
        ("DATABASE_URL", "nonsense", lambda n: environment.database(n, "")),
        ("DATABASE_URL", "postgres://u:p@h:port/n", lambda n: environment.database(n, "")),
        ("DATABASE_URL", "oddbase://u:p@h/n", lambda n: environment.database(n, "")),
    ],
)
def test_a_value_that_does_not_fit_is_named(monkeypatch, name, value, read):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is "):
        read(name)


def test_values_that_fit(monkeypatch):
    monkeypatch.setenv("VALUE", " Yes ")
    assert environment.flag("VALUE", default=False) is True
    monkeypatch.setenv("VALUE", "a, b,,")
    assert environment.items("VALUE") == ["a", "b"]
    monkeypatch.setenv("VALUE", "")
    assert environment.flag("VALUE", default=True) is True
    assert environment.items("VALUE", ("c",)) == ["c"]
    assert environment.missing("VALUE") == ["VALUE"]


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        (["--port", "abc"], {}, "--port is 'abc'. It must be a whole number from 1 to 65534."),
        (["--port", "65535"], {}, "--port is '65535'."),
        ([], {"PORT": "abc"}, "PORT is 'abc'. It must be a whole number from 1 to 65534."),
        (["8000"], {}, "unrecognized arguments: 8000"),
        (["--year", "soon"], {}, "YEAR is 'soon'. It must be true or false."),
        (["--year"], {"SLACK_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "for the sandbox"),
    ],
)
def test_wrong_arguments(start, arguments, variables, sentence):
    process = start("demo", *arguments, **variables)
    said, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert sentence in said
    assert "Traceback" not in said


# The sandbox grants what the manifest asks for


def test_the_app_has_what_its_manifest_asks_for(settings):
    asked = manifest.build(socket_mode=True)
    settings.SANDBOX_SCOPES = "demo.launcher.app_manifest.bot_scopes"
    settings.SANDBOX_EVENTS = "demo.launcher.app_manifest.events"
    granted = configured("SANDBOX_SCOPES")
    assert set(asked["oauth_config"]["scopes"]["bot"]) <= set(granted)
    assert "files:write" not in granted
    assert set(asked["settings"]["event_subscriptions"]["bot_events"]) <= set(
        configured("SANDBOX_EVENTS")
    )
    for shortcut in app_manifest.shortcuts():
        assert {"name", "type", "callback_id"} <= set(shortcut)
