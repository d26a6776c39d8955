"""What Slack accepts as an app manifest.

The rules are those of Slack's published JSON schema (slackapi/manifest-schema, 2.0.0) for what an
app like ours has, and of docs.slack.dev for ``bot_optional``, which the schema lacks. A problem is
told as Slack does: a message, and a pointer to the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Problem = dict[str, str]
Rule = Callable[[Any, str], Iterator[Problem]]


def problems(manifest: Any) -> list[Problem]:
    """Return what Slack would refuse in a manifest; nothing if it would take it."""
    found = list(_MANIFEST(manifest, ""))
    if not found:
        found = list(_together(manifest))
    return found


def _problem(pointer: str, message: str) -> Problem:
    return {"message": message, "pointer": pointer or "/"}


def _text(least: int = 0, most: int = 10**6, pattern: str = "") -> Rule:
    def rule(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield _problem(pointer, "Must be a string")
        elif not least <= len(value) <= most:
            yield _problem(pointer, f"Must have {least} to {most} characters")
        elif not re.match(pattern, value):
            yield _problem(pointer, "Invalid value")

    return rule


def _whole_number(value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _problem(pointer, "Must be an integer")


def _truth(value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield _problem(pointer, "Must be a boolean")


def _list(of: Rule, least: int = 0, most: int = 100) -> Rule:
    def rule(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield _problem(pointer, "Must be an array")
            return
        if not least <= len(value) <= most:
            yield _problem(pointer, f"Must have {least} to {most} items")
        if any(value.count(item) > 1 for item in value):
            yield _problem(pointer, "Must not have the same item twice")
        for number, item in enumerate(value):
            yield from of(item, f"{pointer}/{number}")

    return rule


def _object(fields: dict[str, Rule], *needed: str) -> Rule:
    def rule(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _problem(pointer, "Must be an object")
            return
        for name in needed:
            if name not in value:
                yield _problem(pointer, f"Missing required field: {name}")
        for name, item in value.items():
            if name in fields:
                yield from fields[name](item, f"{pointer}/{name}")
            else:
                yield _problem(f"{pointer}/{name}", "Unexpected field")

    return rule


_ADDRESS = r"https?://"
_SCOPES = _list(_text(1, 255), most=255)

_MANIFEST = _object(
    {
        "_metadata": _object({"major_version": _whole_number, "minor_version": _whole_number}),
        "display_information": _object(
            {
                "name": _text(1, 35),
                "description": _text(1, 140),
                "long_description": _text(175, 4000),
                "background_color": _text(4, 7, r"#([0-9a-fA-F]{3}){1,2}$"),
            },
            "name",
        ),
        "features": _object(
            {
                "app_home": _object(
                    {
                        "home_tab_enabled": _truth,
                        "messages_tab_enabled": _truth,
                        "messages_tab_read_only_enabled": _truth,
                    }
                ),
                "bot_user": _object(
                    {"display_name": _text(1, 80), "always_online": _truth}, "display_name"
                ),
                "shortcuts": _list(
                    _object(
                        {
                            "name": _text(1, 24),
                            "type": _text(pattern=r"(message|global)$"),
                            "callback_id": _text(1, 255),
                            "description": _text(1, 150),
                        },
                        "name", "type", "callback_id", "description",
                    ),
                    1, 10,
                ),
                "slash_commands": _list(
                    _object(
                        {
                            "command": _text(2, 32, "/"),
                            "url": _text(0, 3000, _ADDRESS),
                            "description": _text(1, 2000),
                            "usage_hint": _text(1, 1000),
                            "should_escape": _truth,
                        },
                        "command", "description",
                    ),
                    1, 50,
                ),
            }
        ),
        "oauth_config": _object(
            {
                "scopes": _object(
                    {
                        "bot": _SCOPES,
                        "bot_optional": _SCOPES,
                        "user": _SCOPES,
                        "user_optional": _SCOPES,
                    }
                ),
                "redirect_urls": _list(_text(0, 2500, _ADDRESS), 1, 1000),
            }
        ),
        "settings": _object(
            {
                "event_subscriptions": _object(
                    {
                        "request_url": _text(0, 3500, _ADDRESS),
                        "bot_events": _list(_text(1, 50)),
                        "user_events": _list(_text(1, 50)),
                    }
                ),
                "interactivity": _object(
                    {
                        "is_enabled": _truth,
                        "request_url": _text(0, 3500, _ADDRESS),
                        "message_menu_options_url": _text(0, 3500, _ADDRESS),
                    },
                    "is_enabled",
                ),
                "org_deploy_enabled": _truth,
                "socket_mode_enabled": _truth,
                "token_rotation_enabled": _truth,
            }
        ),
    },
    "display_information",
)  # fmt: skip


def _together(manifest: dict[str, Any]) -> Iterator[Problem]:
    """Yield the problems of what fits the schema field by field but is refused all the same."""
    settings = manifest.get("settings", {})
    if not settings.get("socket_mode_enabled"):
        events = settings.get("event_subscriptions", {})
        if events.get("bot_events") and not events.get("request_url"):
            yield _problem(
                "/settings/event_subscriptions",
                "Event Subscription requires either Request URL or Socket Mode Enabled",
            )
        interactivity = settings.get("interactivity", {})
        if interactivity.get("is_enabled") and not interactivity.get("request_url"):
            yield _problem("/settings/interactivity", "Interactivity requires a Request URL")
    scopes = manifest.get("oauth_config", {}).get("scopes", {})
    for scope in scopes.get("bot_optional", []):
        if scope not in scopes.get("bot", []):
            yield _problem("/oauth_config/scopes/bot_optional", f"{scope} is not in bot")
