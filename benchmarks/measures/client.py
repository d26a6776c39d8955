"""What the load client itself can do, so that it is known not to be the bottleneck."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.load import run
from benchmarks.processes import Process, environment, free_port, wait_until_answers
from benchmarks.subjects import THREADS

if TYPE_CHECKING:
    from benchmarks.stage import Stage


def measure(stage: Stage) -> None:
    """Measure the load client itself, against a server that does nothing."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.null_server", str(port)]
    process = Process("null", command, environment(), stage.place).start()
    try:
        wait_until_answers(process, f"http://127.0.0.1:{port}/")
        for _round in range(stage.plan.rounds):
            load = run(
                itertools.islice(traffic.messages(), stage.plan.requests * 5),
                [("127.0.0.1", port)],
                connections=THREADS,
                seconds=stage.plan.seconds,
            )
            stage.record("client", "message", "null server", load.values())
    finally:
        process.stop()
