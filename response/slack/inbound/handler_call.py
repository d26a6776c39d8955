"""One handler's part of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class HandlerCall:
    """A call that is still to be made, under the name by which it is noted as done.

    The name stands in the request's row; a renamed one would be called again by the next
    release.
    """

    name: str
    run: Callable[[], None]
