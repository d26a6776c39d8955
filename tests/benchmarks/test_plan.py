"""How much is measured."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.plan import LONG, PLANS


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plan_at_full_scale_is_the_plan(plan):
    assert plan.scaled(1) == plan


def test_a_smaller_plan_measures_the_same_things_with_less():
    small = LONG.scaled(0.01)
    assert (small.setups, small.rounds) == (LONG.setups, LONG.rounds)
    assert (small.requests, small.backlog, small.forms, small.reads) == (20, 50, 1, 2)
    assert small.incidents == (20, 100, 1000)
    assert (small.seconds, small.memory_requests) == (0.3, 500)
    numbers = {f.name for f in dataclasses.fields(LONG) if f.type in ("int", "float")}
    assert all(getattr(small, name) <= getattr(LONG, name) for name in numbers)
