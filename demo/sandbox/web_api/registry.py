"""The methods by name, and reading their arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.sandbox.scopes import make_known
from demo.sandbox.workspace import Refusal

Arguments = dict[str, Any]
Answer = dict[str, Any]
Function = Callable[[Arguments], Answer]


@dataclass(frozen=True)
class Method:
    """A method: what it does, which scopes allow it (any of them), its encoding, and whose it is.

    ``for_app`` says that it takes an app-level token (``xapp-…``) and no other, and
    ``for_configuration`` that it takes an app configuration token (``xoxe.xoxp-…``) and no other.
    """

    run: Function
    scopes: tuple[str, ...]
    takes_json: bool
    for_app: bool = False
    for_configuration: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str,
    *scopes: str,
    takes_json: bool = True,
    for_app: bool = False,
    for_configuration: bool = False,
) -> Callable[[Function], Function]:
    """Register a function of the arguments under the name of a method."""

    def register(fn: Function) -> Function:
        METHODS[name] = Method(fn, scopes, takes_json, for_app, for_configuration)
        make_known(scopes)
        return fn

    return register


def required(arguments: Arguments, *names: str) -> None:
    """Refuse a call that lacks an argument."""
    for name in names:
        if arguments.get(name) in (None, ""):
            raise Refusal(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )


def parsed(arguments: Arguments, name: str, error: str) -> Any:
    """Return an argument that is JSON, and in form encoding JSON in a string."""
    value = arguments.get(name)
    if isinstance(value, str):
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refusal(error) from None
    return value


def truth(arguments: Arguments, name: str) -> bool:
    """Return an argument that is true or false, in any of its spellings."""
    return str(arguments.get(name) or "").lower() in ("true", "1")


def page(arguments: Arguments, items: list[Any], key: str) -> Answer:
    """Return a page of items and the cursor of the next. Pages may be short, as Slack's are."""
    try:
        start = int(str(arguments.get("cursor") or "0").removeprefix("next:"))
        limit = min(int(arguments.get("limit") or 100), 1000)
    except ValueError:
        raise Refusal("invalid_cursor") from None
    if limit < 1:
        raise Refusal("invalid_limit")
    end = start + limit
    cursor = f"next:{end}" if end < len(items) else ""
    return {key: items[start:end], "response_metadata": {"next_cursor": cursor}}
