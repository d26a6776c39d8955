"""The processes of the demo: started together, watched, and stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

MANAGE = Path(__file__).resolve().parents[1] / "manage.py"
#: Seconds in which a server has to answer for the first time, and in which all have to stop.
STARTS, STOPS = 30.0, 5.0


class Processes:
    """By name; in the order in which they were started."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, name: str, *arguments: str, **environment: str) -> None:
        """Start a command of ``manage.py``."""
        self._running[name] = start(*arguments, output=subprocess.DEVNULL, **environment)

    def serve(self, name: str, port: int, urls: str) -> None:
        """Start a server on this machine, for the addresses in the module ``urls``."""
        address = f"127.0.0.1:{port}"
        self.manage(
            name, "runserver", "--noreload", "--nostatic", "--skip-checks", address, DEMO_URLS=urls
        )

    def ended(self) -> tuple[str, int] | None:
        """Return the name and exit status of one that is not running any more."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                return name, status
        return None

    def wait_for(self, port: int) -> None:
        """Until a server answers, or one of the processes has ended."""
        deadline = time.monotonic() + STARTS
        while not _answers(port) and time.monotonic() < deadline and not self.ended():
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all processes; those that do not end in time are killed."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOPS
        for process in self._running.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def start(
    *arguments: str, output: int | IO[bytes] | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a command of ``manage.py``; what it prints goes to ``output`` (to where ours goes)."""
    # A session of its own: Ctrl-C reaches only us, and we end them in order.
    return subprocess.Popen(
        [sys.executable, str(MANAGE), *arguments],
        env={**os.environ, **environment},
        stdout=output,
        start_new_session=True,
    )


def is_free(port: int) -> bool:
    """Return whether a server can be started on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
