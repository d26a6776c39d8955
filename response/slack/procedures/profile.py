"""Finding out who a user id is."""

from __future__ import annotations

from response.slack.cache import refresh_profile
from response.slack.models import OutboxMessage
from response.slack.procedures import procedure


@procedure("profile.refresh")
def refresh(job: OutboxMessage) -> None:
    """Ask Slack for the profile of ``arguments["user"]`` and keep it."""
    refresh_profile(job.arguments["user"])
