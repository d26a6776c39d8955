"""Posting a line in the incidents channel that does not belong to an incident."""

from __future__ import annotations

from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.text.limits import MESSAGE_TEXT
from response.slack.text.mrkdwn import outgoing, truncate
from response.slack.web_api import identity
from response.slack.web_api.jobs import call_slack, slack_job


@slack_job(names.ANNOUNCEMENT)
def post_announcement(job: OutboxMessage) -> None:
    """Post ``arguments["text"]``, which is plain text."""
    text = truncate(outgoing(job.arguments["text"]), MESSAGE_TEXT)
    channel = identity.channel_id(identity.INCIDENTS)
    call_slack("chat.postMessage", channel=channel, text=text)
