"""Running programs, reading the README, and asking a server, for the tests of the package."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import os
import pty
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.ports import free_port

ROOT = Path(__file__).parents[2]


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a program to its end and return all it said. AssertionError if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=env, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    line = " ".join(map(str, command))
    assert done.returncode == 0, f"{line} failed ({done.returncode}):\n{done.stdout}"
    return done.stdout


def run_in_terminal(
    *command: object, answers: dict[str, str], cwd: Path, env: dict[str, str]
) -> str:
    """Run a program in a terminal, answer each prompt once, and return all that was shown.

    ``answers`` maps the end of a prompt to what is typed. AssertionError if the program fails.
    """
    arguments = [str(part) for part in command]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(cwd)
        os.execvpe(arguments[0], arguments, env)
    shown, waiting = "", dict(answers)
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # on Linux, the end of the program
            break
        if not read:
            break
        shown += read.decode(errors="replace")
        for prompt in [prompt for prompt in waiting if shown.rstrip().endswith(prompt)]:
            os.write(terminal, waiting.pop(prompt).encode() + b"\n")
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert status == 0, f"{' '.join(arguments)} failed ({status}):\n{shown}"
    assert not waiting, f"Never asked for: {waiting}\n{shown}"
    return shown


def make_venv(directory: Path, python: str) -> Path:
    """Make an empty virtual environment and return the path of its Python."""
    run(python, "-m", "venv", directory)
    return directory / "bin" / "python"


def readme_steps(heading: str) -> list[tuple[str, str]]:
    """The fenced blocks under a heading of the README, as (language, text), in order."""
    readme = (ROOT / "README.md").read_text()
    section = re.search(rf"^## {heading}\n(.*?)(?=^## )", readme, re.DOTALL | re.MULTILINE)
    assert section, f"README.md has no section {heading}"
    return re.findall(r"^```(\w+)\n(.*?)^```", section[1], re.DOTALL | re.MULTILINE)


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without what is meant for the suite."""
    ours = ("DJANGO_", "RESPONSE_", "SLACK_", "DATABASE_URL", "PYTEST_", "PYTHONPATH")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


def signed(body: bytes, secret: str) -> dict[str, str]:
    """The headers with which Slack signs a body now."""
    timestamp = str(int(time.time()))
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


class Browser:
    """Asks a server for pages, keeps its cookies, and follows no redirect."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """GET a path, or POST a form to it; returns status, headers and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(
                "GET" if body is None else "POST", path, body, sent | (headers or {})
            )
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, text

    def status(self, path: str, body: bytes | None = None, **headers: str) -> int:
        """Only the status of the answer."""
        return self.ask(path, body, headers)[0]

    def log_in(self, username: str, password: str, page: str = "/admin/login/") -> None:
        """Log in on the admin's page, or on another."""
        assert self.status(page) == 200
        form = {
            "username": username,
            "password": password,
            "csrfmiddlewaretoken": self.cookies["csrftoken"],
        }
        status, headers, text = self.ask(f"{page}?next=/", urlencode(form).encode())
        assert (status, urlsplit(headers["Location"] or "").path) == (302, "/"), text


@contextlib.contextmanager
def served(python: Path, directory: Path, env: dict[str, str]) -> Iterator[Browser]:
    """Serve a project on a free port with ``runserver`` and yield a browser for it."""
    port = free_port()
    log = directory / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
            cwd=directory, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"No answer in 30 s:\n{log.read_text()}"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Browser(port)
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)
