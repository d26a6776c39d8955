"""The project's database: what is in it before, and what is found in it afterwards."""

from __future__ import annotations

import time
from collections import Counter

from tests.soak.audit import Found
from tests.soak.plan import World


def connect(database: str) -> None:
    """Use the project's models on its database, in this process."""
    import dj_database_url
    import django
    from django.conf import settings

    config = dj_database_url.parse(database)
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {"timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"}
    if not settings.configured:
        settings.configure(
            DATABASES={"default": config}, USE_TZ=True, SECRET_KEY="soak",
            RESPONSE_RUNNER="response.worker.runners.TickRunner",
            INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                            "after_response", "rest_framework", "response.apps.ResponseConfig"],
        )  # fmt: skip
        django.setup()


def prepare(channels: int, to_close: int, to_get_a_channel: int) -> World:
    """Incidents with comms channels, some to be closed and some that have no channel yet."""
    from response.models import CommsChannel, Incident

    def declare(title: str) -> int:
        return Incident.objects.create_incident(title, None).pk

    made = {f"C0SOAK{n:04d}": declare(f"Incident {n}") for n in range(channels)}
    for channel, incident in made.items():
        CommsChannel.objects.create(
            incident_id=incident, channel_id=channel, channel_name=f"inc-{channel.lower()}"
        )
    return World(
        made,
        [declare(f"To close {n}") for n in range(to_close)],
        [declare(f"Without a channel {n}") for n in range(to_get_a_channel)],
    )


def is_quiet() -> bool:
    """Whether nothing waits in either box."""
    from response.models import InboxRequest, OutboxMessage

    return not (
        InboxRequest.objects.filter(status="pending").exists()
        or OutboxMessage.objects.waiting().exists()
    )


def wait_until_quiet(seconds: float) -> bool:
    """Wait for it; False if it takes longer."""
    deadline = time.monotonic() + seconds
    while not is_quiet():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def find() -> Found:
    """Everything that the audit wants to know."""
    from response.models import (
        CommsChannel,
        InboxRequest,
        Incident,
        OutboxMessage,
        OutboxQueue,
        PinnedMessage,
        TimelineEvent,
        UserStats,
    )
    from response.slack.render.messages import block_id

    found = Found()
    for text in TimelineEvent.objects.filter(event_type="soak").values_list("text", flat=True):
        found.notes[text] += 1
    for stats in UserStats.objects.select_related("user"):
        found.counted[stats.incident_id, stats.user.external_id] += stats.message_count
    for incident in Incident.objects.all():
        if incident.report.startswith("Down "):
            found.declared[incident.report.removeprefix("Down ")] += 1
        found.headlines[incident.pk] = (block_id(incident.pk), incident.report)
    found.pins = Counter((pin.incident_id, pin.message_ts) for pin in PinnedMessage.objects.all())
    for event in TimelineEvent.objects.filter(event_type="incident_update"):
        if event.metadata.get("update_type") == "incident_status":
            found.closed[event.incident_id] += 1
    for channel in CommsChannel.objects.exclude(channel_id__startswith="C0SOAK"):
        found.channels[channel.incident_id] = channel.channel_id
    for row in OutboxMessage.objects.filter(method="chat.postMessage").select_related("queue"):
        found.rows.append(
            {"id": row.pk, "channel": row.arguments.get("channel"), "queue": row.queue.name,
             "text": row.arguments.get("text"), "status": row.status,
             "attempts": row.attempts, "error": row.error}
        )  # fmt: skip
    for request in InboxRequest.objects.exclude(status="done"):
        error = (request.error.strip().splitlines() or [""])[-1]
        found.stuck.append(f"{request} is {request.status}: {error}")
    for message in OutboxMessage.objects.exclude(status="sent"):
        found.stuck.append(f"{message} is {message.status}: {message.error[:200]}")
    for model in (InboxRequest, OutboxQueue):
        claimed = model.objects.claimed().count()
        if claimed:
            found.stuck.append(f"{claimed} of {model.__name__} are claimed by no living process")
    return found
