"""``manage.py response_socket``: Socket Mode."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from response.conf import settings
from response.slack.inbound import socket
from response.worker import process


class Command(BaseCommand):
    """Takes what Slack sends through a socket, until it is told to stop."""

    help = (
        "Takes what Slack sends through a WebSocket (Socket Mode), so that Slack needs no public "
        "address of this site. Needs SLACK_APP_TOKEN. Runs until SIGTERM or Ctrl-C; up to 10 of "
        "these may run at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until told to stop."""
        if not settings.SLACK_APP_TOKEN:
            raise CommandError(
                "SLACK_APP_TOKEN is not set. Make an app-level token with the scope "
                "connections:write at Basic Information › App-Level Tokens, and turn Socket Mode "
                "on."
            )
        with process.until_told_to_stop() as stop:
            try:
                socket.listen(stop, lambda: self._say("Listening to Slack. Ctrl-C stops it."))
            except socket.SocketRefused as refused:
                raise CommandError(str(refused)) from refused

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
