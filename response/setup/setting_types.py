"""The type of value that each setting takes, for the checks.

A value of another type is often accepted silently: the string ``"False"`` from the environment
counts as true, and a string in place of a list is a list of letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from response.conf import DEFAULTS, settings

Fits = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(map(_is_text, value))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_FROM_ENVIRONMENT = (
    "What os.environ gives is a string, and each string but the empty one counts as True: write "
    'os.environ.get("{name}", "") == "1".'
)
_LIST = "Write a list, e.g. {default!r}."
_TEXT = "The default is {default!r}."

#: Kind by kind: what fits, what is asked for, the remedy, and the settings.
_KINDS: tuple[tuple[Fits, str, str, tuple[str, ...]], ...] = (
    (
        _is_flag,
        "True or False",
        _FROM_ENVIRONMENT,
        (
            "RESPONSE_CREATE_INCIDENTS_CHANNEL", "RESPONSE_LOGIN_REQUIRED",
            "RESPONSE_SANITIZE_USER_INPUT", "RESPONSE_REVIEW_ASSISTANT_PRIVATE",
            "RESPONSE_API_MODEL_PERMISSIONS", "RESPONSE_PRIVATE_FROM_SLACK",
        ),
    ),
    (
        _is_list_of_text,
        "a list of strings",
        _LIST,
        (
            "MARKDOWN_FILTER_WHITELIST_TAGS", "MARKDOWN_FILTER_WHITELIST_ATTRIBUTES",
            "MARKDOWN_FILTER_WHITELIST_STYLES", "RESPONSE_API_PARAMETERS",
            "RESPONSE_TIMELINE_REACTIONS",
        ),
    ),
    (
        _is_text,
        "a string",
        _TEXT,
        ("SLACK_API_URL", "INCIDENT_BOT_NAME", "RESPONSE_TASKS_BACKEND"),
    ),
    (
        _is_text_or_none,
        "a string or None",
        _TEXT,
        (
            "SITE_URL", "SLACK_TOKEN", "SLACK_APP_TOKEN", "INCIDENT_CHANNEL_NAME",
            "INCIDENT_CHANNEL_ID", "INCIDENT_REPORT_CHANNEL_NAME", "INCIDENT_REPORT_CHANNEL_ID",
            "RESPONSE_UPDATES_CHANNEL_NAME", "RESPONSE_UPDATES_CHANNEL_ID", "INCIDENT_BOT_ID",
            "RESPONSE_BASE_TEMPLATE", "RESPONSE_CRON_TOKEN", "RESPONSE_SLACK_PROXY",
        ),
    ),
)  # fmt: skip


def wrong() -> Iterator[tuple[str, str, str]]:
    """Yield the settings with a value of another type: name, the type expected, remedy."""
    for fits, wanted, remedy, names in _KINDS:
        for name in names:
            if not fits(getattr(settings, name)):
                yield name, wanted, remedy.format(name=name, default=DEFAULTS[name])
