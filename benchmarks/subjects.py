"""The programs that are measured: their processes, databases, and what counts as an effect."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import traffic
from benchmarks.databases import Database
from benchmarks.processes import (
    ROOT,
    Process,
    cpu_seconds,
    environment,
    free_port,
    memory_mb,
    wait_until_answers,
)

BARE, BOLT_SYNC, BOLT_LAZY, RESPONSE = "bare", "bolt-sync", "bolt-lazy", "response"
PEERS = (BARE, BOLT_SYNC, BOLT_LAZY)
#: Threads of a web process, and connections that the client keeps to it.
THREADS = 8


@dataclass(frozen=True)
class Setup:
    """How the subjects run. ``where`` the work is done: ``web`` or ``worker``."""

    database: str
    web: int
    where: str

    def __str__(self) -> str:
        processes = f"{self.web} web process{'es' if self.web > 1 else ''}"
        place = "in them" if self.where == "web" else "in as many worker processes"
        return f"{self.database}, {processes}, work {place}"

    @property
    def key(self) -> str:
        """The key for file names and JSON."""
        return f"{self.database}-{self.web}-{self.where}"


class Subject:
    """One of those that are measured, with its web processes running."""

    #: SQL that adds up to the number of messages that were counted.
    effects: str
    #: The interpreter, and its arguments to migrate and fill the database.
    python: str
    preparation: tuple[str, ...]

    def __init__(
        self, name: str, setup: Setup, database: Database, place: Path, slack: str
    ) -> None:
        self.name = name
        self.setup = setup
        self.database = database
        self.place = place
        self.env = environment(
            DATABASE_URL=database.url, SLACK_API_URL=slack, **self.own_environment()
        )
        self.web: list[Process] = []
        self.workers: list[Process] = []
        self.addresses: list[tuple[str, int]] = []

    def own_environment(self) -> dict[str, str]:
        """The environment variables of this subject alone."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Migrate and fill the database."""
        given = {"people": traffic.PEOPLE, "channels": traffic.CHANNELS}
        self.run(*self.preparation, given=given)

    def run(self, *arguments: str, given: Any = None) -> Any:
        """Run Python inside the project, with JSON in; returns its output, JSON decoded if any."""
        ran = subprocess.run(
            [self.python, *arguments],
            env=self.env, cwd=ROOT, timeout=600, text=True,
            input=json.dumps(given), capture_output=True, check=False,
        )  # fmt: skip
        if ran.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(arguments)} failed:\n{ran.stderr}")
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    def web_process(self, name: str, **extra: str) -> tuple[Process, tuple[str, int]]:
        """A web process, not started, and its address."""
        port = free_port()
        command = [
            self.python, "-m", "gunicorn", "benchmarks.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS),
            "--keep-alive", "75", "--log-level", "warning",
        ]  # fmt: skip
        process = Process(f"{self.name}-{name}", command, {**self.env, **extra}, self.place)
        return process, ("127.0.0.1", port)

    def worker_processes(self) -> list[Process]:
        """Those that work beside the web processes; not started."""
        return []

    def start(self) -> None:
        """Start all processes; ``wait`` waits until they answer."""
        for number in range(self.setup.web):
            process, address = self.web_process(f"web{number + 1}")
            self.web.append(process.start())
            self.addresses.append(address)
        self.start_workers()

    def start_workers(self) -> None:
        """Start the worker processes, if it has any."""
        self.workers = [process.start() for process in self.worker_processes()]

    def stop_workers(self) -> None:
        """Kill the worker processes."""
        for process in self.workers:
            process.stop()
        self.workers = []

    def wait(self) -> None:
        """Until the web processes answer."""
        for process, address in zip(self.web, self.addresses, strict=True):
            self.wait_for(process, address)

    @staticmethod
    def wait_for(process: Process, address: tuple[str, int]) -> None:
        """Wait until a process answers."""
        wait_until_answers(process, f"http://{address[0]}:{address[1]}/slack/event")

    def stop(self) -> None:
        """Kill all processes of the subject."""
        self.stop_workers()
        for process in self.web:
            process.stop()
        self.web, self.addresses = [], []

    @property
    def processes(self) -> list[Process]:
        """All running processes of the subject."""
        return [*self.web, *self.workers]

    def cpu(self) -> float | None:
        """Seconds of a core that all its processes have taken."""
        return cpu_seconds(self.processes)

    def web_cpu(self) -> float | None:
        """The same of its web processes alone."""
        return cpu_seconds(self.web)

    def memory(self) -> float | None:
        """MB of its web processes."""
        return memory_mb(self.web)

    def counted(self) -> int:
        """How many messages have been counted until now."""
        return self.database.number(self.effects)

    def settle(self, limit: float) -> int:
        """Wait until nothing is left to do, at most ``limit`` seconds. Returns what is left."""
        deadline = time.monotonic() + limit
        while (left := self.waiting()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def waiting(self) -> int:
        """How much there is to do."""
        return 0

    def discard(self) -> None:
        """Forget what is left to do."""


class Peer(Subject):
    """The bare view, or slack_bolt."""

    preparation = ("-m", "benchmarks.peers.seed")

    def __init__(
        self, name: str, setup: Setup, database: Database, place: Path, slack: str, python: str
    ) -> None:
        self.python = python
        super().__init__(name, setup, database, place, slack)
        self.effects = (
            "SELECT max(id) FROM peers_stored"
            if self.name == BARE
            else "SELECT sum(messages) FROM peers_written"
        )

    def own_environment(self) -> dict[str, str]:
        """Which peer it is."""
        return {
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
            "PEER": "bare" if self.name == BARE else "bolt",
            "BOLT_LISTENER": self.name.removeprefix("bolt-"),
        }

    def settle(self, limit: float) -> int:
        """Wait until the count stands still: what waits in its threads it does not tell."""
        deadline = time.monotonic() + limit
        before = -1
        while self.name == BOLT_LAZY and time.monotonic() < deadline:
            counted = self.counted()
            if counted == before:
                break
            before = counted
            time.sleep(0.1)
        return 0


class Response(Subject):
    """Response, in a project as its README says."""

    python = sys.executable
    preparation = ("-m", "benchmarks.project.inside", "prepare")
    effects = "SELECT sum(message_count) FROM response_userstats"
    #: Work that the project's own handlers did, see ``benchmarks.project.slack_handlers``.
    rows = "SELECT count(*) FROM response_timelineevent WHERE event_type = '{}'"

    def __init__(
        self,
        name: str,
        setup: Setup,
        database: Database,
        place: Path,
        slack: str,
        worker: tuple[str, ...] = (),
    ) -> None:
        """``worker`` is the ``manage.py`` command of the worker process."""
        self._worker_command = worker or default_worker_command()
        super().__init__(name, setup, database, place, slack)

    def own_environment(self) -> dict[str, str]:
        """Who is woken."""
        return {
            "DJANGO_SETTINGS_MODULE": "benchmarks.project.settings",
            "BENCHMARK_SETTINGS": json.dumps({"RESPONSE_RUNNER": RUNNERS[self.setup.where]}),
        }

    @staticmethod
    def nobody_woken() -> dict[str, str]:
        """Additions to the environment with which a web process only stores."""
        return {"BENCHMARK_SETTINGS": json.dumps({"RESPONSE_RUNNER": RUNNERS["worker"]})}

    def reactions(self) -> int:
        """How often the project's handler of reactions has done its work."""
        return self.database.number(self.rows.format("bench_reaction"))

    def worker_processes(self) -> list[Process]:
        """As many as web processes, or none where these do the work."""
        if self.setup.where == "web":
            return []
        arguments = [self.python, "-m", "django", *self._worker_command, "--skip-checks"]
        return [
            Process(f"{self.name}-worker{number + 1}", arguments, self.env, self.place)
            for number in range(self.setup.web)
        ]

    def waiting(self) -> int:
        """Requests and messages that are still to be worked on or sent."""
        return self.database.number(
            "SELECT (SELECT count(*) FROM response_inboxrequest WHERE status = 'pending')"
            " + (SELECT count(*) FROM response_outboxmessage WHERE status = 'waiting')"
        )

    def discard(self) -> None:
        """Delete the requests and jobs that wait."""
        self.database.query("DELETE FROM response_inboxrequest WHERE status = 'pending'")
        self.database.query("DELETE FROM response_outboxmessage WHERE status = 'waiting'")


#: Public names of runners, for ``RESPONSE_RUNNER``.
RUNNERS = {
    "web": "response.worker.runners.AfterResponseRunner",
    "worker": "response.worker.runners.TickRunner",
}


def default_worker_command() -> tuple[str, ...]:
    """``response_worker`` where this Response has it, else the tick that never ends."""
    commands = ROOT / "response/management/commands"
    if (commands / "response_worker.py").exists():
        return ("response_worker",)
    return ("response_tick", "--forever")
