"""What the queries of a request are about, for tests that count them."""

from __future__ import annotations

import re
from typing import Any

#: Who it is (the session and its account), as every page of a reader asks.
READER = ["django_session", "auth_user"]
#: What an account may do, as Django's own backend asks: permissions of its own, and of its groups.
PERMISSIONS = ["auth_permission", "auth_permission"]

_INNERMOST = re.compile(r"\([^()]*\)")


def tables(captured: Any) -> list[str]:
    """Return the table that each of the captured queries reads; ``count`` for one that counts."""
    return [_table(query["sql"]) for query in captured]


def _table(sql: str) -> str:
    if sql.startswith("SELECT COUNT("):
        return "count"
    outer = sql.lstrip("(")  # some databases have each part of a UNION in parentheses
    while _INNERMOST.search(outer):
        outer = _INNERMOST.sub("", outer)
    found = re.search(r'\bFROM [`"]?(\w+)', outer)
    return found[1] if found else sql
