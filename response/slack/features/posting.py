"""Posting a message of a job once, although the job may be cut off and run again."""

from __future__ import annotations

import time

from response.jobs.models import OutboxMessage
from response.slack.render.block_kit import Message
from response.slack.web_api import messages_in_slack
from response.slack.web_api.errors import SlackError


def post_once(job: OutboxMessage, channel: str, message: Message, block_id: str) -> tuple[str, str]:
    """Post ``message``, which has a block ``block_id``; return the channel's id and the ts.

    If an earlier try of the job got no answer, the message is looked for first. A message to a
    person (``channel`` is a user id) cannot be found without their conversation's id.
    """
    if job.progress.get("posting_in") == channel:
        found = messages_in_slack.find(channel, block_id, job.progress["since"])
        if found:
            return channel, found
    job.progress.update(posting_in=channel, since=job.progress.get("since", time.time()))
    job.save(update_fields=["progress"])
    try:
        answer = messages_in_slack.post(channel, message.arguments())
    except SlackError as error:
        if not error.uncertain:
            job.progress.pop("posting_in")
            job.save(update_fields=["progress"])
        raise
    return str(answer.get("channel") or channel), str(answer["ts"])
