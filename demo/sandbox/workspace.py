"""Who is who in the sandbox: fixed ids, settings, and the making of new ids and times."""

from __future__ import annotations

import secrets
import string
import time
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

TEAM = "T0SANDBOX01"
DOMAIN = "sandbox"
APP = "A0SANDBOX01"
BOT = "B0SANDBOX01"
BOT_USER = "U0SANDBOT01"
COMMAND = "/incident"

_DEFAULTS: dict[str, Any] = {
    "SANDBOX_APP_URL": "http://127.0.0.1:8000/slack/",
    "SANDBOX_EVENTS": None,
    "SANDBOX_RATE_LIMITS": 0,
    "SANDBOX_SCOPES": None,
    # The app's shortcuts: {"name", "type" (message or global), "callback_id"}.
    "SANDBOX_SHORTCUTS": (),
    "SANDBOX_RETRY_DELAYS": (0, 60, 300),
    # Seconds for which a socket is open, and whether payloads go through sockets alone, as they
    # do in Slack. Unless they do, they are posted while no socket is open.
    "SANDBOX_SOCKET_LIFETIME": 3600,
    "SANDBOX_SOCKET_MODE": False,
    # What the page says on the first visit, in mrkdwn: a line for each thing to try.
    "SANDBOX_WELCOME": (
        f"Type `{COMMAND}` below to use the app.",
        "Choose another person at the top left to act as them.",
        "Pin a message, react to it, or answer in its thread: the app hears of it.",
    ),
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "SLACK_SIGNING_SECRET": "",
    "SLACK_TOKEN": "xoxb-sandbox",
}


def setting(name: str) -> Any:
    """Return a setting of the project, or its default if it is missing, None or empty."""
    value = getattr(settings, name, None)
    return _DEFAULTS[name] if value is None or value == "" else value


def configured(name: str) -> list[Any] | None:
    """Return a setting that is a list, or names (by its dotted path) a function that returns one.

    The function takes no arguments. None where the setting is neither set nor has a default.
    """
    value = setting(name)
    if isinstance(value, str):
        value = import_string(value)
    if callable(value):
        value = value()
    return None if value is None else list(value)


def signing_secret() -> str:
    """Return the secret that requests to the app are signed with."""
    secret = setting("SLACK_SIGNING_SECRET")
    return str(secret if isinstance(secret, str) else secret[0])


def address() -> str:
    """Return the address of the sandbox, with a slash at the end; its API is below ``api/``."""
    return str(getattr(settings, "SLACK_API_URL", "")).rstrip("/").removesuffix("api")


def new_id(prefix: str) -> str:
    """Return an id that was never given: ``C…`` for a channel, ``V…`` for a view."""
    alphabet = string.ascii_uppercase + string.digits
    return prefix + "0" + "".join(secrets.choice(alphabet) for _ in range(9))


def new_ts() -> str:
    """Return the time now as a ``ts`` of Slack."""
    return f"{time.time():.6f}"


def next_ts(ts: str) -> str:
    """Return the next possible ``ts`` after a given one."""
    seconds, micros = ts.split(".")
    number = int(seconds) * 1_000_000 + int(micros) + 1
    return f"{number // 1_000_000}.{number % 1_000_000:06d}"


class Refusal(Exception):
    """What Slack would answer instead of doing it: an error's name, and perhaps more."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more
