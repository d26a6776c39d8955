"""The status of an installation: waiting and failed work, and when the tick last ran.

A few queries, however many rows there are; they use the same indexes as the workers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, ProgrammingError, connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.jobs.models import OutboxMessage, OutboxQueue, Tick
from response.slack.models import InboxRequest

OK, DEGRADED, DOWN = "ok", "degraded", "down"

#: Seconds. Requests are normally handled within moments; a minute means that no worker is
#: running or that a request keeps failing.
OLDEST_REQUEST = 60
#: Seconds. Slack's rate limits and short outages take a while; after five minutes people notice.
OLDEST_MESSAGE = 300
#: Seconds. The tick runs every minute; three missed ones in a row mean that something is wrong.
OLDEST_TICK = 180


@dataclass(frozen=True)
class Box:
    """The inbox or the outbox. ``oldest`` is the age in seconds of the oldest waiting row.

    ``blocked`` is the number of waiting rows that cannot succeed until a setting, a token or a
    scope is changed; ``why`` is Slack's error for the oldest of them.
    """

    waiting: int = 0
    oldest: float | None = None
    failed: int = 0
    blocked: int = 0
    why: str = ""


@dataclass(frozen=True)
class Status:
    """The status. ``problems`` are sentences; ages are in seconds, None for never."""

    verdict: str
    problems: list[str] = field(default_factory=list)
    inbox: Box = field(default_factory=Box)
    outbox: Box = field(default_factory=Box)
    paused_queues: int = 0
    last_tick: float | None = None
    last_daily: float | None = None
    #: For each problem what it is about: ``inbox``, ``outbox``, ``configuration``, ``tick`` or
    #: ``database``.
    codes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the status as values for JSON."""
        data = asdict(self)
        return {"status": data.pop("verdict"), **data}


def gather() -> Status:
    """Read the status from the database. Never raises: an unreachable database is a problem."""
    try:
        return _gather(timezone.now())
    except (DatabaseError, InterfaceError) as error:
        connection.close()  # the next query opens a new connection
        return Status(DOWN, [_why_unusable(error)], codes=["database"])


def unusable() -> str:
    """Return a sentence if the database cannot be used as it is; empty if it can."""
    try:
        Tick.objects.exists()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        return _why_unusable(error)
    return ""


#: How databases say that a table or a column is not there, besides ``ProgrammingError``.
_NOT_THERE = ("no such table", "no such column", "unknown column")


def _why_unusable(error: Exception) -> str:
    text = str(error).strip().partition("\n")[0] or "?"
    if isinstance(error, ProgrammingError) or any(s in text.lower() for s in _NOT_THERE):
        return _("The database has not been migrated (%(error)s). Run: manage.py migrate") % {
            "error": text
        }
    return _("The database cannot be reached: %(error)s") % {"error": text}


def _gather(now: datetime) -> Status:
    inbox = _inbox(now)
    outbox = _outbox(now)
    paused = OutboxQueue.objects.filter(
        paused_until__gt=now, messages__status=OutboxMessage.WAITING
    ).aggregate(number=models.Count("pk", distinct=True))
    ticks = {name: _age(last, now) for name, last in Tick.objects.values_list("name", "last_run")}
    last_tick = ticks.get("minute")
    problems = _problems(inbox, outbox, last_tick)
    return Status(
        DEGRADED if problems else OK,
        [text for _code, text in problems],
        inbox,
        outbox,
        paused["number"],
        last_tick,
        ticks.get("daily"),
        [code for code, _text in problems],
    )


def _inbox(now: datetime) -> Box:
    pending = InboxRequest.objects.filter(status=InboxRequest.WAITING).aggregate(
        number=models.Count("pk"), oldest=models.Min("received")
    )
    failed = InboxRequest.objects.filter(status=InboxRequest.FAILED).count()
    return Box(pending["number"], _age(pending["oldest"], now), failed)


def _outbox(now: datetime) -> Box:
    # Reminders and webhooks may wait for a long time without anything being wrong here.
    due = models.Q(urgent=True, due__lte=now)
    waiting = OutboxMessage.objects.waiting().aggregate(
        number=models.Count("pk"),
        oldest=models.Min("due", filter=due),
        number_blocked=models.Count("pk", filter=models.Q(blocked=True)),
        first_blocked=models.Min("pk", filter=models.Q(blocked=True)),
    )
    why = ""
    if waiting["number_blocked"]:
        first = OutboxMessage.objects.filter(pk=waiting["first_blocked"])
        why = first.values_list("error", flat=True).first() or ""
    failed = OutboxMessage.objects.filter(
        status=OutboxMessage.FAILED, finished__gt=now - timedelta(days=1)
    ).count()
    oldest = _age(waiting["oldest"], now)
    return Box(waiting["number"], oldest, failed, waiting["number_blocked"], why)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return round(max((now - moment).total_seconds(), 0.0), 1) if moment else None


def _problems(inbox: Box, outbox: Box, last_tick: float | None) -> list[tuple[str, str]]:
    """Return each problem: its subject and a sentence."""
    problems: list[tuple[str, str]] = []

    def add(code: str, text: str) -> None:
        problems.append((code, text))

    if inbox.oldest is not None and inbox.oldest > OLDEST_REQUEST:
        add(
            "inbox",
            _(
                "A request from Slack has been waiting for %(minutes)d minutes. Nothing is lost. "
                "Check that workers are running, and look for an error in Admin › Inbox requests."
            )
            % {"minutes": inbox.oldest // 60},
        )
    if inbox.failed:
        add(
            "inbox",
            ngettext(
                "%d request has failed for good. Retry or discard it in Admin › Inbox requests.",
                "%d requests have failed for good. Retry or discard them in Admin › Inbox "
                "requests.",
                inbox.failed,
            )
            % inbox.failed,
        )
    if outbox.blocked:
        add(
            "configuration",
            ngettext(
                "%(number)d message waits until the configuration is fixed: %(why)s. It is then "
                "sent automatically. Run manage.py response_doctor to see what to do.",
                "%(number)d messages wait until the configuration is fixed: %(why)s. They are then "
                "sent automatically. Run manage.py response_doctor to see what to do.",
                outbox.blocked,
            )
            % {"number": outbox.blocked, "why": outbox.why.rstrip(".")},
        )
    elif outbox.oldest is not None and outbox.oldest > OLDEST_MESSAGE:
        add(
            "outbox",
            _(
                "A message to Slack has been waiting for %(minutes)d minutes. Nothing is lost. "
                "Admin › Outbox messages shows Slack's answer; see also Slack's status page."
            )
            % {"minutes": outbox.oldest // 60},
        )
    if last_tick is None:
        add(
            "tick",
            _(
                "The tick has never run, so no reminders are sent. Run manage.py response_tick "
                "every minute."
            ),
        )
    elif last_tick > OLDEST_TICK:
        add(
            "tick",
            _(
                "The tick last ran %(minutes)d minutes ago, so no reminders are sent. Run "
                "manage.py response_tick every minute."
            )
            % {"minutes": last_tick // 60},
        )
    return problems
