"""How long a person waits who submits a form."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.load import Load, run
from benchmarks.measures.ack import calm, fill
from benchmarks.measures.effects import RATE
from benchmarks.subjects import THREADS, Response

if TYPE_CHECKING:
    from benchmarks.stage import Stage


def measure(stage: Stage) -> None:
    """The form that declares an incident: idle, and while messages come and a backlog waits."""
    response = stage.response
    if response is None:
        return
    run(itertools.islice(traffic.forms(), 2), response.addresses, connections=1)
    calm(stage, response)
    for _round in range(stage.plan.rounds):
        _record(stage, response, "idle", _submit(stage, response))
        calm(stage, response)
    for _round in range(stage.plan.rounds):
        if response.waiting() < stage.plan.backlog / 2:
            fill(stage, response)
        over = threading.Event()
        writing = threading.Thread(target=_write, args=(stage, response, over))
        writing.start()
        try:
            load = _submit(stage, response)
        finally:
            over.set()
            writing.join()
        _record(stage, response, f"{RATE} messages/s, backlog", load)
    calm(stage, response)


def _submit(stage: Stage, response: Response) -> Load:
    """One person after another submits the form."""
    return run(
        itertools.islice(traffic.forms(), stage.plan.forms),
        response.addresses,
        connections=1,
        seconds=stage.plan.patience,
    )


def _write(stage: Stage, response: Response, over: threading.Event) -> None:
    run(
        traffic.messages(),
        response.addresses,
        connections=THREADS,
        seconds=stage.plan.patience,
        rate=RATE,
        stop=over.is_set,
    )


def _record(stage: Stage, response: Response, case: str, load: Load) -> None:
    stage.record("forms", case, response.name, load.values())
