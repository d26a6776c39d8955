"""What is different between two texts, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

#: Comparing takes time that grows with the square of the lines. Beyond these, between what is
#: alike at the beginning and at the end, all lines are shown as taken out and put in.
MOST_LINES = 600
#: How many lines that are alike are shown around a difference.
AROUND = 3


@dataclass(frozen=True)
class Line:
    """A line. ``sign`` is ``+`` for one put in, ``-`` for one taken out, a space for one that is
    as it was, and ``…`` in place of lines that are left out."""

    sign: str
    text: str


def lines(before: str, after: str) -> list[Line]:
    """Return what turns ``before`` into ``after``, with some lines around each difference."""
    old, new = before.splitlines(), after.splitlines()
    head = _equal_lines(old, new)
    tail = _equal_lines(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    whole = [
        *(Line(" ", text) for text in old[:head]),
        *_changed(middle_old, middle_new),
        *(Line(" ", text) for text in old[len(old) - tail :]),
    ]
    return _shortened(whole)


def _equal_lines(old: list[str], new: list[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    if len(old) + len(new) > MOST_LINES:
        yield from (Line("-", text) for text in old)
        yield from (Line("+", text) for text in new)
        return
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield from (Line(" ", text) for text in old[i:j])
        else:
            yield from (Line("-", text) for text in old[i:j])
            yield from (Line("+", text) for text in new[k:m])


def _shortened(whole: list[Line]) -> list[Line]:
    near = [False] * len(whole)
    for number, line in enumerate(whole):
        if line.sign != " ":
            first = max(number - AROUND, 0)
            near[first : number + AROUND + 1] = [True] * (
                min(number + AROUND + 1, len(whole)) - first
            )
    shown: list[Line] = []
    for line, is_near in zip(whole, near, strict=True):
        if is_near:
            shown.append(line)
        elif not shown or shown[-1].sign != "…":
            shown.append(Line("…", ""))
    return shown
