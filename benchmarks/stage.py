"""The subjects of one setup, running side by side."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.databases import Database, Databases
from benchmarks.peers.environments import python_of
from benchmarks.plan import Plan
from benchmarks.processes import Process, environment, free_port, wait_until_answers
from benchmarks.results import Results
from benchmarks.subjects import RESPONSE, Peer, Response, Setup, Subject


class Stage:
    """Starts what a setup needs and stops it; a context manager."""

    def __init__(
        self,
        plan: Plan,
        setup: Setup,
        names: list[str],
        results: Results,
        databases: Databases,
        place: Path,
        worker: tuple[str, ...] = (),
    ) -> None:
        self.plan, self.setup, self.results = plan, setup, results
        self._databases, self.place = databases, place
        self._names, self._worker = names, worker
        port = free_port()
        self._slack_address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "benchmarks.fake_slack", str(port)]
        self._slack = Process("slack", command, environment(), place)
        self.subjects: list[Subject] = []
        self.response: Response | None = None

    def __enter__(self) -> Stage:
        try:
            self._slack.start()
            wait_until_answers(self._slack, f"{self._slack_address}/calls")
            for name in self._names:
                subject = self.make(name)
                self.subjects.append(subject)
                if isinstance(subject, Response):
                    self.response = subject
                subject.start()
            for subject in self.subjects:
                subject.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for subject in self.subjects:
            subject.stop()
            subject.database.drop()
        self._slack.stop()

    # Subjects

    def make(self, name: str, suffix: str = "", template: Database | None = None) -> Subject:
        """A subject that does not run yet, with a database of its own, filled as all are.

        Another than the usual ``template`` gives it other rows. Who makes one beside those of the
        stage stops it and drops its database.
        """
        if template is None:
            template = self.template(name)
        called = f"{self.setup.key}-{name}{suffix}"
        return self._subject(name, self._databases.make(self.setup.database, called, template))

    def template(
        self, name: str, suffix: str = "", fill: Callable[[Subject], None] = lambda subject: None
    ) -> Database:
        """A database as ``make`` copies it; with a ``suffix``, one that ``fill`` has added to."""
        kind = "response" if name == RESPONSE else "peers"
        if suffix:
            return self._databases.template(
                self.setup.database,
                f"{kind}{suffix}",
                lambda database: fill(self._subject(name, database)),
                self.template(name),
            )
        return self._databases.template(
            self.setup.database, kind, lambda database: self._subject(name, database).prepare()
        )

    def _subject(self, name: str, database: Database) -> Subject:
        slack = f"{self._slack_address}/api/"
        if name == RESPONSE:
            return Response(name, self.setup, database, self.place, slack, self._worker)
        python = python_of(name.partition("-")[0])
        return Peer(name, self.setup, database, self.place, slack, python)

    def rounds(self, count: int | None = None) -> Iterator[Subject]:
        """The subjects, round after round (the plan's number); each begins with another one."""
        for number in range(count or self.plan.rounds):
            first = number % len(self.subjects)
            yield from self.subjects[first:] + self.subjects[:first]

    # Slack

    def slack_calls(self) -> dict[str, int]:
        """How often each method of the Web API has been called since this was last asked."""
        with urllib.request.urlopen(f"{self._slack_address}/calls", data=b"", timeout=10) as answer:
            calls: dict[str, Any] = json.load(answer)
        return {name: int(count) for name, count in calls.items()}

    # Results

    def record(
        self, measure: str, case: str, subject: str, values: Mapping[str, float | None]
    ) -> None:
        """Store the values of a round."""
        self.results.add(measure, self.setup.key, case, subject, values)

    def say(self, text: str) -> None:
        """Print the progress."""
        print(f"{time.strftime('%H:%M:%S')} {self.setup}: {text}", file=sys.stderr, flush=True)
