"""The section ``measurements`` of ``response_config``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from response.core.models import Measurement
from response.setup.configuration import sync
from response.setup.configuration.document import Mistakes

pytestmark = pytest.mark.django_db

[EXAMPLE] = re.findall(
    r"^```yaml\n(measurements:\n.*?)^```",
    (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)


def test_the_example_of_the_documentation_is_loaded_and_dumped():
    built_in = {row.key for row in Measurement.offered()}
    sync.load(EXAMPLE.encode())
    assert sync.diff(EXAMPLE.encode()) == []
    assert sync.diff(sync.dump().encode()) == []
    rows = {row.key: row for row in Measurement.offered()}
    assert rows["repair"].first.column == "detected_at"
    assert rows["repair"].last.column == "mitigated_at"
    assert built_in - set(rows) == {"detect", "acknowledge", "review"}


def test_what_is_built_in_is_dumped_without_what_is_usual():
    assert yaml.safe_load(sync.dump())["measurements"][0] == {
        "key": "detect",
        "name": "Time to detect",
        "start": "impact_started",
        "end": "detected",
        "description": "From when the impact started until people or an alert noticed.",
    }


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("{key: a, name: A, start: lunch, end: resolved}", "lunch"),
        ("{key: a, name: A, start: resolved, end: resolved}", "two different milestones"),
        ("{key: a, name: A, start: resolved}", "end"),
        ("{key: a, name: A, start: detected, end: resolved, middle: x}", "middle"),
    ],
)
def test_a_mistake_is_told_with_its_line(row, sentence):
    with pytest.raises(Mistakes) as raised:
        sync.load(f"measurements:\n  - {row}\n".encode())
    [mistake] = raised.value.found
    assert mistake.line == 2
    assert sentence in mistake.sentence
    assert Measurement.objects.count() == 5
