"""How much is measured: the short form, the long one, and a tiny one for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.subjects import Setup


@dataclass(frozen=True)
class Plan:
    """Counts and seconds. Loads end at whichever comes first."""

    name: str
    setups: tuple[Setup, ...]
    rounds: int
    #: Seconds of each load, and the most requests in it.
    seconds: float
    requests: int
    #: Seconds to wait for effects before those that are missing are left out.
    patience: float
    #: Seconds at 50 requests a second, for the time from ack to effect.
    rate_seconds: float
    #: Requests that wait while others are acked, and seconds to work them off.
    backlog: int
    backlog_seconds: float
    #: Forms that are submitted in a round.
    forms: int
    #: Incidents that there are when pages and lists are read, and how often each is read.
    incidents: tuple[int, ...]
    reads: int
    #: Open incidents at a tick.
    open_incidents: tuple[int, ...]
    #: Requests after which a process's memory is looked at.
    memory_requests: int
    #: Rounds of what starts a process for each.
    process_rounds: int
    #: Whether pages and the tick are measured on every database, or on the first one alone.
    every_database: bool
    #: Requests with which each subject is made warm.
    warm_up: int = 40
    #: Whether the client keeps its connections.
    keep_alive: bool = True

    def scaled(self, factor: float) -> Plan:
        """Return the plan with counts and times of loads multiplied; at least some is left."""

        def count(number: int, least: int) -> int:
            return max(round(number * factor), min(number, least))

        return replace(
            self,
            seconds=max(self.seconds * factor, min(self.seconds, 0.3)),
            requests=count(self.requests, 20),
            rate_seconds=max(self.rate_seconds * factor, min(self.rate_seconds, 0.2)),
            backlog=count(self.backlog, 20),
            forms=count(self.forms, 1),
            incidents=tuple(sorted({count(number, 20) for number in self.incidents})),
            reads=count(self.reads, 2),
            open_incidents=tuple(sorted({count(number, 5) for number in self.open_incidents})),
            memory_requests=count(self.memory_requests, 20),
        )


EVERY_SETUP = tuple(
    Setup(database, web, where)
    for database in ("postgres", "sqlite")
    for web in (1, 2)
    for where in ("web", "worker")
)

SHORT = Plan(
    name="short",
    setups=(
        Setup("postgres", 1, "web"),
        Setup("postgres", 1, "worker"),
        Setup("sqlite", 1, "web"),
    ),
    rounds=3,
    seconds=0.3,
    requests=400,
    patience=3,
    rate_seconds=0.8,
    backlog=250,
    backlog_seconds=2,
    forms=4,
    incidents=(100, 3_000),
    reads=5,
    open_incidents=(500, 5_000),
    memory_requests=400,
    process_rounds=1,
    every_database=False,
    warm_up=20,
)
LONG = Plan(
    name="long",
    setups=EVERY_SETUP,
    rounds=5,
    seconds=2,
    requests=2000,
    patience=60,
    rate_seconds=5,
    backlog=5000,
    backlog_seconds=30,
    forms=30,
    incidents=(100, 10_000, 100_000),
    reads=100,
    open_incidents=(500, 5_000),
    memory_requests=50_000,
    process_rounds=5,
    every_database=True,
)
TINY = Plan(
    name="tiny",
    setups=(Setup("sqlite", 1, "web"),),
    rounds=1,
    seconds=0.5,
    requests=10,
    patience=10,
    rate_seconds=0.2,
    backlog=10,
    backlog_seconds=2,
    forms=1,
    incidents=(20, 40),
    reads=2,
    open_incidents=(5,),
    memory_requests=20,
    process_rounds=1,
    every_database=True,
    warm_up=2,
)
PLANS = {plan.name: plan for plan in (SHORT, LONG, TINY)}
