"""Periodic work: reminders, resuming abandoned work, and cleaning up.

Ticks may run on several machines at the same time: each piece of work makes sure itself that
it is done once.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections, models
from django.utils import timezone

from response.conf import settings
from response.core.actors import RESPONSE, acting_as
from response.core.models import ResolvedAlert
from response.jobs import timers
from response.jobs.leases import LEASE
from response.jobs.models import OutboxMessage, OutboxQueue, Tick
from response.slack.features import (
    changes,
    known_handlers,
    misunderstood_commands,
    monthly_figures,
    overdue_reminders,
    pending_edits,
    pins,
    reference_names,
    reminders,
    timeline_marks,
)
from response.slack.features.chat import SlackChat
from response.slack.inbound import inbox
from response.slack.jobs import requests
from response.slack.models import InboxRequest, Lookup
from response.slack.web_api import pacing
from response.worker import sending

logger = logging.getLogger(__name__)

#: Seconds: how long a tick waits for Slack's rate limits, and how soon a message must be due
#: for the tick to wait for it.
LONGEST, SOON = 50, 10
#: Days for which the Yes button of a proposed edit works.
QUESTIONS_LAST = 30


def minute(*, alone: bool = True) -> None:
    """Run the minute tick: reminders, timers, cleaning up, and once a day the update of people.

    With ``alone``, no other process looks for work before the next tick, so all due work is
    done as well. Rows held by a killed process become free within seconds; the tick waits for
    them, so that one tick after a crash is enough.
    """
    if alone:
        _each(finish_inbox)
    _each(reminders.send_due)
    _each(timers.run_due)
    _each(overdue_reminders.send_due)
    _each(_daily_if_it_is_time)
    _each(monthly_figures.queue_if_due)
    if alone:
        _each(finish_outbox)
    # One of the rare ones each time: each has its turn within minutes, whatever the interval is.
    _each(purge_work, random.choice(RARELY), _note_minute)  # noqa: S311


def daily() -> None:
    """Queue the update of the stored people from Slack, if there is a token to ask with."""
    if SlackChat().available():
        _each(requests.refresh_all_users)
    _each(_note_daily)


def _daily_if_it_is_time() -> None:
    if _is_time_for("daily", timedelta(days=1)):
        daily()


def sweep() -> int:
    """Do the work that is due now, without waiting. Returns the number of pieces done."""
    done = 0
    while inbox.work_on_next():
        done += 1
    return done + sending.send_all_due()


def finish_inbox() -> None:
    """Work on every due request, including those whose worker has died."""
    _until_idle(
        work=inbox.work_on_next,
        busy=lambda: InboxRequest.objects.claimed().waiting().exists(),
    )


def finish_outbox() -> None:
    """Run every due job, including those whose worker has died.

    Waits for jobs that Slack's rate limits delay, for as long as a tick may take.
    """
    deadline = time.monotonic() + LONGEST
    _send_due()
    while (wait := _seconds_until_next_place()) is not None and time.monotonic() < deadline:
        time.sleep(max(wait, 0.02))
        _send_due()


def _seconds_until_next_place() -> float | None:
    """Return the seconds until a rate-limited message can be sent; None if none can be soon."""
    now = timezone.now()
    paced = OutboxMessage.objects.waiting().filter(urgent=False, error="", due__gt=now)
    due = paced.order_by("due").values_list("due", flat=True).first()
    wait = (due - now).total_seconds() if due else None
    return wait if wait is not None and wait <= SOON else None


def _send_due() -> None:
    waiting = OutboxMessage.objects.waiting()
    _until_idle(
        work=sending.send_all_due,
        busy=lambda: (
            OutboxQueue.objects.claimed().filter(
                messages__in=waiting.filter(due__lte=timezone.now())
            )
        ).exists(),
    )


def _until_idle(work: Callable[[], int], busy: Callable[[], bool]) -> None:
    """Do all the work, and wait for rows that other workers hold to be done or to become free.

    Whether others are busy is checked before the work. Otherwise a claim that expires right
    after the work would be missed and its row left for the next tick.
    """
    deadline = time.monotonic() + LEASE + 2
    while True:
        others = busy()
        while work():
            pass
        if not others or time.monotonic() > deadline:
            return
        time.sleep(0.2)


def clean_up() -> None:
    """Delete everything that has been kept for long enough."""
    purge_work()
    for purge in RARELY:
        purge()


def purge_work() -> None:
    """Delete requests and jobs that are older than the settings ask to keep."""
    purge_inbox()
    OutboxMessage.objects.purge(settings.RESPONSE_INBOX_RETENTION_DAYS)


def purge_inbox() -> int:
    """Delete old finished requests; return their number.

    They are kept for at least an hour, because repeated deliveries are recognised by them.
    """
    return InboxRequest.objects.purge(max(settings.RESPONSE_INBOX_RETENTION_DAYS, 1 / 24))


def purge_resolved_alerts() -> None:
    """Delete alerts that were reported as resolved before they were reported as firing."""
    ResolvedAlert.objects.purge(max(settings.RESPONSE_INBOX_RETENTION_DAYS, 1 / 24))


def purge_questions() -> None:
    """Delete pending edits and questions in Slack whose buttons are too old to work."""
    old = models.Q()
    for prefix in (pending_edits.PREFIX, misunderstood_commands.PREFIX, changes.SEEN, "told:"):
        old |= models.Q(key__startswith=prefix)
    before = timezone.now() - timedelta(days=QUESTIONS_LAST)
    Lookup.objects.filter(old, looked_up__lt=before).delete()


#: What need not be looked at every minute: few rows are left by it, or a while is soon enough.
RARELY: tuple[Callable[[], object], ...] = (
    reference_names.ask_again,
    pacing.purge,
    pins.purge,
    known_handlers.purge,
    timeline_marks.purge,
    purge_questions,
    purge_resolved_alerts,
)


def _each(*pieces: Callable[[], object]) -> None:
    for piece in pieces:
        try:
            with acting_as(RESPONSE):
                piece()
        except (DatabaseError, InterfaceError):
            logger.exception("%s: database error; the next tick tries again", piece.__name__)
            connections.close_all()
        except Exception:
            logger.exception("%s failed; the tick continues with the rest", piece.__name__)


def _is_time_for(name: str, every: timedelta) -> bool:
    last = Tick.objects.filter(name=name).values_list("last_run", flat=True).first()
    return last is None or timezone.now() - last >= every


def _note_minute() -> None:
    _note_run("minute")


def _note_daily() -> None:
    _note_run("daily")


def _note_run(name: str) -> None:
    now = timezone.now()
    if not Tick.objects.filter(name=name).update(last_run=now):
        Tick.objects.bulk_create([Tick(name=name, last_run=now)], ignore_conflicts=True)
