"""Ports for servers that tests start."""

from __future__ import annotations

import contextlib
import random
import socket

#: Not those that the kernel gives to clients: one of these can take a port between our look and
#: the server's start.
RANGE = range(10_000, 20_000)
_chance = random.SystemRandom()  # the suite seeds the other one alike in every process


def free_port(count: int = 1) -> int:
    """The first of ``count`` free ports in a row."""
    while True:
        port = _chance.choice(RANGE)
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
