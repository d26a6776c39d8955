"""How pages and lists of the API are answered, with few incidents and with many."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.load import Load, Request, run
from benchmarks.subjects import RESPONSE, Subject

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: Entries of the timelines of the two documents that are read.
SHORT, LONG = 20, 2000


def case(name: str, incidents: int) -> str:
    """Return the name of the row in the table."""
    return f"{name} (of {incidents:,})"


@dataclass
class Reading:
    """A database of one size: ``read`` has ``path`` and ``queries`` by the name of what is read."""

    size: int
    subject: Subject
    cookie: str
    read: dict[str, dict[str, Any]]

    def ask(self, path: str, count: int, seconds: float) -> Load:
        """One reader asks ``count`` times, or as long as ``seconds``."""
        request = Request(path, headers=f"Cookie: {self.cookie}\r\n")
        return run([request] * count, self.subject.addresses, connections=1, seconds=seconds)


def measure(stage: Stage) -> None:
    """One reader, a web process for each size, all sizes in each round."""
    plan = stage.plan
    with contextlib.ExitStack() as stack:
        readings = []
        for size in plan.incidents:
            subject = _filled(stage, size)
            stack.callback(subject.database.drop)
            stack.callback(subject.stop)
            subject.start()
            found = subject.run("-m", "benchmarks.project.inside", "reader")
            readings.append(Reading(size, subject, found["cookie"], found["read"]))
        for reading in readings:
            reading.subject.wait()
            for what in reading.read.values():
                reading.ask(what["path"], 2, plan.patience)
        for _round in range(plan.rounds):
            for reading in readings:
                for name, what in reading.read.items():
                    load = reading.ask(what["path"], plan.reads, plan.seconds * 4)
                    _record(stage, case(name, reading.size), reading, load, what["queries"])


def _record(stage: Stage, name: str, reading: Reading, load: Load, queries: int) -> None:
    values = load.values() | {
        "incidents": reading.size,
        "queries": queries,
        "kb": load.bytes / load.answered / 1000 if load.answered else None,
    }
    del values["per_second"]
    stage.record("read", name, reading.subject.name, values)


def _filled(stage: Stage, size: int) -> Subject:
    def fill(subject: Subject) -> None:
        given = {"incidents": size, "short": SHORT, "long": LONG}
        subject.run("-m", "benchmarks.project.inside", "fill", given=given)

    return stage.make(RESPONSE, f"-{size}", stage.template(RESPONSE, f"-{size}", fill))
