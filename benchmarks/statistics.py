"""From samples to the numbers of the table."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def percentile(samples: Sequence[float], percent: float) -> float:
    """The value below which ``percent`` (0 to 100) of the samples lie, interpolated linearly.

    Raises ``ValueError`` if there are no samples or ``percent`` is out of range.
    """
    if not samples:
        raise ValueError("no samples")
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is not a percentage")
    ordered = sorted(samples)
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclass(frozen=True)
class Spread:
    """One number, measured in several rounds."""

    median: float
    minimum: float
    maximum: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises ``ValueError`` if there are none."""
        if not values:
            raise ValueError("no rounds")
        return cls(statistics.median(values), min(values), max(values), len(values))

    def as_dict(self) -> dict[str, float]:
        """Return the values as a dict for JSON."""
        return {
            "median": self.median,
            "min": self.minimum,
            "max": self.maximum,
            "rounds": self.rounds,
        }


def summarise(rounds: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    """The spread of each value over the rounds. Rounds in which it is None are left out."""
    names = dict.fromkeys(name for values in rounds for name in values)
    found = {
        name: [value for values in rounds if (value := values.get(name)) is not None]
        for name in names
    }
    return {name: Spread.of(values).as_dict() for name, values in found.items() if values}


def ratio(value: float | None, base: float | None) -> float | None:
    """``value / base``; None where either is missing or the base is zero."""
    if value is None or not base:
        return None
    return value / base


def waits(acked: Sequence[float], counted: Sequence[tuple[float, int]]) -> list[float]:
    """How long each effect came after its ack, in seconds, matched in order of time.

    ``acked`` are the moments of the acks; ``counted`` are moments at which the number of
    effects had grown, with that number. The k-th effect is taken for the k-th ack's: exact
    where effects come in order, and in sum exact in any case. Effects that are seen before
    their ack (the work was done first) count as 0.
    """
    effects: list[float] = []
    for moment, count in counted:
        effects.extend([moment] * (count - len(effects)))
    return [max(effect - ack, 0.0) for ack, effect in zip(sorted(acked), effects, strict=False)]
