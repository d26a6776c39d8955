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
            _("The app %(id)s was created.") % {"id": self.app_id},
            "",
            _("1. Install it to your workspace: %(url)s") % {"url": self.install_url},
            _("2. Put these into the settings (better: the environment):"),
            "",
            f'SLACK_SIGNING_SECRET = "{self.signing_secret}"',
            'SLACK_TOKEN = "xoxb-…"   # ' + _("OAuth & Permissions › Bot User OAuth Token"),
        ]
        if socket_mode:
            where = _("Basic Information › App-Level Tokens, with the scope connections:write")
            steps.append('SLACK_APP_TOKEN = "xapp-…"   # ' + where)
        steps.append("")
        if socket_mode:
            steps.append(_("3. Run alongside the site: python manage.py response_socket"))
            steps.append(_("4. See what is missing: python manage.py response_doctor"))
        else:
            steps.append(_("3. See what is missing: python manage.py response_doctor"))
        return "\n".join(steps)


def create(manifest: Manifest, configuration_token: str) -> CreatedApp:
    """Create the app. Raises :class:`CreationError`. The token is neither logged nor stored."""
    if not configuration_token.strip().startswith("xoxe.xoxp-"):
        raise CreationError(
            _(
                "That is not an app configuration token: those begin with xoxe.xoxp-. Make one "
                "at the bottom of https://api.slack.com/apps."
            )
        )
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
    """Return what an error of ``apps.manifest.create`` means and what to do, in sentences.

    The codes are those of https://docs.slack.dev/reference/methods/apps.manifest.create.
    """
    code = {"code": error.slack_error}
    if error.transient:
        return _("Slack cannot be reached, or is busy (%(code)s). Try again in a minute.") % code
    if error.slack_error in _TOKEN_REFUSED:
        return (
            _(
                "Slack does not accept the configuration token (%(code)s). Make a new one at the "
                "bottom of https://api.slack.com/apps; it is valid for 12 hours."
            )
            % code
        )
    if error.slack_error in ("not_allowed_token_type", "missing_scope"):
        return (
            _(
                "This is a different kind of token (%(code)s). Apps are created with an app "
                "configuration token (xoxe.xoxp-…), from the bottom of "
                "https://api.slack.com/apps."
            )
            % code
        )
    if error.slack_error in ("invalid_manifest", "invalid_app", "invalid_arguments"):
        return _("Slack does not accept the manifest: %(why)s") % {
            "why": "; ".join(error.details) or error.reason
        }
    if error.slack_error in _NOT_ALLOWED:
        return (
            _(
                "Your workspace does not let you create apps (%(code)s). Ask one of its "
                "administrators, or paste the manifest at https://api.slack.com/apps."
            )
            % code
        )
    return (
        _(
            "Slack did not create the app (%(code)s). Try again, or paste the manifest at "
            "https://api.slack.com/apps."
        )
        % code
    )


_TOKEN_REFUSED = (
    "invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive",
)  # fmt: skip
_NOT_ALLOWED = (
    "access_denied", "no_permission", "org_login_required", "ekm_access_denied",
    "team_access_not_granted", "enterprise_is_restricted", "two_factor_setup_required",
    "managed_app_limit_reached", "restricted_plan_level", "user_is_restricted",
)  # fmt: skip
