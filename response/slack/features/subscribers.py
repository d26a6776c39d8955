"""What Slack is told when an incident changes. Runs in the transaction of the change."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident
from response.slack.jobs import requests


def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """A new incident gets its headline at once."""
    requests.sync_headline(incident.pk, delay=0)


def incident_changing(sender: type, incident: Incident, **kwargs: Any) -> None:
    """A change shows in the headline a moment later."""
    requests.sync_headline(incident.pk)
