"""Database routers as a project may have them."""

from __future__ import annotations

from typing import Any


class Elsewhere:
    """Keeps Response in a database of its own."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "other" if model._meta.app_label == "response" else None

    db_for_write = db_for_read


class Copy:
    """Reads from a copy of the database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "copy"

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "default"
