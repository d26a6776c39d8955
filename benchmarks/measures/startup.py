"""How long a web process takes to answer for the first time, and how much memory it has then."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING

from benchmarks.processes import PATIENCE, Process, memory_mb
from benchmarks.subjects import BARE, RESPONSE

if TYPE_CHECKING:
    from benchmarks.stage import Stage


def measure(stage: Stage) -> None:
    """Response's project beside the bare view's, which is an empty Django project."""
    for subject in stage.rounds(stage.plan.process_rounds):
        if subject.name not in (BARE, RESPONSE):
            continue
        process, (host, port) = subject.web_process("startup")
        began = time.monotonic()
        try:
            process.start()
            _first_answer(process, host, port)
            seconds = time.monotonic() - began
            memory = memory_mb([process])
        finally:
            process.stop()
        stage.record(
            "startup", "web process", subject.name, {"ms": seconds * 1000, "memory_mb": memory}
        )


def _first_answer(process: Process, host: str, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        process.check()
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        try:
            connection.request("GET", "/slack/event")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"{process.name} does not answer:\n{process.last_words()}")
