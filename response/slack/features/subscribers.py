"""Receivers of incident signals: they queue what Slack has to show, in the same transaction."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident
from response.slack.jobs import requests


def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Queue posting the headline of a new incident, at once."""
    requests.sync_headline(incident.pk, delay=0)


def incident_changing(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Queue updating the headline, a moment later."""
    requests.sync_headline(incident.pk)
