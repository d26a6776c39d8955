"""Functions that queue the jobs with more than one call of Slack."""

from __future__ import annotations

from typing import Any

from response.conf import settings
from response.jobs import outbox
from response.slack.jobs import names
from response.slack.text import channel_names


def sync_headline(incident_id: int, *, delay: float | None = None) -> None:
    """Queue bringing an incident's headline up to date.

    Many requests within ``delay`` seconds (``RESPONSE_HEADLINE_DELAY`` by default) are one.
    """
    if delay is None:
        delay = settings.RESPONSE_HEADLINE_DELAY
    outbox.enqueue(
        names.HEADLINE_SYNC,
        queue=_headline_queue(incident_id),
        incident=incident_id,
        coalesce=f"{names.HEADLINE_SYNC} {incident_id}",
        delay=delay,
    )


def post_to_headline_thread(headline_id: int, incident_id: int, text: str, **message: Any) -> None:
    """Queue a message in the thread below a headline; it waits until that is posted."""
    outbox.enqueue(
        names.HEADLINE_THREAD,
        queue=_headline_queue(incident_id),
        incident=incident_id,
        headline=headline_id,
        message={"text": text, **message},
    )


def acknowledge_declaration(
    incident_id: int, user_id: str, *, channel_id: str = "", response_url: str = ""
) -> None:
    """Queue thanking the person who declared an incident, with links, after the first headline."""
    outbox.enqueue(
        names.DECLARATION_ACKNOWLEDGE,
        queue=_headline_queue(incident_id),
        incident=incident_id,
        user=user_id,
        channel=channel_id,
        response_url=response_url,
    )


def _headline_queue(incident_id: int) -> str:
    # One for each incident: what holds up one headline must not hold up another.
    return f"headline {incident_id}"


def make_comms_channel(
    incident_id: int,
    user_id: str = "",
    *,
    channel_id: str = "",
    response_url: str = "",
    account: str | None = None,
) -> None:
    """Queue making an incident's comms channel and bringing ``user_id`` into it.

    ``channel_id`` and ``response_url`` are where that person is, for answering them. ``account``
    is the key of the Django user who asks on a page; twice at a time is once.
    """
    outbox.enqueue(
        names.COMMS_CHANNEL_MAKE,
        queue=f"comms channel {incident_id}",
        incident=incident_id,
        coalesce=account and f"{names.COMMS_CHANNEL_MAKE} {incident_id} {account}",
        user=user_id,
        channel=channel_id,
        response_url=response_url,
        account=account,
    )


def rename_comms_channel(channel_id: str, incident_id: int, new_name: str) -> None:
    """Queue renaming a channel. Raises ``ValueError`` if no name can be made of ``new_name``."""
    name = channel_names.slug(new_name)[:76]
    if not name:
        raise ValueError(f"No channel can be called {new_name!r}")
    outbox.enqueue(
        names.COMMS_CHANNEL_RENAME,
        queue=channel_id,
        incident=incident_id,
        channel=channel_id,
        name=name,
    )


def ask_for_report(incident_id: int) -> None:
    """Queue asking the lead, or else the reporter, for the review in a direct message."""
    outbox.enqueue(
        names.REPORT_REQUEST,
        queue=f"report {incident_id}",
        incident=incident_id,
        coalesce=f"{names.REPORT_REQUEST} {incident_id}",
    )


def remind_of_actions(user_id: int) -> None:
    """Queue reminding a person (the key of their row) of their overdue actions."""
    outbox.enqueue(
        names.ACTIONS_REMIND,
        queue=f"actions {user_id}",
        coalesce=f"{names.ACTIONS_REMIND} {user_id}",
        user=user_id,
    )


def remind_of_review(incident_id: int, *, channel: bool) -> None:
    """Queue reminding the owner of a review, or the comms channel, that it is due."""
    recipient = "channel" if channel else "owner"
    outbox.enqueue(
        names.REVIEW_REMIND,
        queue=f"review {incident_id}",
        incident=incident_id,
        coalesce=f"{names.REVIEW_REMIND} {recipient} {incident_id}",
        channel=channel,
    )


