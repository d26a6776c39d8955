"""An end to what a connection does, however slowly its other side goes on.

The time limits of sockets begin anew with every byte that arrives.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

# Connections are used again: the one that we watch may be watched by the next by now.
_owners = threading.Lock()


class Deadline:
    """Within the block, a watched connection is shut once ``seconds`` are over.

    Whoever reads from it then gets an error, or an end of the data; ``passed`` tells that
    the time was up.
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
        """Shut this connection (of ``http.client`` or urllib3) when the time has come."""
        with _owners:
            self._connection = connection
            connection.deadline = self

    def _ring(self) -> None:
        with _owners:
            self.passed = True
            connection = self._connection
            if connection is None or connection.deadline is not self or connection.sock is None:
                return
            with contextlib.suppress(OSError):  # it has just ended by itself
                connection.sock.shutdown(socket.SHUT_RDWR)
