"""No text, whatever its shape, takes more than its share of time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.linear import PARSERS, expressions, units

#: Of four times the text, linear work takes four times as long and quadratic sixteen times.
GROWTH, LIMIT = 4, 9
#: What takes less than this for the long text cannot have been quadratic in it.
NEGLIGIBLE = 0.01

EXPRESSIONS = dict(expressions())


def seconds(work: Callable[[str], Any], text: str) -> float:
    """The shortest of some times that ``work`` takes over ``text``: noise only adds."""
    best = float("inf")
    for _try in range(3):
        started = time.process_time()
        work(text)
        best = min(best, time.process_time() - started)
        if best < NEGLIGIBLE:
            break
    return best


def assert_linear(work: Callable[[str], Any], unit: str, length: int, before: str = "") -> None:
    def text(size: int) -> str:
        return f"{before}{unit * (size // len(unit))}\n!"

    long = seconds(work, text(length * GROWTH))
    if long < NEGLIGIBLE:
        return
    short = seconds(work, text(length))
    assert long / max(short, 1e-6) < LIMIT, f"{unit!r}: {short:.3f} s, then {long:.3f} s"


def look_everywhere(pattern: re.Pattern[str]) -> Callable[[str], Any]:
    def work(text: str) -> None:
        pattern.match(text)
        pattern.fullmatch(text)
        for _match in pattern.finditer(text):
            pass

    return work


@pytest.mark.many
@pytest.mark.parametrize("where", EXPRESSIONS, ids=ascii)
def test_expressions(where):
    pattern = EXPRESSIONS[where]
    work = look_everywhere(pattern)
    for unit in units(pattern):
        assert_linear(work, unit, 2_000)
        assert_linear(work, unit, 2_000, before="".join(units(pattern)[:3]))


@pytest.mark.many
@pytest.mark.parametrize("name", PARSERS)
def test_parsers(name):
    parse, worst = PARSERS[name]
    for unit in worst:
        assert_linear(parse, unit, 10_000)


@pytest.mark.many
def test_the_list_is_found_and_the_measure_finds_what_is_quadratic():
    assert len(EXPRESSIONS) > 30
    assert any(where.startswith("response.core.text.references:") for where in EXPRESSIONS)
    for pattern, unit in ((r"<+(?=[@#!])", "<"), (r"[^@\s]+@[^@\s]+\.[^@\s]+", "a@" + "." * 9)):
        quadratic = look_everywhere(re.compile(pattern))
        with pytest.raises(AssertionError):
            assert_linear(quadratic, unit[-1], 2_000, before=unit[:-1])
