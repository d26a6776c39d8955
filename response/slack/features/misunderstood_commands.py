"""Commands that were not understood, remembered so that editing the message can fix them.

Editing a message never repeats a command that was understood. A message with a command that
was not is remembered with its lines, until all of it is understood or for a month.
"""

from __future__ import annotations

from collections.abc import Iterable

from response.slack.models import Lookup

PREFIX = "misunderstood:"


def _rows(channel_id: str, ts: str) -> str:
    return f"{PREFIX}{channel_id}:{ts}"[:150]


def remember(channel_id: str, ts: str, lines: Iterable[str], line: str) -> None:
    """Note that ``line``, one of the ``lines`` of the message, was not understood.

    A message that mentions the bot within a sentence has no lines, and an empty ``line``.
    """
    row, _created = Lookup.objects.get_or_create(
        key=_rows(channel_id, ts), defaults={"value": {"lines": list(lines), "open": []}}
    )
    if line not in row.value["open"]:
        row.value["open"].append(line)
        row.save(update_fields=["value"])


def known_lines(channel_id: str, ts: str) -> list[str] | None:
    """Return the lines of a remembered message, which must not run again; None if unknown."""
    row = Lookup.objects.filter(key=_rows(channel_id, ts)).first()
    return None if row is None else list(row.value["lines"])


def settle(channel_id: str, ts: str, lines: Iterable[str]) -> bool:
    """Note that the message was edited to ``lines``, all of which have run.

    Returns whether all of it is understood now; then it is forgotten.
    """
    row = Lookup.objects.filter(key=_rows(channel_id, ts)).first()
    if row is None:
        return True
    now = list(lines)
    still_open = [line for line in row.value["open"] if line in (now or [""])]
    if not still_open:
        row.delete()
        return True
    row.value = {"lines": [*row.value["lines"], *now], "open": still_open}
    row.save(update_fields=["value"])
    return False
