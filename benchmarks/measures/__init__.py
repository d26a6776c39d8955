"""What is measured. A measure takes a :class:`~benchmarks.stage.Stage` and records results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measures import ack, effects

if TYPE_CHECKING:
    from benchmarks.stage import Stage


@dataclass(frozen=True)
class Measure:
    """One that can be chosen by name."""

    name: str
    about: str
    run: Callable[[Stage], None]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("ack", "how fast requests are answered, idle and with a backlog", ack.measure),
        Measure("effects", "how fast messages are counted, and a backlog drained", effects.measure),
    )
}
