"""What an alert source tells us, whichever it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """One alert of a group.

    ``identity`` is a digest of at most 64 characters: the same for the same alert told
    again, another for one that fires anew. ``text`` is the line of Markdown that the
    timeline gets.
    """

    identity: str
    firing: bool
    text: str


@dataclass(frozen=True)
class Group:
    """Alerts that belong together and make one incident.

    ``key`` is the incident's (see ``Incident.objects.create_or_join``), ``title`` has at
    most 200 characters, ``severity`` is one of ``Incident.SEVERITIES`` or None, and
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
        """Whether any alert of it fires."""
        return any(alert.firing for alert in self.alerts)
