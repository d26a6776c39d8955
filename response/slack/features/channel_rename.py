"""Renaming a comms channel."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.jobs.job_handlers import on_failure
from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.jobs.messages import post_message
from response.slack.models import CommsChannel
from response.slack.text.mrkdwn import outgoing
from response.slack.web_api.client import get_client
from response.slack.web_api.jobs import slack_job


@slack_job(names.COMMS_CHANNEL_RENAME)
def rename(job: OutboxMessage) -> None:
    """Rename the channel in Slack and store the name that Slack returns."""
    channel_id, name = job.arguments["channel"], job.arguments["name"]
    answer = get_client().api_call("conversations.rename", channel=channel_id, name=name)
    stored = str((answer.get("channel") or {}).get("name") or name)
    CommsChannel.objects.filter(channel_id=channel_id).update(channel_name=stored)


@on_failure(names.COMMS_CHANNEL_RENAME)
def notify_failed(job: OutboxMessage, error: Exception) -> None:
    """Post in the channel that it could not be renamed."""
    reason = getattr(error, "slack_error", None)
    if reason == "name_taken":
        text = _("⚠️ There is another channel called %(name)s, so this one keeps its name.")
    else:
        text = _("⚠️ Slack did not let me rename this channel to %(name)s (%(error)s).")
    post_message(
        job.arguments["channel"],
        text % {"name": outgoing(job.arguments["name"]), "error": outgoing(str(error))},
        incident=job.incident_id,
    )
