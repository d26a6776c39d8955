"""Sending a message that only one person sees, wherever that person can be reached."""

from __future__ import annotations

import logging

from response.core.models import ExternalUser
from response.core.models.user_external import SLACK
from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import call_slack, slack_job

logger = logging.getLogger(__name__)


@slack_job(names.EPHEMERAL)
def send_ephemeral_message(job: OutboxMessage) -> None:
    """Try the channel, then the ``response_url``, then a direct message."""
    channel, user = job.arguments.get("channel"), job.arguments["user"]
    message = job.arguments["message"]
    if _is_program(user):
        return
    client = get_client()
    # A direct message channel is the person's own; ephemeral messages do not show there.
    if channel and not channel.startswith("D"):
        try:
            call_slack("chat.postEphemeral", channel=channel, user=user, **message)
            return
        except SlackError as error:
            # A response_url needs neither the token nor a scope.
            if error.transient or (error.misconfigured and not job.arguments.get("response_url")):
                raise
    if job.arguments.get("response_url"):
        try:
            client.respond(job.arguments["response_url"], **message)
            return
        except SlackError as error:
            if error.transient:
                raise
    message = {k: v for k, v in message.items() if k != "thread_ts"}
    try:
        call_slack("chat.postMessage", channel=user, **message)
    except SlackError as error:
        if error.slack_error not in _READS_NOTHING:
            raise
        logger.info("%s; the message is dropped", error)


#: Slack's words for a person who is a program, or who has no account here.
_READS_NOTHING = frozenset({"cannot_dm_bot", "user_disabled"})


def _is_program(user_id: str) -> bool:
    """Return whether the user is known to be a program, which reads no messages."""
    known = ExternalUser.objects.filter(app_id=SLACK, external_id=user_id, bot=True)
    return user_id == "USLACKBOT" or known.exists()
