"""Checks of the settings' names: misspelt ones, and those of older releases and other tools."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning

from response.conf import DEFAULTS

_OURS = re.compile(r"(?:RESPONSE|INCIDENT|SLACK)[A-Z0-9_]+")


def misspelt() -> Iterator[CheckMessage]:
    """Yield a warning for each setting whose name is close to one of ours."""
    for name in dir(django_settings):
        if name in DEFAULTS or not _OURS.fullmatch(name):
            continue
        if near := _intended(name):
            yield Warning(
                f"{name} is not a setting of Response; did you mean {near}?",
                hint="Rename or remove it.",
                id="response.W045",
            )


#: The names of these settings in other tools for Slack.
_ELSEWHERE = {
    "SLACK_API_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_USER_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_USER_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_APP_LEVEL_TOKEN": "SLACK_APP_TOKEN",
    "SLACK_SOCKET_TOKEN": "SLACK_APP_TOKEN",
    "SLACK_SECRET": "SLACK_SIGNING_SECRET",
    "SLACK_APP_SIGNING_SECRET": "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN": "SLACK_SIGNING_SECRET",
    "INCIDENT_CHANNEL": "INCIDENT_CHANNEL_NAME",
}


def _intended(name: str) -> str:
    """Return the setting that was meant; empty if it is the project's own."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    prefix, _dash, stem = name.partition("_")
    # With a prefix too many, without its prefix, or with the other one.
    other = {"RESPONSE": "INCIDENT", "INCIDENT": "RESPONSE"}.get(prefix, "")
    for candidate in (stem, f"RESPONSE_{name}", f"{other}_{stem}"):
        if candidate in DEFAULTS:
            return candidate
    near = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=0.84)
    return near[0] if near else ""


def old_settings() -> Iterator[CheckMessage]:
    """Yield an error for each setting of an older release that no longer works."""
    mock = getattr(django_settings, "SLACK_API_MOCK", None)
    if mock:
        yield Error(
            "SLACK_API_MOCK is no longer a setting: messages would go to Slack itself.",
            hint=f'Set SLACK_API_URL = "http://{mock}/api/" instead.',
            id="response.E045",
        )
