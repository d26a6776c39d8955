"""Whether a web process grows with what it has answered."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.load import run
from benchmarks.measures.ack import calm
from benchmarks.subjects import BARE, RESPONSE, THREADS

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: Seconds, however many requests the plan has.
LONGEST = 900


def measure(stage: Stage) -> None:
    """Half of the events are of incidents' channels, half of others."""
    for subject in stage.subjects:
        if subject.name not in (BARE, RESPONSE):
            continue
        mixed = itertools.chain.from_iterable(
            zip(traffic.messages(), traffic.messages_elsewhere(), strict=True)
        )
        count = stage.plan.memory_requests
        # What is loaded and cached with first requests is no growth.
        run(itertools.islice(mixed, max(count // 20, 20)), subject.addresses, connections=THREADS)
        calm(stage, subject)
        before = subject.memory()
        load = run(
            itertools.islice(mixed, count),
            subject.addresses,
            connections=THREADS,
            seconds=LONGEST,
        )
        calm(stage, subject)
        after = subject.memory()
        values = {
            "requests": float(load.answered),
            "memory_mb": after,
            "grown_mb": after - before if after and before else None,
        }
        stage.record("memory", f"after {count:,} requests", subject.name, values)
