"""A server process of the project, for tests that kill it or give it another database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from django.db import connection

from tests.ports import free_port


def test_database() -> str:
    """The database of the running test, for ``RESPONSE_TEST_DATABASE``."""
    return str(connection.settings_dict["NAME"])


test_database.__test__ = False  # type: ignore[attr-defined]


def settings_of_process(settings, **more: object) -> str:
    """The settings of a process beside the test, for ``RESPONSE_TEST_SETTINGS``.

    It finds the test's sandbox, and is as patient with it as the test's own process.
    """
    names = ("SLACK_API_URL", "RESPONSE_SLACK_TIMEOUT", "RESPONSE_SLACK_REQUEST_TIMEOUT")
    return json.dumps({name: getattr(settings, name) for name in names} | more)


class Server:
    """The project in a process of its own, with the test's sandbox as its Slack."""

    def __init__(self, slack, settings, **environment: str) -> None:
        self.port = free_port()
        self.slack = slack
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RESPONSE_TEST_SETTINGS": settings_of_process(settings),
            **environment,
        }
        settings.SANDBOX_APP_URL = f"http://127.0.0.1:{self.port}/slack/"
        slack.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", "--skip-checks",
             f"127.0.0.1:{self.port}"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.slack.until(self.answers, "the server to start")

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.slack.url}/slack/event", timeout=15).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
