"""Finding out who a user id is, and who everybody is."""

from __future__ import annotations

from response.slack import outbox
from response.slack.cache import refresh_profile, update_page
from response.slack.models import OutboxMessage
from response.slack.procedures import procedure


@procedure("profile.refresh")
def refresh(job: OutboxMessage) -> None:
    """Ask Slack for the profile of ``arguments["user"]`` and keep it."""
    refresh_profile(job.arguments["user"])


REFRESH_ALL = "people.refresh"


def request_refresh_of_all() -> None:
    """Queue bringing everybody up to date, unless that is under way already."""
    with outbox.in_no_hurry():
        outbox.call(REFRESH_ALL, queue="people", coalesce=REFRESH_ALL)


@procedure(REFRESH_ALL)
def refresh_all(job: OutboxMessage) -> None:
    """Page by page, as fast as Slack's limits allow; it goes on behind the last page."""
    cursor = job.progress.get("cursor")
    while True:
        _seen, cursor = update_page(cursor)
        if cursor is None:
            return
        job.progress["cursor"] = cursor
        job.save(update_fields=["progress"])
