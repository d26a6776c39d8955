"""Prints every row of the ten old models of a database as JSON. Run in a process of its own."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import django


def plain(value: Any) -> Any:
    """As the expectations were written: times naive and in UTC, with all decimals."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return value.isoformat(timespec="microseconds")
    return value


NAMES = [
    "ExternalUser",
    "Incident",
    "Action",
    "TimelineEvent",
    "Event",
    "CommsChannel",
    "HeadlinePost",
    "Notification",
    "PinnedMessage",
    "UserStats",
]


def rows_of(queryset: Any) -> dict[int, dict[str, Any]]:
    """The rows of a model, by id."""
    fields = [f.attname for f in queryset.model._meta.concrete_fields]
    return {row.pk: {field: plain(getattr(row, field)) for field in fields} for row in queryset}


def main() -> None:
    """Write the rows to standard output."""
    django.setup()
    from django.apps import apps

    found = {n: rows_of(apps.get_model("response", n).objects.all()) for n in NAMES}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
