"""Creating the Slack app from its manifest (``apps.manifest.create``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from response.setup.manifest import Manifest
from response.slack.web_api.client import SlackClient
from response.slack.web_api.errors import SlackError


class CreationError(Exception):
    """Slack did not create the app; the message says why, and what to do."""


@dataclass(frozen=True)
class CreatedApp:
    """What Slack says of the new app."""

    app_id: str
    signing_secret: str
    install_url: str

    def next_steps(self, socket_mode: bool) -> str:
        """Return what to do now, with the settings to write."""
        steps = [
            _("The app %(id)s is created.") % {"id": self.app_id},
            "",
            _("1. Install it to your workspace: %(url)s") % {"url": self.install_url},
            _("2. Put into the settings (better: into the environment):"),
            "",
            f'SLACK_SIGNING_SECRET = "{self.signing_secret}"',
            'SLACK_TOKEN = "xoxb-…"   # OAuth & Permissions › Bot User OAuth Token',
        ]
        if socket_mode:
            steps.append(
                'SLACK_APP_TOKEN = "xapp-…"   # Basic Information › App-Level Tokens, with the '
                "scope connections:write"
            )
        steps += ["", _("3. Run: python manage.py response_doctor")]
        return "\n".join(steps)


def create(manifest: Manifest, configuration_token: str) -> CreatedApp:
    """Create the app. Raises :class:`CreationError`."""
    client = SlackClient(configuration_token.strip())
    try:
        answer = client.api_call("apps.manifest.create", manifest=json.dumps(manifest))
    except SlackError as error:
        raise CreationError(_explained(error)) from error
    credentials: dict[str, Any] = answer.get("credentials") or {}
    app_id = str(answer.get("app_id") or "")
    return CreatedApp(
        app_id=app_id,
        signing_secret=str(credentials.get("signing_secret") or ""),
        install_url=str(
            answer.get("oauth_authorize_url")
            or f"https://api.slack.com/apps/{app_id}/install-on-team"
        ),
    )


def _explained(error: SlackError) -> str:
    if error.slack_error in ("invalid_auth", "not_authed", "token_expired", "token_revoked"):
        return _(
            "Slack does not accept the configuration token (%(code)s). Make a new one at the "
            "bottom of https://api.slack.com/apps; it is valid for 12 hours."
        ) % {"code": error.slack_error}
    if error.slack_error == "invalid_manifest":
        return _("Slack does not accept the manifest: %(why)s") % {
            "why": "; ".join(error.details) or str(error)
        }
    return str(error)
