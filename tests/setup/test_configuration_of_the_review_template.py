"""The section ``review_template`` of ``response_config``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from response.core.models import ReviewTemplateSection
from response.core.reviews import writing
from response.setup.configuration import sync
from response.setup.configuration.document import Mistakes
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db

[EXAMPLE] = re.findall(
    r"^```yaml\n(review_template:\n.*?)^```",
    (Path(__file__).parents[2] / "docs" / "review.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)
BUILT_IN = [
    "what-happened", "impact", "timeline", "causes", "went-well", "went-badly", "actions",
]  # fmt: skip


def test_what_is_built_in_is_dumped_without_what_is_usual():
    dumped = yaml.safe_load(sync.dump())["review_template"]
    assert [row["key"] for row in dumped] == BUILT_IN
    assert dumped[1] == {
        "key": "impact",
        "name": "Impact",
        "description": "Who noticed, what they could not do, and for how long.",
    }
    assert sync.diff(yaml.safe_dump({"review_template": dumped}).encode()) == []


def test_the_example_of_the_documentation_is_loaded_dumped_and_used():
    found = sync.load(EXAMPLE.encode())
    assert {(d.key, d.what) for d in found} >= {("customers", "added"), ("went-well", "deleted")}
    assert sync.diff(EXAMPLE.encode()) == []
    assert sync.diff(sync.dump().encode()) == []
    review = writing.begin(IncidentFactory())
    wanted = [(row["key"], row["name"]) for row in yaml.safe_load(EXAMPLE)["review_template"]]
    assert [(section.key, section.title) for section in review.sections.all()] == wanted
    section = review.sections.get(key="customers")
    assert section.hint == "Which of them wrote to us, and what they were told."


def test_a_section_of_a_review_is_retired_where_the_file_leaves_it_out():
    review = writing.begin(IncidentFactory())
    found = sync.load(EXAMPLE.encode())
    assert ("went-well", "retired") in {(d.key, d.what) for d in found}
    assert review.sections.get(key="went-well").hint == "What helped: alerts, tools, people, luck."
    assert "went-well" not in {row.key for row in ReviewTemplateSection.offered()}
    assert sync.load(EXAMPLE.encode()) == []


@pytest.mark.parametrize(
    ("rows", "line", "sentence"),
    [
        ("  - {key: impact}", 2, "no “name”"),
        ("  - {name: Impact}", 2, "no “key”"),
        ("  - {key: Impact, name: Impact}", 2, "lowercase letters"),
        ("  - {key: impact, name: A}\n  - {key: impact, name: B}", 3, "already in line 2"),
        ("  - {key: impact, name: Impact, aliases: [a]}", 2, "There is no “aliases” here"),
        ("  - {key: impact, name: Impact, hint: Who}", 2, "There is no “hint” here"),
        ("  - {key: impact, name: Impact, rank: first}", 2, "whole number"),
        ("  - {key: impact, name: Impact, retired: perhaps}", 2, "true or false"),
        ("  - {key: impact, name: [Impact]}", 2, "must be text"),
        (f"  - {{key: impact, name: {'x' * 81}}}", 2, "at most 80"),
        ('  - {key: impact, name: "\\u200b"}', 2, "visible character"),
        ("  - {key: impact, name: Impact, retired: true}", 1, "At least one section"),
        ("  []", 1, "At least one section"),
        ("  impact: Impact", 1, "must be a list"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_loaded(rows, line, sentence):
    with pytest.raises(Mistakes) as raised:
        sync.load(f"review_template:\n{rows}\n".encode())
    [mistake] = raised.value.found
    assert mistake.line == line
    assert sentence in mistake.sentence
    assert [row.key for row in ReviewTemplateSection.offered()] == BUILT_IN
