"""A limit on the total time that a network call takes.

The timeouts of sockets are not enough: they start again with every byte that arrives.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

# Connections are reused: by the time a deadline passes, another may be watching its connection.
_owners = threading.Lock()


class Deadline:
    """Shut a watched connection if the block has not ended after ``seconds``.

    A read from the connection then raises an error or returns the end of the data, and
    ``passed`` is true.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._connection: Any = None
        self._alarm = threading.Timer(seconds, self._ring)
        self._alarm.daemon = True

    def __enter__(self) -> Deadline:
        self._alarm.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.cancel()
        with _owners:
            self._connection = None

    def watch(self, connection: Any) -> None:
        """Shut ``connection`` (of ``http.client`` or urllib3) when the time is up."""
        with _owners:
            self._connection = connection
            connection.deadline = self

    def _ring(self) -> None:
        with _owners:
            self.passed = True
            connection = self._connection
            if connection is None or connection.deadline is not self or connection.sock is None:
                return
            with contextlib.suppress(OSError):  # it has just closed by itself
                connection.sock.shutdown(socket.SHUT_RDWR)
