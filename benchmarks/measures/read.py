"""How pages and lists of the API are answered, with few incidents and with many."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from benchmarks.load import Request, run
from benchmarks.subjects import RESPONSE, Response, Subject

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: Entries of the timelines of the two documents.
SHORT, LONG = 20, 2000


def paths(documents: dict[str, int]) -> dict[str, str]:
    """What is read, by the name that the table has for it."""
    return {
        "list": "/",
        "list, filters": "/?status=closed&severity=1",
        "list, search": "/?q=certificate",
        f"document, {SHORT} entries": f"/incident/{documents['short']}/",
        f"document, {LONG:,} entries": f"/incident/{documents['long']}/",
        "API list of 100": "/core/incidents/?limit=100",
        "API, filters": "/core/incidents/?limit=100&severity=1&is_closed=true",
        "API, search": "/core/incidents/?limit=100&search=certificate",
    }


def case(name: str, incidents: int) -> str:
    """How the table calls it."""
    return f"{name} (of {incidents:,})"


def measure(stage: Stage) -> None:
    """One reader, a web process for each size, all sizes in each round."""
    with contextlib.ExitStack() as stack:
        readings = []
        for size in stage.plan.incidents:
            subject = _filled(stage, size)
            stack.callback(subject.database.drop)
            stack.callback(subject.stop)
            found = subject.run("-m", "benchmarks.project.inside", "reader")
            asked = paths(found["documents"])
            counted = subject.run(
                "-m", "benchmarks.project.inside", "queries", given=list(asked.values())
            )
            subject.start()
            header = f"Cookie: {found['cookie']}\r\n"
            for path in asked.values():
                run([Request(path, headers=header)] * 2, subject.addresses, connections=1)
            readings.append((size, subject, asked, header, counted))
        for _round in range(stage.plan.rounds):
            for size, subject, asked, header, counted in readings:
                for name, path in asked.items():
                    load = run(
                        [Request(path, headers=header)] * stage.plan.reads,
                        subject.addresses,
                        connections=1,
                        seconds=stage.plan.seconds * 2,
                    )
                    values = load.values() | {
                        "incidents": size,
                        "queries": counted[path],
                        "kb": load.bytes / load.answered / 1000 if load.answered else None,
                    }
                    del values["per_second"]
                    stage.record("read", case(name, size), subject.name, values)


def _filled(stage: Stage, size: int) -> Subject:
    def fill(subject: Subject) -> None:
        given = {"incidents": size, "short": SHORT, "long": LONG}
        subject.run("-m", "benchmarks.project.inside", "fill", given=given)

    template = stage.template(RESPONSE, f"-{size}", fill)
    subject = stage.make(RESPONSE, f"-{size}", template)
    assert isinstance(subject, Response)
    return subject
