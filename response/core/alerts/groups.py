"""The data that every alert source provides. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """One alert of a group.

    ``identity`` is a digest of at most 64 characters: it stays the same when the same alert is
    sent again, and is different when the alert fires again. ``text`` is the line of Markdown for
    the timeline.
    """

    identity: str
    firing: bool
    text: str


@dataclass(frozen=True)
class Group:
    """Alerts that belong together and make one incident.

    ``key`` is the incident's (see ``Incident.objects.create_or_join``), ``title`` has at
    most 200 characters, ``severity`` is the key of one or None, and
    ``started`` is when it began, with a zone, if that is known. ``over`` says that
    everything in the group is resolved, also what is not among ``alerts``.
    """

    key: str
    title: str
    summary: str
    severity: str | None
    started: datetime | None
    alerts: tuple[Alert, ...]
    over: bool

    @property
    def firing(self) -> bool:
        """Whether any of its alerts is firing."""
        return any(alert.firing for alert in self.alerts)
