"""What Slack is told when an incident changes. Runs in the transaction of the change."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident
from response.slack import headline


def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """A new incident gets its headline at once."""
    headline.request_sync(incident, delay=0)


def incident_changing(sender: type, incident: Incident, **kwargs: Any) -> None:
    """A change shows in the headline a moment later."""
    headline.request_sync(incident)
