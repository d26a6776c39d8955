"""What Slack has sent: whether it arrives, and whether it is of the token's app."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from response.conf import settings
from response.setup.doctor.finding import Finding, fail, ok, warn
from response.setup.doctor.slack_app import Workspace
from response.slack.models import CommsChannel, InboxRequest

#: How many of the newest requests are looked at.
NEWEST = 500
#: An app-level token has the app's id in it.
_APP_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")


def examine(workspace: Workspace) -> Iterator[Finding]:
    """Look at what is in the inbox; requests are kept for some days only."""
    newest = InboxRequest.objects.order_by("-id")[:NEWEST].values_list("kind", flat=True)
    kinds = set(newest)
    if not kinds:
        yield _nothing()
        return
    foreign = list(_foreign(workspace))
    if foreign:
        yield from foreign
    elif InboxRequest.EVENT not in kinds and CommsChannel.objects.exists():
        yield warn(
            "arrivals",
            _("Forms and commands arrive, but no events (messages, pins, mentions)."),
            _(
                "Look at the app's settings, Event Subscriptions: the Request URL and the bot "
                "events that manage.py response_manifest prints. Then install the app to the "
                "workspace again."
            ),
        )
    else:
        yield ok("arrivals", _("What people do in Slack arrives."))


def _nothing() -> Finding:
    what = _("No form, button press or event has arrived from Slack in the last few days.")
    if settings.SLACK_APP_TOKEN:
        return warn(
            "arrivals",
            what,
            _(
                "If people have tried: check whether manage.py response_socket is running, whether "
                "Socket Mode, Interactivity and Event Subscriptions are on in the app's settings, "
                "and whether both tokens are of the same app."
            ),
        )
    return warn(
        "arrivals",
        what,
        _(
            "If people have tried: compare the app's three addresses (Slash Commands, "
            "Interactivity & Shortcuts, Event Subscriptions) with those that manage.py "
            "response_manifest prints, and SLACK_SIGNING_SECRET with this app's. Socket Mode must "
            "be off in the app's settings, unless SLACK_APP_TOKEN is set."
        ),
    )


def _foreign(workspace: Workspace) -> Iterator[Finding]:
    """Yield findings about requests that come from another workspace or app."""
    payload = _newest_payload()
    team = _text(payload.get("team_id")) or _text(_dict(payload.get("team")).get("id"))
    own_team = _text(workspace.answer.get("team_id"))
    of_organisation = bool(workspace.answer.get("is_enterprise_install"))
    if team and own_team and team != own_team and not of_organisation:
        yield fail(
            "arrivals",
            _("Requests come from the workspace %(team)s, but SLACK_TOKEN is for %(own)s.")
            % {"team": team, "own": own_team},
            _("Copy the token of the app that is installed where people are."),
        )
    app = _text(payload.get("api_app_id"))
    own_app = _APP_TOKEN.match(_text(settings.SLACK_APP_TOKEN))
    if app and own_app and app != own_app[1]:
        yield fail(
            "arrivals",
            _("Requests come from the app %(app)s, but SLACK_APP_TOKEN is for %(own)s.")
            % {"app": app, "own": own_app[1]},
            _("Use two tokens of the same app: api.slack.com/apps › your app."),
        )


def _newest_payload() -> dict[str, Any]:
    stored = InboxRequest.objects.order_by("-id").values_list("payload", flat=True).first()
    try:
        return _dict(json.loads(stored or "{}"))
    except ValueError:
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
