"""Checks of values that can be judged alone: types, numbers, lists, hosts and tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from response.conf import DEFAULTS, settings
from response.setup import setting_types
from response.webhooks import addresses


def types() -> Iterator[CheckMessage]:
    """Check that each setting has a value of the right type."""
    for name, wanted, remedy in setting_types.wrong():
        yield Error(
            f"{name} must be {wanted}, not {getattr(settings, name)!r:.60}.",
            hint=remedy,
            id="response.E070",
        )


def numbers() -> Iterator[CheckMessage]:
    """Check the settings that are numbers against their least values."""
    for name, least in (
        ("RESPONSE_MAX_BODY_BYTES", 1024),
        ("RESPONSE_INBOX_MAX_ATTEMPTS", 1),
        ("RESPONSE_INBOX_RETENTION_DAYS", 0),
        ("RESPONSE_HANDLER_WAIT", 0),
        ("RESPONSE_SLACK_TIMEOUT", 0.1),
        ("RESPONSE_SLACK_REQUEST_TIMEOUT", 0.1),
        ("RESPONSE_HEADLINE_DELAY", 0),
        ("RESPONSE_SLACK_PACE", 0),
        ("RESPONSE_OUTBOX_GIVE_UP_HOURS", 0),
        ("RESPONSE_REVIEW_DUE_DAYS", 0),
        ("RESPONSE_REVIEW_CHANNEL_DAYS", 0),
        ("RESPONSE_REVIEW_ASSISTANT_TIMEOUT", 1),
        ("RESPONSE_SNOOZE_DAYS", 1),
        ("RESPONSE_FORGOTTEN_DAYS", 0),
    ):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            yield Error(
                f"{name} must be a number of at least {least}, not {value!r}.",
                hint=f"The default is {DEFAULTS[name]!r}.",
                id="response.E008",
            )
    limit = settings.RESPONSE_SLACK_REQUEST_TIMEOUT
    if isinstance(limit, int | float) and limit > 2.5:
        yield Warning(
            "RESPONSE_SLACK_REQUEST_TIMEOUT is over 2.5 seconds, but Slack gives up after 3.",
            hint="Leave it out: the default is 2.",
            id="response.W008",
        )


def networks() -> Iterator[CheckMessage]:
    """Check the networks to which webhooks may be sent."""
    value = settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS
    try:
        if isinstance(value, str) or not all(isinstance(item, str) for item in value):
            raise TypeError("it is not a list of strings")
        addresses.networks(value)
    except (TypeError, ValueError) as error:
        yield Error(
            f"RESPONSE_WEBHOOK_ALLOWED_NETWORKS cannot be read: {error}.",
            hint='A list of networks, e.g. ["10.1.0.0/16", "fd00:1::/64"].',
            id="response.E013",
        )


_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?")


def reviews() -> Iterator[CheckMessage]:
    """Check the hosts of images and the writing assistant."""
    hosts = settings.RESPONSE_IMAGE_HOSTS
    if not isinstance(hosts, list | tuple | set) or not all(
        isinstance(host, str) and _HOST.fullmatch(host) for host in hosts
    ):
        yield Error(
            f"RESPONSE_IMAGE_HOSTS must be a list of hosts, not {hosts!r}.",
            hint='For instance ["graphs.example.com", "*.example.org"], without https://.',
            id="response.E065",
        )
    assistant = settings.RESPONSE_REVIEW_ASSISTANT
    if not assistant:
        return
    try:
        target = import_string(assistant) if isinstance(assistant, str) else assistant
    except ImportError as error:
        yield Error(
            f"RESPONSE_REVIEW_ASSISTANT cannot be imported: {error}.",
            hint="It is the dotted path of a function (incident, section) -> text.",
            id="response.E066",
        )
    else:
        if not callable(target):
            yield Error(
                f"RESPONSE_REVIEW_ASSISTANT names something that cannot be called: {target!r}.",
                hint="It is the dotted path of a function (incident, section) -> text.",
                id="response.E066",
            )


_BAD_FORM = (
    "%s must be a string of ASCII characters without white space, or a list of such strings "
    "while it is being changed."
)
_TOO_SHORT = "%s is short enough to be guessed."
_LONGER = "Use at least 16 characters, e.g. what `openssl rand -hex 32` prints."


def _tokens(name: str, *, malformed: str, short: str) -> Iterator[CheckMessage]:
    """Check a setting with a token, or several; ``malformed`` and ``short`` are ids of checks."""
    token = getattr(settings, name)
    several = token if isinstance(token, list | tuple) else [token or ""]
    if not all(isinstance(t, str) and t.isascii() and not re.search(r"\s", t) for t in several):
        yield Error(_BAD_FORM % name, hint=_LONGER, id=malformed)
    elif any(0 < len(t) < 16 for t in several):
        yield Warning(_TOO_SHORT % name, hint=_LONGER, id=short)


def metrics() -> Iterator[CheckMessage]:
    """Check the token and the channel for metrics."""
    yield from _tokens("RESPONSE_METRICS_TOKEN", malformed="response.E034", short="response.W034")
    channel = settings.RESPONSE_METRICS_CHANNEL or ""
    if not isinstance(channel, str) or not re.fullmatch(
        r"|[CGD][A-Z0-9]{6,}|#?[^\sA-Z.#]{1,80}", channel
    ):
        yield Error(
            f"RESPONSE_METRICS_CHANNEL is {channel!r}, which is not a channel's name or id.",
            hint='A name such as "incidents", or an id such as "C012ABCDEF".',
            id="response.E035",
        )


def alerts() -> Iterator[CheckMessage]:
    """Check the token, the severities and the policy for Alertmanager."""
    yield from _tokens(
        "RESPONSE_ALERTMANAGER_TOKEN", malformed="response.E031", short="response.W031"
    )
    severities = settings.RESPONSE_ALERTMANAGER_SEVERITIES
    if not isinstance(severities, dict) or not all(
        isinstance(value, str) and value.strip() for value in severities.values()
    ):
        yield Error(
            "RESPONSE_ALERTMANAGER_SEVERITIES must be a dict of words to keys of severities, "
            f"not {severities!r}.",
            hint='For instance {"critical": "1", "warning": "3"}.',
            id="response.E032",
        )
    policy = settings.RESPONSE_ALERTMANAGER_RESOLVED
    if policy not in ("auto", "close", "note"):
        yield Error(
            f'RESPONSE_ALERTMANAGER_RESOLVED must be "auto", "close" or "note", not {policy!r}.',
            hint='Leave it out for "auto".',
            id="response.E033",
        )
