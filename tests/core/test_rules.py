"""What rules decide, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from response.rules import conditions, placeholders, plan
from response.rules.models import Rule
from response.rules.plan import Situation

NOW = datetime(2030, 1, 31, 12, 0)


@pytest.mark.parametrize(
    ("wanted", "applies"),
    [
        ({}, True),
        ({"severities": ["1", "2"]}, True),
        ({"severities": ["3"]}, False),
        ({"field_values": ["service=Checkout"]}, True),
        ({"field_values": ["service=search"]}, False),
        ({"field_values": ["service=search", "service= checkout "]}, True),
        ({"field_values": ["service=checkout", "region=eu"]}, True),
        ({"field_values": ["service=checkout", "region=us"]}, False),
        ({"field_values": ["team=x"]}, False),
        ({"field_values": ["number=3"]}, True),
    ],
)
def test_conditions(wanted, applies):
    fields = {"service": "checkout", "region": ["EU", "asia"], "team": None, "number": 3}
    assert (conditions.why_not("2", False, fields, **wanted) == "") is applies


def test_private_ones_only_where_it_says_so():
    assert conditions.why_not("", True, {})
    assert not conditions.why_not("", True, {}, include_private=True)


def test_filling_in():
    filled = placeholders.fill("{title} {{}} <!here> {lead}", {"title": "*x*", "lead": "<@U1>"})
    assert filled == "*x* {} &lt;!here&gt; <@U1>"


def test_everything_that_a_rule_could_do():
    rule = Rule(
        key="all", name="All", invite_users=["U1"], post_channel="general", post_text="x",
        remind_if="lead", remind_after=15, archive_after=3, since=NOW,
    )  # fmt: skip
    kinds = {step.kind: step for step in plan.steps(rule, Situation(NOW, has_channel=True))}
    assert list(kinds) == ["invite", "post", "remind", "archive-notice", "archive"]
    assert [kind for kind, step in kinds.items() if not step.why_not] == [
        "invite", "post", "remind",
    ]  # fmt: skip
    assert kinds["remind"].due == NOW + timedelta(minutes=15)
    ended = Situation(NOW, has_channel=True, ended=NOW + timedelta(hours=1))
    closed = {step.kind: step for step in plan.steps(rule, ended)}
    assert [kind for kind, step in closed.items() if not step.why_not] == [
        "archive-notice", "archive",
    ]  # fmt: skip
    assert closed["archive"].due - closed["archive-notice"].due == timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, {"invite", "post", "remind"}),
        ({"has_lead": True}, {"invite", "post"}),
        ({"has_channel": False}, {"post"}),
        ({"channel_archived": True}, {"post"}),
        ({"private": True}, {"invite", "remind"}),
        ({"report_only": True}, set()),
        ({"reported": NOW - timedelta(seconds=1)}, set()),
        ({"ended": NOW}, {"archive-notice", "archive"}),
        ({"ended": NOW - timedelta(seconds=1)}, set()),
        ({"ended": NOW, "reported": NOW - timedelta(days=1)}, {"archive-notice", "archive"}),
        ({"ended": NOW, "channel_archived": True}, set()),
    ],
)
def test_what_is_done_when(changes, kinds):
    rule = Rule(
        key="all", name="All", invite_groups=["S1"], post_channel="general", post_text="x",
        remind_if="lead", remind_after=15, archive_after=3, include_private=True, since=NOW,
    )  # fmt: skip
    situation = Situation(**{"reported": NOW, "has_channel": True, **changes})
    assert {step.kind for step in plan.steps(rule, situation) if not step.why_not} == kinds
