"""What docs/sandbox.md says of settings and functions is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo.sandbox import people, workspace

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


def test_every_setting_is_documented_and_no_other():
    rows = re.findall(r"(?m)^\| (`[A-Z_`, ]+`) \|", DOCUMENT)
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert documented == set(workspace._DEFAULTS)


@pytest.mark.parametrize(
    "name", re.findall(r"`(\w+)`", DOCUMENT.split("plain functions:")[1].split("and others")[0])
)
def test_what_people_can_do(name):
    assert callable(getattr(people, name))
