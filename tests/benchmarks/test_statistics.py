"""From samples to numbers."""

from __future__ import annotations

import pytest

from benchmarks.measures.effects import drained
from benchmarks.statistics import Spread, percentile, ratio, summarise, waits


@pytest.mark.parametrize(
    ("samples", "percent", "expected"),
    [
        ([5.0], 99, 5.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([1.0, 2.0], 50, 1.5),
        ([1.0, 2.0, 3.0, 4.0], 0, 1.0),
        ([1.0, 2.0, 3.0, 4.0], 100, 4.0),
        (list(map(float, range(101))), 99, 99.0),
        ([0.0, 10.0], 99, 9.9),
    ],
)
def test_percentiles(samples, percent, expected):
    assert percentile(samples, percent) == pytest.approx(expected)


def test_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_percentile_out_of_range(percent):
    with pytest.raises(ValueError, match="not a percentage"):
        percentile([1.0], percent)


def test_a_spread_has_the_median_and_both_ends():
    assert Spread.of([4.0, 1.0, 9.0]) == Spread(4.0, 1.0, 9.0, 3)
    with pytest.raises(ValueError, match="no rounds"):
        Spread.of([])


def test_rounds_without_a_value_are_left_out():
    rounds = [{"a": 1.0, "b": None}, {"a": 3.0, "b": 7.0}, {"b": 9.0, "c": None}]
    assert summarise(rounds) == {
        "a": {"median": 2.0, "min": 1.0, "max": 3.0, "rounds": 2},
        "b": {"median": 8.0, "min": 7.0, "max": 9.0, "rounds": 2},
    }


def test_a_ratio_needs_both_sides():
    assert ratio(3.0, 4.0) == 0.75
    assert ratio(0.0, 4.0) == 0
    assert ratio(None, 4.0) is ratio(3.0, None) is ratio(3.0, 0.0) is None


def test_effects_are_matched_with_acks_in_order_of_time():
    acked = [12.0, 10.0, 11.0]
    # One effect is seen at 11.5; the other two together.
    assert waits(acked, [(11.5, 1), (13.0, 3)]) == [1.5, 2.0, 1.0]


def test_an_effect_before_its_ack_took_no_time():
    assert waits([10.0], [(9.9, 1)]) == [0.0]


def test_effects_too_many_are_nobodys():
    assert waits([10.0], [(10.5, 3)]) == [0.5]


def test_a_backlog_is_drained_from_its_first_effect_on():
    assert drained([(10.0, 1), (10.5, 3), (12.0, 11)], began=0.0) == 5.0
    # All at once, after a quarter of a second.
    assert drained([(10.25, 5)], began=10.0) == 20.0
    assert drained([], began=10.0) == 0
