"""The demo, started as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.processes


@pytest.fixture
def start(tmp_path):
    """Starts a command of the demo's, on a database of its own."""
    started: list[subprocess.Popen] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "DATABASE"))}
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
            process.kill()
            process.wait()


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


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
    assert process.wait(timeout=10) == 0
    assert not any(alive(pid) for pid in pids)


def test_when_one_part_dies_all_stop_and_say_so(start):
    process = start("demo", "--port", str(free_port(2)))
    greeting(process)
    pids = children(process)
    assert pids, process.communicate(timeout=15)[0]
    os.kill(pids[0], signal.SIGKILL)
    rest, _ = process.communicate(timeout=15)
    assert "stopped" in rest
    assert process.returncode != 0
    time.sleep(0.2)
    assert not any(alive(pid) for pid in pids)


def test_a_taken_port_is_a_clear_message(start):
    port = free_port(2)
    for taken in (port, port + 1):
        with socket.socket() as other:
            other.bind(("127.0.0.1", taken))
            other.listen()
            said, _ = start("demo", "--port", str(port)).communicate(timeout=30)
        assert f"Port {taken} is taken" in said
        assert "PORT=" in said
        assert "Traceback" not in said


def test_deployed_it_says_what_is_missing(start):
    slack = {"SLACK_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
    said, _ = start("check", **slack).communicate(timeout=30)
    assert "SECRET_KEY is not set" in said
    assert "Traceback" not in said
    said, _ = start("check", SECRET_KEY="x" * 50, **slack).communicate(timeout=30)
    assert "ALLOWED_HOSTS is not set" in said
    whole = {**slack, "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "incidents.example.com",
             "SITE_URL": "https://incidents.example.com"}  # fmt: skip
    process = start("check", **whole)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "response." not in said
