"""Rules, and how often updates are due, in the file of ``manage.py response_config``."""

from __future__ import annotations

import pytest
import yaml

from response.core.models import Severity
from response.rules.models import Rule, RuleRun
from response.setup.configuration import sync
from response.setup.configuration.document import Mistakes
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db

FILE = """\
severities:
  - {key: "1", name: critical, update_after: 30}
  - {key: "2", name: major}
fields:
  - {key: service, name: Service, kind: choice, options: [checkout, {key: web, name: The site}]}
rules:
  - key: page-ops
    name: Page ops
    active: true
    severities: ["1"]
    field_values: [service=checkout]
    invite_users: [U012ABCDEF]
    invite_groups: [S012ABCDEF]
    post_channel: general
    post_text: "Look at {title}"
    remind_if: lead
    remind_after: 15
    archive_after: 30
  - {key: quiet, name: Quiet, remind_if: update, remind_after: 60}
"""


def load(text: str) -> int:
    return len(sync.load(text.encode()))


def test_rules_are_loaded_dumped_and_loaded_again():
    assert load(FILE)
    made = Rule.objects.get(key="page-ops")
    assert (made.severities, made.invite_groups) == (["1"], ["S012ABCDEF"])
    assert made.since is not None
    assert Rule.objects.get(key="quiet").since is None
    assert Severity.objects.get(key="1").update_after == 30
    assert load(FILE) == 0
    dumped = yaml.safe_load(sync.dump())
    assert [row["key"] for row in dumped["rules"]] == ["page-ops", "quiet"]
    assert dumped["rules"][0]["post_text"] == "Look at {title}"
    assert load(sync.dump()) == 0
    made.refresh_from_db()
    since = made.since
    assert load(FILE.replace("remind_after: 15", "remind_after: 20"))
    made.refresh_from_db()
    assert made.since > since


def test_a_rule_that_is_left_out_is_retired_if_it_has_done_something():
    load(FILE)
    RuleRun.objects.create(incident=IncidentFactory(), rule="page-ops", cause="invite")
    load("rules: []\n")
    assert [(rule.key, rule.is_on) for rule in Rule.objects.all()] == [("page-ops", False)]


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('severities: ["1"]', 'severities: ["9"]', 10, "is not one of these keys"),
        ("{title}", "{nope}", 15, "cannot be filled in"),
        ("U012ABCDEF", "anna", 12, "not a user id"),
        ("remind_if: lead", "remind_if: leader", 16, "not one of these"),
        ("    remind_after: 15\n", "", 7, "needs both"),
        ("[service=checkout]", "[sevice=checkout]", 11, "There is no field “sevice”."),
        (
            "[service=checkout]",
            "[service=check]",
            11,
            "“check” is not one of these: checkout, web.",
        ),
        ("options: [checkout, ", "options: [", 11, "“checkout” is not one of these: web."),
    ],
)
def test_a_mistake_is_told_with_its_line(before, after, line, words):
    assert before in FILE
    with pytest.raises(Mistakes) as raised:
        sync.load(FILE.replace(before, after).encode())
    [mistake] = raised.value.found
    assert mistake.line == line
    assert words in mistake.sentence
    assert not Rule.objects.exists()


def test_a_field_that_a_rule_asks_for_is_kept_as_long_as_the_rule_is():
    load(FILE)
    assert [(d.key, d.what) for d in sync.load(b"fields: []\n")] == [("service", "retired")]
    assert sync.load(b"fields: []\n") == []
    assert load(FILE.replace("service=checkout", "service=the site")) == 2
    load("rules: []\n")
    assert [(d.key, d.what) for d in sync.load(b"fields: []\n")] == [("service", "deleted")]
