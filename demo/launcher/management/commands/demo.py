"""``manage.py demo``: everything that is needed to try Response, in one command."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


class Command(BaseCommand):
    """Migrates, seeds, and starts the site, the sandbox and the tick."""

    help = "Starts the demo: the incidents pages, the sandbox Slack and the regular work."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--port``."""
        parser.add_argument(
            "--port",
            default=str(settings.PORT),
            help="The site's port; the sandbox takes the one after it (8000).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C, SIGTERM, or until one of the processes ends."""
        port = _port(options["port"])
        if port != settings.PORT:
            # The addresses of site and sandbox are reckoned from PORT when settings load.
            os.execve(
                sys.executable,
                [sys.executable, str(MANAGE), "demo", "--port", str(port)],
                {**os.environ, "PORT": str(port)},
            )
        for taken in (p for p in (port, port + 1) if not _is_free(p)):
            raise CommandError(
                f"Port {taken} is taken by another program. Choose another with PORT=, for "
                f"instance: make demo PORT={port + 100}"
            )
        settings.DATA.mkdir(exist_ok=True)
        call_command("migrate", verbosity=0)
        if settings.SANDBOX:
            self._seed()
        self._run(port)

    def _seed(self) -> None:
        from django.contrib.auth import get_user_model

        from demo.sandbox.seed import seed
        from response.slack.web_api.user_cache import store_profile

        seed()
        from demo.sandbox.models import Member
        from demo.sandbox.payloads import user_object
        from response.slack.web_api.client import profile_of

        for member in Member.objects.all():
            store_profile(profile_of(user_object(member)))
        users = get_user_model().objects
        if not users.filter(username="demo").exists():
            users.create_superuser("demo", password="demo")

    def _run(self, port: int) -> None:
        stopping = False

        def stop(*_: Any) -> None:
            nonlocal stopping
            stopping = True

        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, stop)
        processes = {"site": _start(port, "demo.urls")}
        if settings.SANDBOX:
            processes["sandbox"] = _start(port + 1, "demo.sandbox_urls")
        try:
            _wait_until_they_answer(port, processes)
            processes["tick"] = _start_tick()
            self._greet(port)
            while not stopping:
                for name, process in processes.items():
                    if process.poll() is not None:
                        raise CommandError(
                            f"The {name} stopped (exit code {process.returncode}); what it said "
                            "is above. Everything else is stopped too."
                        )
                time.sleep(0.2)
            self.stdout.write("\nStopped.")
        finally:
            _stop(list(processes.values()))

    def _greet(self, port: int) -> None:
        lines = ["", "Response is running."]
        if settings.SANDBOX:
            lines += [
                f"  The sandbox Slack:   http://127.0.0.1:{port + 1}/",
                f"  The incidents page:  http://127.0.0.1:{port}/   (log in as demo / demo)",
                "",
                "Type /incident Something is wrong into the sandbox. Ctrl-C stops it all.",
            ]
        else:
            lines.append(f"  The incidents page:  http://127.0.0.1:{port}/")
        self.stdout.write("\n".join(lines) + "\n")
        self.stdout.flush()


def _port(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 0 < int(given) < 65535):
        raise CommandError(f"--port is {given!r}. It must be a whole number from 1 to 65534.")
    return int(given)


def _wait_until_they_answer(port: int, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Until the servers answer, or one of them has ended."""
    for waited in (port, *([port + 1] if settings.SANDBOX else [])):
        deadline = time.monotonic() + 30
        while not _answers(waited) and time.monotonic() < deadline:
            if any(p.poll() is not None for p in processes.values()):
                return
            time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _start(port: int, urls: str) -> subprocess.Popen[bytes]:
    command = ["runserver", "--noreload", "--nostatic", "--skip-checks", f"127.0.0.1:{port}"]
    return _manage(command, DEMO_URLS=urls)


def _start_tick() -> subprocess.Popen[bytes]:
    return _manage(["response_tick", "--forever", "--skip-checks"])


def _manage(arguments: list[str], **environment: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches only us, and we end them in order.
    return subprocess.Popen(
        [sys.executable, str(MANAGE), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + 5
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
