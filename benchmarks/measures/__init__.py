"""What is measured. A measure takes a :class:`~benchmarks.stage.Stage` and records results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measures import (
    ack,
    calls,
    client,
    effects,
    forms,
    memory,
    read,
    startup,
    tick,
)

if TYPE_CHECKING:
    from benchmarks.plan import Plan
    from benchmarks.stage import Stage
    from benchmarks.subjects import Setup

#: In which of the plan's setups something is measured: all of them, one for each database, or one.
ALL, DATABASES, ONE = "all", "databases", "one"


@dataclass(frozen=True)
class Measure:
    """One that can be chosen by name."""

    name: str
    about: str
    run: Callable[[Stage], None]
    setups: str = ALL

    def applies_to(self, setup: Setup, plan: Plan) -> bool:
        """Whether it is run in ``setup``, of those that the plan has."""
        if self.setups == ALL:
            return True
        if self.setups == DATABASES and plan.every_database:
            of_database = (other for other in plan.setups if other.database == setup.database)
            return setup == next(of_database)
        return setup == plan.setups[0]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("client", "what the load client can do at most", client.measure, ONE),
        Measure("ack", "how fast requests are answered, idle and with a backlog", ack.measure),
        Measure("effects", "how fast messages are counted, and a backlog drained", effects.measure),
        Measure("forms", "how fast a submitted form is answered", forms.measure, DATABASES),
        Measure("read", "pages and lists of few and of many incidents", read.measure, DATABASES),
        Measure("tick", "the regular work with many open incidents", tick.measure, DATABASES),
        Measure("calls", "calls of Slack's Web API in an incident's life", calls.measure, ONE),
        Measure("startup", "time and memory of a web process", startup.measure, ONE),
        Measure("memory", "growth of a web process", memory.measure, ONE),
    )
}
