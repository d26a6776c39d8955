"""How fast what was acked is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.databases import Database
from benchmarks.load import Load, run
from benchmarks.measures.ack import begin, calm, each, send, store, warm
from benchmarks.processes import PATIENCE
from benchmarks.statistics import percentile, waits
from benchmarks.subjects import BARE, BOLT_SYNC, THREADS, Response, Subject

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: Messages a second for the time from ack to effect.
RATE = 50


class Watch(threading.Thread):
    """Notes when a count grows, from a thread of its own.

    ``seen`` holds the moments, on the monotonic clock, each with by how much the count is then
    higher than at the start.
    """

    def __init__(
        self, database: Database, count: Callable[[], int], interval: float = 0.005
    ) -> None:
        """``count`` asks ``database``, every ``interval`` seconds."""
        super().__init__(daemon=True)
        self._database = database
        self._count = count
        self._interval = interval
        self._over = threading.Event()
        self.before = count()
        self.seen: list[tuple[float, int]] = []
        self.start()

    def run(self) -> None:
        try:
            while not self._over.wait(self._interval):
                self._look()
        finally:
            self._database.forget()  # the connection is this thread's

    def _look(self) -> None:
        number = self._count() - self.before
        if number != self.number:
            self.seen.append((time.monotonic(), number))

    @property
    def number(self) -> int:
        """By how much the count is higher than at the start."""
        return self.seen[-1][1] if self.seen else 0

    def wait_for(self, number: int, seconds: float, *, go_on: bool = False) -> None:
        """Until the count has grown by ``number``, or ``seconds`` have passed.

        Then stop watching, unless told to ``go_on``.
        """
        deadline = time.monotonic() + seconds
        while self.number < number and time.monotonic() < deadline:
            time.sleep(self._interval)
        if go_on:
            return
        # A while more, for what comes twice.
        time.sleep(0.05)
        self._over.set()
        self.join()


def measure(stage: Stage) -> None:
    """Bursts and a steady rate, interleaved; then Response's backlog."""
    for subject in stage.subjects:
        warm(stage, subject, traffic.messages())
    for subject in stage.rounds():
        _burst(stage, subject)
        if subject.name not in (BARE, BOLT_SYNC):  # theirs come before the ack
            _steady(stage, subject)
    _drain(stage)


def _burst(stage: Stage, subject: Subject) -> None:
    """As many as are acked in the plan's seconds: how long until all are counted?"""
    cpu = subject.cpu()
    watch = Watch(subject.database, subject.counted, 0.01)
    load = send(stage, subject, traffic.messages())
    watch.wait_for(load.answered, stage.plan.patience)
    stage.record(
        "effects",
        "burst",
        subject.name,
        {
            "per_second": _rate(load, watch, stage.plan.patience),
            "acks_per_second": load.answered / load.seconds,
            "cpu_ms": each(cpu, subject.cpu(), load.answered),
            **_kept(subject, load, watch),
        },
    )
    calm(stage, subject)


def _rate(load: Load, watch: Watch, patience: float) -> float:
    if not watch.seen:
        return 0.0
    end = watch.seen[-1][0] if watch.number >= load.answered else None
    return watch.number / ((end - load.began) if end else load.seconds + patience)


def _kept(subject: Subject, load: Load, watch: Watch) -> dict[str, float | None]:
    """Effects that did not come within the plan's patience; that will never come; too many.

    Only Response tells what it has still to do, so that only of it lost can be told from late.
    """
    late = max(load.answered - watch.number, 0)
    values: dict[str, float | None] = {
        "late": late,
        "doubled": max(watch.number - load.answered, 0),
    }
    if isinstance(subject, Response):
        nothing_left = subject.waiting() == 0
        never = load.answered - (subject.counted() - watch.before)
        values["lost"] = max(never, 0) if late and nothing_left else 0
    return values


def _steady(stage: Stage, subject: Subject) -> None:
    watch = Watch(subject.database, subject.counted)
    load = run(
        traffic.messages(),
        subject.addresses,
        connections=THREADS,
        seconds=stage.plan.rate_seconds,
        rate=RATE,
    )
    watch.wait_for(load.answered, stage.plan.patience)
    # What has not come by now comes now at the earliest.
    seen = [*watch.seen, (time.monotonic(), load.answered)]
    waited = waits(load.acked, seen)
    stage.record(
        "effects",
        f"at {RATE}/s",
        subject.name,
        {
            "p50_ms": percentile(waited, 50) * 1000,
            "p99_ms": percentile(waited, 99) * 1000,
            **_kept(subject, load, watch),
        },
    )
    calm(stage, subject)


def _drain(stage: Stage) -> None:
    response = stage.response
    if response is None:
        return
    store(stage, response)
    waiting = response.waiting()
    watch = Watch(response.database, response.reactions, 0.01)
    began = time.monotonic()
    begin(response)
    watch.wait_for(1, PATIENCE, go_on=True)
    watch.wait_for(waiting, stage.plan.backlog_seconds)
    stage.record(
        "effects",
        "backlog",
        response.name,
        {"per_second": drained(watch.seen, began), "left": response.waiting()},
    )
    calm(stage, response)


def drained(seen: Sequence[tuple[float, int]], began: float) -> float:
    """Effects a second, from the first that was seen to the last.

    The time until the first is that of a process to start, and is left out; if all were seen at
    once, they took at most the time since ``began``.
    """
    if not seen:
        return 0.0
    (first, few), (last, many) = seen[0], seen[-1]
    return (many - few) / (last - first) if many > few else many / (last - began)
