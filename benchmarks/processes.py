"""Processes of a subject: started in sessions of their own, asked for their cost, killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Seconds for a process to answer.
PATIENCE = 60
_PORTS = range(10_000, 20_000)  # not those that the kernel gives to clients


def free_port() -> int:
    """A port on loopback that is not in use."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def environment(**values: str) -> dict[str, str]:
    """The environment of a subject: ours without settings that happen to be in it."""
    ours = ("SLACK_", "INCIDENT_", "RESPONSE_", "CELERY_", "DJANGO_", "DATABASE_", "PEER", "BOLT_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **values}


class Process:
    """A process with a session of its own, and its output in a file."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], place: Path) -> None:
        self.name = name
        self._command, self._environment = command, env
        self._log = place / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Process:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def stop(self) -> None:
        """Kill the process and everything that it has started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def session(self) -> int:
        """The id under which the kernel knows it and its children."""
        if self._process is None:
            raise RuntimeError(f"{self.name} does not run")
        return self._process.pid

    def check(self) -> None:
        """Raise ``RuntimeError`` with the end of its output if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended:\n{self.last_words()}")

    def last_words(self, count: int = 30) -> str:
        """The end of its output."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-count:])


def wait_until_answers(process: Process, address: str, *, well: bool = False) -> None:
    """Wait for an HTTP answer of any kind, or with ``well`` for one that is no error.

    Raises ``RuntimeError`` if the process ends first, or after :data:`PATIENCE` seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        process.check()
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            if not well:
                return
            time.sleep(0.1)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{address} does not answer:\n{process.last_words()}")


def _of_session(session: int) -> list[tuple[Path, list[str]]]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found.append((place, fields))
    return found


def cpu_seconds(processes: list[Process]) -> float | None:
    """What they have taken of a core until now, children included. None without ``/proc``."""
    if not Path("/proc/self/stat").exists():
        return None
    ticks = 0
    for process in processes:
        # utime, stime, and those of children that have ended
        ticks += sum(
            sum(map(int, fields[11:15])) for _place, fields in _of_session(process.session)
        )
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(processes: list[Process]) -> float | None:
    """Their proportional set size in MB, children included. None without ``/proc``."""
    total = 0
    for process in processes:
        for place, _fields in _of_session(process.session):
            try:
                lines = (place / "smaps_rollup").read_text().splitlines()
            except OSError:
                return None
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024 if total else None
