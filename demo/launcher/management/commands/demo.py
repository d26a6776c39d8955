"""``manage.py demo``: everything that is needed to try Response, in one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from demo.environment import is_true
from demo.keys import kept_secret
from demo.launcher.processes import MANAGE, Processes, is_free, start
from response.models import Incident

#: Seconds for which the doctor may examine the setup.
EXAMINATION = 60
SOCKET, DOCTOR = "response_socket", "response_doctor"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    """Migrates, seeds, and starts the site and the tick, with the sandbox or a real workspace."""

    help = (
        "Starts Response to try it: with the sandbox Slack, or with your workspace if "
        "SLACK_TOKEN is set (by Socket Mode if SLACK_APP_TOKEN is)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--port``, ``--year``, ``--socket-mode``."""
        parser.add_argument(
            "--port",
            default=str(settings.PORT),
            help="The site's port; the sandbox takes the one after it (8000).",
        )
        parser.add_argument(
            "--year",
            nargs="?",
            default="0",
            const="1",
            help="Fill the sandbox with a year of invented incidents first.",
        )
        parser.add_argument(
            "--socket-mode",
            action="store_true",
            help="Have the sandbox deliver by Socket Mode instead of HTTP.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C, SIGTERM, or until one of the processes ends."""
        port = _port(options["port"])
        year = _year(options["year"])
        if port != settings.PORT:
            _start_over(port)
        sandbox_port = [port + 1] if settings.SANDBOX else []
        for taken in (p for p in (port, *sandbox_port) if not is_free(p)):
            raise CommandError(
                f"Port {taken} is taken by another program. Choose another with PORT=, for "
                f"instance: make demo PORT={port + 100 if port < 65000 else 8100}"
            )
        by_socket = self._by_socket(options["socket_mode"])
        settings.DATA.mkdir(exist_ok=True)
        call_command("migrate", verbosity=0)
        if settings.SANDBOX:
            call_command("seed_demo")
            if year:
                self._invent_a_year()
        self._run(port, by_socket)

    def _by_socket(self, asked: bool) -> bool:
        wanted = asked if settings.SANDBOX else bool(settings.SLACK_APP_TOKEN)
        there = SOCKET in get_commands()
        if wanted and not there:
            self.stderr.write("This version of Response has no Socket Mode; HTTP is used.")
        return wanted and there

    def _invent_a_year(self) -> None:
        self.stdout.write("Inventing a year of incidents …")
        try:
            call_command("seed_year", stdout=self.stdout)
        except CommandError as error:
            # It is there since the last time, which is what was asked for.
            self.stdout.write(str(error))

    def _run(self, port: int, by_socket: bool) -> None:
        stopping = False

        def stop(*_: Any) -> None:
            nonlocal stopping
            stopping = True

        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, stop)
        processes = Processes()
        try:
            processes.serve("site", port, "demo.urls")
            if settings.SANDBOX:
                processes.serve("sandbox", port + 1, "demo.sandbox_urls")
                processes.wait_for(port + 1)
            processes.wait_for(port)
            processes.manage("tick", "response_tick", "--forever", "--skip-checks")
            if not settings.SANDBOX:
                self._examine()
            if by_socket:
                processes.manage("socket", SOCKET, SANDBOX_APP_TOKEN="xapp-sandbox")
            self.stdout.write("\n".join(self._greeting(port, by_socket)))
            self.stdout.flush()
            while not stopping:
                if ended := processes.ended():
                    raise CommandError(
                        f"The {ended[0]} stopped (exit code {ended[1]}); what it said is above. "
                        "Everything else is stopped too."
                    )
                time.sleep(0.2)
            self.stdout.write("\nStopped.")
        finally:
            processes.stop()

    def _examine(self) -> None:
        """Have the doctor look at a real workspace's setup, if there is one."""
        if DOCTOR not in get_commands():
            return
        self.stdout.flush()
        process = start(DOCTOR)
        try:
            status = process.wait(EXAMINATION)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if status:
            self.stdout.write("Fix what is marked above; the demo goes on meanwhile.")

    def _greeting(self, port: int, by_socket: bool) -> list[str]:
        site = f"http://127.0.0.1:{port}/"
        if settings.SANDBOX:
            lines = [
                "",
                "Response is running.",
                f"  The sandbox Slack:   http://127.0.0.1:{port + 1}/",
                f"  The incidents page:  {site}   (log in as demo / demo)",
                "",
                "Type /incident Something is wrong into the sandbox. Ctrl-C stops it all.",
            ]
            if not Incident.objects.exists():
                lines.insert(-1, "make demo YEAR=1 fills its lists and charts with a year.")
            return lines
        return [
            "",
            "Response is running, with your Slack workspace.",
            f"  The incidents page:  {site}   (log in as demo / {_password()})",
            f"  {_way_in(by_socket)}",
            "",
            "Type /incident Something is wrong into Slack. Ctrl-C stops it all.",
        ]


def _port(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 0 < int(given) < 65535):
        raise CommandError(f"--port is {given!r}. It must be a whole number from 1 to 65534.")
    return int(given)


def _year(given: str) -> bool:
    try:
        year = is_true("YEAR", given)
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    if year and not settings.SANDBOX:
        raise CommandError(
            "YEAR is for the sandbox: nothing invented is put among a real workspace's incidents."
        )
    return year


def _start_over(port: int) -> None:
    """Restart this command with ``PORT`` set: the settings take their addresses from it."""
    os.execve(
        sys.executable,
        [sys.executable, str(MANAGE), *_arguments_with(port)],
        {**os.environ, "PORT": str(port)},
    )


def _arguments_with(port: int) -> list[str]:
    """Our own arguments; the last ``--port`` counts."""
    return [*sys.argv[1:], "--port", str(port)]


def _password() -> str:
    """Return the password of the account demo; made once, since a tunnel may lead here."""
    password = kept_secret(settings.DATA, "demo-password")[:16]
    users = get_user_model().objects
    user = users.filter(username="demo").first() or users.create_superuser("demo")
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    return password


def _way_in(by_socket: bool) -> str:
    if by_socket:
        return "Slack reaches it by Socket Mode; no public address is needed."
    if urlsplit(settings.SITE_URL).hostname in LOOPBACK:
        return (
            "Slack cannot reach this machine: set SLACK_APP_TOKEN for Socket Mode, or SITE_URL to "
            "the address of a tunnel."
        )
    return f"Slack has to reach it at {settings.SITE_URL}"
