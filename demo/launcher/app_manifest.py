"""What the sandbox grants to the app: what its manifest asks for, and the example app's part."""

from __future__ import annotations

from typing import Any

from response.setup import manifest

#: For the 👀 of ``demo/runbooks``.
EXAMPLE_SCOPES, EXAMPLE_EVENTS = ("reactions:read",), ("reaction_added",)


def bot_scopes() -> list[str]:
    """Return the scopes of the bot token."""
    scopes: list[str] = _manifest()["oauth_config"]["scopes"]["bot"]
    return sorted({*scopes, *EXAMPLE_SCOPES})


def events() -> list[str]:
    """Return the events that the app has subscribed to."""
    subscribed: list[str] = _manifest()["settings"]["event_subscriptions"]["bot_events"]
    return sorted({*subscribed, *EXAMPLE_EVENTS})


def shortcuts() -> list[dict[str, Any]]:
    """Return the app's shortcuts."""
    found: list[dict[str, Any]] = _manifest()["features"].get("shortcuts", [])
    return found


def _manifest() -> manifest.Manifest:
    # In the form for Socket Mode, which needs no addresses.
    return manifest.build(socket_mode=True)
