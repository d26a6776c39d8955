"""Reading the environment, with a sentence for every value that does not fit.

All functions raise ``ImproperlyConfigured`` with text that names the variable, what it holds,
and what it should hold. ``manage.py`` prints that sentence instead of a traceback.
"""

from __future__ import annotations

import contextlib
import os
import warnings
import zoneinfo
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def load(*files: Path) -> None:
    """Put what ``.env`` files say into the environment; what is set there already stays."""
    for file in files:
        if file.is_file():
            environ.Env.read_env(file)


def text(name: str, default: str = "") -> str:
    """Return the value without outer white space, or ``default`` if it is not set or empty."""
    return os.environ.get(name, "").strip() or default


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Return a list of values that are separated by commas."""
    found = [item.strip() for item in text(name).split(",") if item.strip()]
    return found or list(default)


def flag(name: str, *, default: bool) -> bool:
    """Return True or False, from any of the usual spellings."""
    value = text(name)
    return is_true(name, value) if value else default


def is_true(name: str, value: str) -> bool:
    """Return whether ``value`` of ``name`` means true, in any of the usual spellings."""
    if value.lower() not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}. It must be true or false.")
    return value.lower() in TRUE


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """Return a whole number from ``least`` to ``most``."""
    value = text(name)
    if not value:
        return default
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None
    if number is None or number < least or (most is not None and number > most):
        upper = "" if most is None else f" to {most}"
        raise ImproperlyConfigured(
            f"{name} is {value!r}. It must be a whole number from {least}{upper}."
        )
    return number


def number(name: str, default: float) -> float:
    """Return a number that is not negative."""
    value = text(name)
    if not value:
        return default
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ImproperlyConfigured(f"{name} is {value!r}. It must be a number, 0 or more.")
    return found


def one_of(name: str, default: str, *allowed: str) -> str:
    """Return the value as one of several words, ignoring case."""
    value = text(name, default)
    found = next((word for word in allowed if word.lower() == value.lower()), None)
    if found is None:
        raise ImproperlyConfigured(f"{name} is {value!r}. It must be one of {', '.join(allowed)}.")
    return found


def time_zone(name: str, default: str) -> str:
    """Return the name of a time zone."""
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} is {value!r}, which is no time zone. It must be a name such as Europe/London."
        ) from None
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Return the address of a database as an entry of Django's ``DATABASES``."""
    value = text(name, default)
    found: dict[str, Any] = {}
    with warnings.catch_warnings(), contextlib.suppress(ValueError, KeyError):
        # What it makes of an address it does not know is checked below.
        warnings.simplefilter("ignore")
        found = environ.Env.db_url_config(value)
    if "." not in found.get("ENGINE", ""):
        # Not the value itself: it may hold a password.
        raise ImproperlyConfigured(
            f"{name} is not the address of a database. It must look like "
            "postgres://user:password@host/name or sqlite:////path/to/file."
        )
    return found


def missing(*names: str) -> list[str]:
    """Return those of ``names`` that are not set, or empty."""
    return [name for name in names if not text(name)]
