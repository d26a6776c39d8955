"""The processes of the test: started, killed, started again, and none left behind."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from tests.ports import free_port
from tests.soak.deliver import SECRET

ROOT = Path(__file__).resolve().parents[2]
#: How many processes listen in the form "socket".
SOCKETS = 2


@dataclass
class Kill:
    """When to kill what: seconds after the first request, and a process's name."""

    at: float
    name: str


class Process(processes.Process):
    """A process that the test stops, continues, kills and starts again."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], place: Path):
        super().__init__(name, command, environment, place)
        self.lock = threading.Lock()

    def signal(self, number: int) -> None:
        """Send a signal to it and to what it has started."""
        with contextlib.suppress(ProcessLookupError, RuntimeError):
            os.killpg(self.session, number)


class Stage:
    """Everything that runs. ``form`` is ``one``, ``many`` or ``socket``."""

    def __init__(self, form: str, place: Path, database: str, broker: str = "") -> None:
        self.place = place
        self.form = form
        self.kills: Counter = Counter()
        self.outage_seconds = 0.0
        #: From when to when an answer of Slack's may not have been heard, or not been noted.
        self.windows: list[tuple[float, float]] = []
        sandbox_port = free_port()
        self.sandbox_environment = self._environment(
            DATABASE_URL=f"sqlite:///{place / 'sandbox.sqlite3'}",
            DJANGO_SETTINGS_MODULE="demo.settings",
            DEMO_URLS="tests.soak.sandbox_urls",
            SANDBOX="1",
            PORT=str(sandbox_port - 1),
        )
        self.environment = self._environment(
            DATABASE_URL=database,
            DJANGO_SETTINGS_MODULE="tests.soak.project.settings",
            SLACK_API_URL=f"http://127.0.0.1:{sandbox_port}/api/",
            SLACK_TOKEN="xoxb-sandbox",
            SLACK_SIGNING_SECRET=SECRET,
            SITE_URL="http://response.example.com",
            **({"SLACK_APP_TOKEN": "xapp-sandbox"} if form == "socket" else {}),
            LOG_LEVEL="INFO",
            **({"CELERY_BROKER_URL": broker} if broker else {}),
        )
        self.sandbox = Process(
            "sandbox",
            self._django("runserver", "--noreload", "--skip-checks", f"127.0.0.1:{sandbox_port}"),
            self.sandbox_environment,
            place,
        )
        self.sandbox_address = f"http://127.0.0.1:{sandbox_port}"
        self.addresses: list[str] = []
        self.processes = {process.name: process for process in self._cast(form, broker)}

    def _cast(self, form: str, broker: str) -> list[Process]:
        cast = []
        if form == "socket":
            self.addresses.append(f"{self.sandbox_address}/by-socket")
            listen = self._django("response_socket", "--skip-checks")
            tick = self._django("response_tick", "--forever")
            names = [f"socket{number}" for number in range(1, SOCKETS + 1)]
            return [*(self._process(name, listen) for name in names), self._process("tick", tick)]
        for number in range(1, 3 if form == "many" else 2):
            port = free_port()
            self.addresses.append(f"http://127.0.0.1:{port}")
            command = [sys.executable, "-m", "gunicorn", "demo.wsgi", "--bind",
                       f"127.0.0.1:{port}", "--threads", "8", "--log-level", "warning"]  # fmt: skip
            cast.append(self._process(f"web{number}", command))
        if broker:
            for number in (1, 2):
                command = [sys.executable, "-m", "celery", "-A", "demo.celery_app", "worker",
                           "--concurrency", "2", "--hostname", f"worker{number}@soak",
                           "--loglevel", "WARNING"]  # fmt: skip
                cast.append(self._process(f"worker{number}", command))
            command = [sys.executable, "-m", "celery", "-A", "demo.celery_app", "beat",
                       "--schedule", str(self.place / "beat"), "--pidfile", "",
                       "--loglevel", "WARNING"]  # fmt: skip
            cast.append(self._process("beat", command))
        else:
            cast.append(self._process("tick", self._django("response_tick", "--forever")))
        return cast

    def _process(self, name: str, command: list[str]) -> Process:
        return Process(name, command, self.environment, self.place)

    def _environment(self, **values: str) -> dict[str, str]:
        ours = ("SLACK_", "INCIDENT_", "RESPONSE_", "CELERY_", "DJANGO_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        return {**kept, "SECRET_KEY": "soak", "DEBUG": "false", "ALLOWED_HOSTS": "*",
                "PYTHONPATH": str(ROOT), **values}  # fmt: skip

    @staticmethod
    def _django(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "django", *arguments]

    # Beginning and end

    def open(self) -> None:
        """Migrate both databases; start the sandbox."""
        for environment in (self.environment, self.sandbox_environment):
            subprocess.run(
                self._django("migrate", "--verbosity", "0", "--skip-checks"),
                env=environment, cwd=ROOT, check=True,
            )  # fmt: skip
        self.sandbox.start()
        processes.wait_until_answers(self.sandbox, self.sandbox_address)

    def start(self) -> None:
        """Start the project's processes and wait for the web."""
        for process in self.processes.values():
            process.start()
        if self.form == "socket":
            listening = f"{self.addresses[0]}/count?at-least={SOCKETS}"
            processes.wait_until_answers(self.sandbox, listening, well=True)
            return
        for number, address in enumerate(self.addresses, start=1):
            web = self.processes[f"web{number}"]
            processes.wait_until_answers(web, f"{address}/slack/health")

    def close(self) -> None:
        """Kill all; also when the test was interrupted."""
        for process in [*self.processes.values(), self.sandbox]:
            process.signal(signal.SIGCONT)
            process.stop()

    def tick(self) -> None:
        """One tick, as cron runs it."""
        subprocess.run(self._django("response_tick", "--skip-checks"), env=self.environment,
                       cwd=ROOT, check=True, timeout=180)  # fmt: skip

    def fake_slack(self, work: str, given: Any = None) -> Any:
        """Run ``fake_slack.py`` on the sandbox's database."""
        ran = subprocess.run(
            [sys.executable, "-m", "tests.soak.fake_slack", work],
            env=self.sandbox_environment, cwd=ROOT, check=True, timeout=120,
            input=json.dumps(given), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return json.loads(ran.stdout)

    # What goes wrong

    def kill_and_restart(self, name: str, pause: float) -> None:
        """Kill a process now, and start it again after ``pause`` seconds."""
        process = self.processes[name]
        with process.lock:
            began = time.time()
            process.stop()
            self.windows.append((began - 0.5, time.time() + 0.1))
            self.kills[name] += 1
            time.sleep(pause)
            process.start()

    def outage(self, seconds: float, *, hang: bool) -> None:
        """Slack is away: hangs, or refuses connections."""
        began = time.time()
        if hang:
            self.sandbox.signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.sandbox.signal(signal.SIGCONT)
            # What was asked for meanwhile is done now, and its callers have gone.
            self.windows.append((began - 0.5, time.time() + 3))
        else:
            self.sandbox.stop()
            self.windows.append((began - 0.5, time.time() + 0.1))
            time.sleep(seconds)
            self.sandbox.start()
            processes.wait_until_answers(self.sandbox, self.sandbox_address)
        self.outage_seconds += seconds


class Misfortune(threading.Thread):
    """Kills processes by a schedule, or at random moments, until it is told to stop."""

    def __init__(
        self,
        stage: Stage,
        seed: int,
        *,
        every: tuple[float, float],
        schedule: list[Kill] | None = None,
        outages: list[float] | None = None,
        most: int = 10_000,
    ) -> None:
        super().__init__(daemon=True)
        self._stage = stage
        self._chance = random.Random(seed)
        self._every = every
        self._schedule = schedule
        self._outages = outages or []
        self._most = most
        self._over = threading.Event()

    def stop(self) -> None:
        """End the killing."""
        self._over.set()
        self.join()

    def run(self) -> None:
        began = time.monotonic()
        threads = [threading.Thread(target=self._run_outages, daemon=True)]
        for thread in threads:
            thread.start()
        for kill in self._kills():
            if self._over.wait(max(began + kill.at - time.monotonic(), 0)):
                break
            self._stage.kill_and_restart(kill.name, self._chance.uniform(0.1, 0.8))
        for thread in threads:
            thread.join()

    def _kills(self):
        if self._schedule is not None:
            yield from sorted(self._schedule, key=lambda kill: kill.at)
            return
        at = 0.0
        names = list(self._stage.processes)
        for count in range(self._most):
            at += self._chance.uniform(*self._every)
            # Each of them in turn first, so that a short run kills every kind.
            name = names[count] if count < len(names) else self._chance.choice(names)
            yield Kill(at, name)

    def _run_outages(self) -> None:
        for number, seconds in enumerate(self._outages):
            if self._over.wait(self._every[1] * 1.5 + number * 15):
                return
            self._stage.outage(seconds, hang=number % 2 == 1)
