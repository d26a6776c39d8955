"""How fast Slack's requests are answered."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.load import Load, Request, run
from benchmarks.processes import PATIENCE
from benchmarks.subjects import RESPONSE, THREADS, Response, Subject

if TYPE_CHECKING:
    from benchmarks.stage import Stage

Traffic = Callable[[], Iterator[Request]]

IDLE: dict[str, Traffic] = {
    "message": traffic.messages,
    "elsewhere": traffic.messages_elsewhere,
    "command": traffic.commands,
    "button": traffic.buttons,
}


def cases(subject: Subject) -> dict[str, Traffic]:
    """What a subject is asked. The bare view does the same for all, and Bolt's listener counts."""
    return IDLE if subject.name == RESPONSE else {"message": traffic.messages}


def send(stage: Stage, subject: Subject, requests: Iterator[Request]) -> Load:
    """Run a load of the plan's size on a subject. Raises ``RuntimeError`` if none was answered."""
    load = run(
        itertools.islice(requests, stage.plan.requests),
        subject.addresses,
        connections=THREADS,
        seconds=stage.plan.seconds,
        keep_alive=stage.plan.keep_alive,
    )
    if not load.answered:
        words = "\n".join(process.last_words() for process in subject.processes)
        raise RuntimeError(f"{subject.name} answered none of {load.refused} requests:\n{words}")
    return load


def measure(stage: Stage) -> None:
    """Interleaved rounds of all subjects; then Response alone with a backlog."""
    for subject in stage.subjects:
        for requests in cases(subject).values():
            warm(stage, subject, requests())
    for subject in stage.rounds():
        for case, requests in cases(subject).items():
            cpu = subject.web_cpu()
            load = send(stage, subject, requests())
            values = load.values() | {"cpu_ms": each(cpu, subject.web_cpu(), load.answered)}
            stage.record("ack", case, subject.name, values)
            calm(stage, subject)
    _with_backlog(stage)


def warm(stage: Stage, subject: Subject, requests: Iterator[Request]) -> None:
    """Send the plan's number of requests, and see that effects come at all.

    Raises ``RuntimeError`` if none does.
    """
    before = subject.counted()
    warming = itertools.chain(
        itertools.islice(requests, stage.plan.warm_up), itertools.islice(traffic.messages(), 1)
    )
    run(warming, subject.addresses, connections=THREADS)
    _until(subject, lambda: subject.counted() > before, "a message is counted")
    calm(stage, subject)


def _until(subject: Subject, condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        for process in subject.processes:
            process.check()
        if time.monotonic() > deadline:
            words = "\n".join(process.last_words() for process in subject.processes)
            raise RuntimeError(f"{subject.name}: waited in vain until {what}\n{words}")
        time.sleep(0.02)


def each(before: float | None, after: float | None, count: int) -> float | None:
    """From seconds of processor time before and after to milliseconds for each of ``count``."""
    return None if before is None or after is None else (after - before) * 1000 / count


def calm(stage: Stage, subject: Subject) -> None:
    """Have a subject finish, or forget, what it has been given, before the next is measured."""
    if subject.settle(0.5):
        subject.discard()
        subject.settle(stage.plan.patience)


def _with_backlog(stage: Stage) -> None:
    response = stage.response
    if response is None:
        return
    for _round in range(stage.plan.rounds):
        if response.waiting() < stage.plan.backlog / 2:
            fill(stage, response)
        load = send(stage, response, traffic.messages())
        # Of a backlog that ended before the load did, the values say too little.
        stage.record(
            "ack", "message, backlog", response.name, load.values() | {"left": response.waiting()}
        )
    calm(stage, response)


def fill(stage: Stage, response: Response) -> None:
    """Have ``plan.backlog`` requests waiting, and the first of them done."""
    store(stage, response)
    done = response.reactions()
    begin(response)
    _until(response, lambda: response.reactions() > done, "the backlog is worked on")


def store(stage: Stage, response: Response) -> None:
    """Have ``plan.backlog`` requests accepted while nothing works.

    They are events that a handler of the project takes: only a worker can do them.
    """
    response.stop_workers()
    count = max(stage.plan.backlog - response.waiting(), 1)
    process, address = response.web_process("filler", **response.nobody_woken())
    try:
        process.start()
        response.wait_for(process, address)
        filled = run(
            itertools.islice(traffic.reactions(), count),
            [address],
            connections=THREADS,
            seconds=120,
        )
    finally:
        process.stop()
    if filled.answered < count:
        raise RuntimeError(f"Of {count} requests for the backlog {filled.answered} were accepted")


def begin(response: Response) -> None:
    """Let the work begin. Where the web process works, it is the next request that wakes it."""
    response.start_workers()
    run(itertools.islice(traffic.reactions(), 1), response.addresses[:1], connections=1)