def announce(text: str) -> None:
    """Queue plain ``text`` for the incidents channel, which is looked up when it is sent."""
    outbox.enqueue(names.ANNOUNCEMENT, queue="announcements", text=text)


def refresh_user(user_id: str) -> None:
    """Queue asking Slack who a user id is, unless that is queued already."""
    outbox.enqueue(
        names.USER_REFRESH,
        queue=f"profile {user_id}",
        coalesce=f"profile {user_id}",
        user=user_id,
    )


def refresh_all_users() -> None:
    """Queue bringing all known people up to date, unless that is under way already."""
    with outbox.low_priority():
        outbox.enqueue(names.USERS_REFRESH, queue="people", coalesce=names.USERS_REFRESH)


def post_welcome(incident_id: int) -> None:
    """Queue the first message of a comms channel that was just made."""
    outbox.enqueue(
        names.WELCOME_SYNC, queue=f"welcome {incident_id}", incident=incident_id, first=True
    )


def sync_welcome(incident_id: int) -> None:
    """Queue bringing the first message of the comms channel up to date, a moment later."""
    outbox.enqueue(
        names.WELCOME_SYNC,
        queue=f"welcome {incident_id}",
        incident=incident_id,
        coalesce=f"{names.WELCOME_SYNC} {incident_id}",
        delay=settings.RESPONSE_HEADLINE_DELAY,
    )


def announce_changes(incident_id: int) -> None:
    """Queue telling the comms channel what has changed; changes of one moment are told at once."""
    outbox.enqueue(
        names.CHANGES_ANNOUNCE,
        queue=f"changes {incident_id}",
        incident=incident_id,
        coalesce=f"{names.CHANGES_ANNOUNCE} {incident_id}",
        delay=settings.RESPONSE_HEADLINE_DELAY,
    )


def notify_new_lead(
    incident_id: int, user_id: str, by: str, *, own: bool = False, assignment: int | None = None
) -> None:
    """Queue inviting a new lead into the comms channel, and telling them unless it is ``own``.

    ``by`` is who made the change, in mrkdwn; empty if that is not known. ``assignment`` is the
    key of another role that was given to them, in place of the lead.
    """
    which: dict[str, Any] = {"assignment": assignment} if assignment else {}
    outbox.enqueue(
        names.LEAD_TELL,
        queue=f"role {assignment}" if assignment else f"lead {incident_id}",
        incident=incident_id,
        delay=settings.RESPONSE_HEADLINE_DELAY,
        user=user_id,
        by=by,
        own=own,
        **which,
    )


def add_to_timeline(incident_id: int, channel_id: str, ts: str) -> None:
    """Queue reading a message that has a mark, and putting it into the timeline."""
    outbox.enqueue(
        names.TIMELINE_ADD,
        queue=f"timeline {channel_id}",
        incident=incident_id,
        coalesce=f"{names.TIMELINE_ADD} {channel_id} {ts}"[:255],
        channel=channel_id,
        ts=ts,
    )


def send_update(incident_id: int, update_id: int) -> None:
    """Queue sending an update to its subscribers and to the updates channel."""
    outbox.enqueue(
        names.UPDATE_TELL, queue=f"update {incident_id}", incident=incident_id, update=update_id
    )


def notify_of_update(incident_id: int, notice_id: int, recipient: str) -> None:
    """Queue sending an update to one recipient."""
    outbox.enqueue(
        names.UPDATE_NOTIFY,
        queue=f"update notices {recipient}",
        incident=incident_id,
        notice=notice_id,
    )


def ask_for_update(incident_id: int) -> None:
    """Queue asking for an update that is due."""
    outbox.enqueue(
        names.UPDATE_ASK,
        queue=_question_queue(incident_id),
        incident=incident_id,
        coalesce=f"{names.UPDATE_ASK} {incident_id}",
    )


def settle_update_question(
    incident_id: int, channel_id: str, ts: str, message: dict[str, Any]
) -> None:
    """Queue replacing the question for an update with ``message`` (text, perhaps blocks)."""
    outbox.enqueue(
        names.UPDATE_SETTLE,
        queue=_question_queue(incident_id),
        incident=incident_id,
        channel=channel_id,
        ts=ts,
        message=message,
    )


def _question_queue(incident_id: int) -> str:
    return f"update question {incident_id}"
