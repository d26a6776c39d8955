"""What the app answered, whichever way it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Answer:
    """What the app said. ``status`` is None if it said nothing in time.

    An acknowledgement by socket has the status 200, and its payload as JSON for a body.
    """

    status: int | None
    body: str = ""
    error: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether Slack would be content."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON; empty if it is none."""
        try:
            value = json.loads(self.body or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
