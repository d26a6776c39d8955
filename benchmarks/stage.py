"""The subjects of one setup, running side by side."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.databases import Database, Postgres, Sqlite
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
        place: Path,
        server: str = "",
        worker: tuple[str, ...] = (),
    ) -> None:
        self.plan, self.setup, self.results = plan, setup, results
        self.place, self._server = place, server
        self._slack_port = free_port()
        self._slack = Process(
            "slack",
            [sys.executable, "-m", "benchmarks.fake_slack", str(self._slack_port)],
            environment(),
            place,
        )
        self.slack_address = f"http://127.0.0.1:{self._slack_port}"
        self.subjects: list[Subject] = []
        self.response: Response | None = None
        for name in names:
            database = self.make_database(f"{setup.key}-{name}")
            if name == RESPONSE:
                self.response = Response(name, setup, database, place, self.slack_url)
                self.response.worker_command = worker
                self.subjects.append(self.response)
            else:
                python = python_of(name.partition("-")[0])
                self.subjects.append(Peer(python, name, setup, database, place, self.slack_url))

    @property
    def slack_url(self) -> str:
        """For ``SLACK_API_URL``."""
        return f"{self.slack_address}/api/"

    def make_database(self, name: str) -> Database:
        """An empty database of the setup's kind."""
        if self.setup.database == "postgres":
            return Postgres(name, self._server)
        return Sqlite(name, self.place)

    def __enter__(self) -> Stage:
        try:
            self._slack.start()
            wait_until_answers(self._slack, f"{self.slack_address}/calls")
            for subject in self.subjects:
                subject.prepare()
                subject.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for subject in self.subjects:
            subject.stop()
        self._slack.stop()
        for subject in self.subjects:
            subject.database.drop()

    def rounds(self) -> Iterator[Subject]:
        """The subjects, round after round; each round begins with another one."""
        for number in range(self.plan.rounds):
            first = number % len(self.subjects)
            yield from self.subjects[first:] + self.subjects[:first]

    def record(
        self, measure: str, case: str, subject: Subject, values: Mapping[str, float | None]
    ) -> None:
        """Note a round's values."""
        self.results.add(measure, self.setup.key, case, subject.name, values)

    def say(self, text: str) -> None:
        """Tell who watches how far it is."""
        print(f"{time.strftime('%H:%M:%S')} {self.setup}: {text}", file=sys.stderr, flush=True)
