"""What docs/upgrading.md says about the migrations, compared with the migrations."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def rows() -> list[str]:
    """The first cell of each row of the table of migrations."""
    text = (ROOT / "docs/upgrading.md").read_text("utf-8")
    table = text.split("## What `migrate` does", 1)[1].split("\n\n")[1]
    return [line.split("|")[1] for line in table.splitlines()[2:]]


def test_each_migration_is_named_once() -> None:
    told = Counter(name for cell in rows() for name in re.findall(r"`([^`]+)`", cell))
    there = {path.stem for path in (ROOT / "response/migrations").glob("[0-9]*.py")}
    assert set(told) == there, "The table of migrations in docs/upgrading.md is out of date"
    assert set(told.values()) == {1}
