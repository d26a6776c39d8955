"""The manifest of the Slack app: everything that Slack has to know of this project.

Slack's reference ("App manifest") has the fields and their limits; ``bot_optional`` is in it
since March 2026.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from response.conf import settings
from response.setup import scopes
from response.slack.render.forms import ADD_TO_TIMELINE

Manifest = dict[str, Any]

#: Slack's limits, in characters.
_APP_NAME, _BOT_NAME, _DESCRIPTION, _SHORTCUT_NAME = 35, 80, 140, 24


class ManifestError(Exception):
    """The manifest cannot be made; the message says which setting to change, and how."""


def build(*, socket_mode: bool = False, command: str = "/incident") -> Manifest:
    """Return the manifest for this project.

    The addresses are those of the project's own URLconf below ``SITE_URL``; with
    ``socket_mode`` Slack needs none. Raises :class:`ManifestError` if an address cannot be known.
    """
    bot = str(settings.INCIDENT_BOT_NAME or "incident")
    slash: Manifest = {
        "command": command,
        "description": _("Declare an incident, or work on the one in this channel"),
        "usage_hint": _("Something is wrong | list | help"),
        "should_escape": True,
    }
    events: Manifest = {"bot_events": sorted(scopes.EVENTS)}
    interactivity: Manifest = {"is_enabled": True}
    if not socket_mode:
        slash["url"] = address("slash_command")
        events["request_url"] = address("event")
        interactivity["request_url"] = address("action")
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": bot.capitalize()[:_APP_NAME],
            "description": _("Declare incidents and work on them together")[:_DESCRIPTION],
        },
        "features": {
            "bot_user": {"display_name": bot[:_BOT_NAME], "always_online": True},
            "slash_commands": [slash],
            "shortcuts": [
                {
                    "name": _("Add to timeline")[:_SHORTCUT_NAME],
                    "type": "message",
                    "callback_id": ADD_TO_TIMELINE,
                    "description": _("Put this message into the incident's timeline"),
                }
            ],
        },
        "oauth_config": {
            "scopes": {
                "bot": sorted([*scopes.required(), *scopes.optional()]),
                "bot_optional": scopes.optional(),
            }
        },
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def address(name: str) -> str:
    """Return the absolute address of one of ``response.slack.urls``' views.

    Raises :class:`ManifestError` if ``SITE_URL`` is not set or the URLs are not included.
    """
    site = str(settings.SITE_URL or "").rstrip("/")
    parts = urlsplit(site)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ManifestError(
            _(
                "SITE_URL is not set: Slack needs the public address of this site, for instance "
                'SITE_URL = "https://incidents.example.com". Or use Socket Mode (--socket-mode), '
                "which needs none."
            )
        )
    try:
        path = reverse(name)
    except NoReverseMatch:
        raise ManifestError(
            _(
                "The addresses for Slack are not in the project's urls.py. Add: "
                'path("slack/", include("response.slack.urls"))'
            )
        ) from None
    return f"{parts.scheme}://{parts.netloc}{path}"
