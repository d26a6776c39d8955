"""``manage.py response_socket``: receive Slack's requests through Socket Mode.

Exit status: 0 when it was told to stop, 2 when something has to be fixed before it can run.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from response.conf import settings
from response.slack.inbound import socket
from response.worker import process

#: The exit status for what a restart does not fix.
MISCONFIGURED = 2


class Command(BaseCommand):
    """Takes what Slack sends through a socket, until it is told to stop."""

    help = (
        "Takes what Slack sends through a WebSocket (Socket Mode), so that Slack needs no public "
        "address of this site. Needs SLACK_APP_TOKEN. Runs until SIGTERM or Ctrl-C; up to 10 of "
        "these may run at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until told to stop."""
        token = str(settings.SLACK_APP_TOKEN or "")
        if not token.strip():
            raise CommandError(
                _(
                    "SLACK_APP_TOKEN is not set. Make an app-level token with the scope "
                    "connections:write at Basic Information › App-Level Tokens, and turn Socket "
                    "Mode on."
                ),
                returncode=MISCONFIGURED,
            )
        if not token.startswith("xapp-") or token.split() != [token]:
            raise CommandError(
                _(
                    "SLACK_APP_TOKEN is not an app-level token (xapp-…). Make one with the scope "
                    "connections:write at Basic Information › App-Level Tokens. The bot token "
                    "(xoxb-…) goes into SLACK_TOKEN."
                ),
                returncode=MISCONFIGURED,
            )
        with process.until_told_to_stop() as stop:
            try:
                socket.listen(stop, lambda: self._say(_("Listening to Slack. Ctrl-C stops it.")))
            except socket.SocketRefused as refused:
                raise CommandError(str(refused), returncode=MISCONFIGURED) from refused
            finally:
                process.finish_work()
        self._say(_("Stopped. Other processes or the next tick will finish what was left."))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
