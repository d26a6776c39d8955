"""Reading people's profiles from Slack: one, or all that are known."""

from __future__ import annotations

from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.web_api.jobs import slack_job
from response.slack.web_api.user_cache import refresh_profile, update_page


@slack_job(names.USER_REFRESH)
def refresh_user(job: OutboxMessage) -> None:
    """Ask Slack for the profile of ``arguments["user"]`` and store it."""
    refresh_profile(job.arguments["user"])


@slack_job(names.USERS_REFRESH)
def refresh_all_users(job: OutboxMessage) -> None:
    """Store all profiles of the workspace, page by page; a retry goes on after the last page."""
    cursor = job.progress.get("cursor")
    while True:
        _seen, cursor = update_page(cursor)
        if cursor is None:
            return
        job.progress["cursor"] = cursor
        job.save(update_fields=["progress"])
