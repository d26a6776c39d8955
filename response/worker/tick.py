"""What is done regularly: reminders, what was left, cleaning up.

Ticks may run on several machines, and at the same time: each piece of work sees to it
itself that it is done once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from response.conf import settings
from response.core.actors import RESPONSE, acting_as
from response.db import atomic
from response.jobs.models import OutboxMessage, OutboxQueue, Tick
from response.jobs.models.lease import LEASE
from response.slack.features import known_handlers, misunderstood, pending_edits, pins, reminders
from response.slack.inbound import inbox
from response.slack.jobs import requests
from response.slack.models import InboxRequest, Lookup
from response.slack.web_api import pacing
from response.worker import sending

logger = logging.getLogger(__name__)

#: Seconds: how long a tick waits for Slack's limits, and for a message of how soon.
LONGEST, SOON = 50, 10
#: Days for which a proposal's Yes button works.
PROPOSALS_LAST = 30


def minute(*, alone: bool = True) -> None:
    """The regular work: reminders, cleaning up, and once a day the people.

    If nobody looks for waiting work before the next tick, we are ``alone``: all that is due
    is done as well. What a killed process held is free again within seconds; those are
    waited for, so that one tick after a crash is enough.
    """
    if alone:
        _each(finish_inbox)
    _each(reminders.send_due)
    _each(_daily_if_it_is_time)
    if alone:
        _each(finish_outbox)
    _each(clean_up)
    _each(_note_minute)


def daily() -> None:
    """Have the people that we know brought up to date with Slack."""
    _each(requests.refresh_all_users)
    _each(_note_daily)


def _daily_if_it_is_time() -> None:
    if _is_time_for("daily", timedelta(days=1)):
        daily()


def sweep() -> int:
    """Do what is due now and wait for nothing. Returns how much that was."""
    done = 0
    while inbox.work_on_next():
        done += 1
    return done + sending.send_all_due()


def finish_inbox() -> None:
    """Work on every request that is due, also those whose worker has died."""
    _until_nobody_works(
        work=inbox.work_on_next,
        busy=lambda: InboxRequest.objects.claimed().waiting().exists(),
    )


def finish_outbox() -> None:
    """Send everything that is due, also what a dead worker was sending.

    What Slack's limits keep waiting is waited for, as long as a tick may take.
    """
    deadline = time.monotonic() + LONGEST
    _send_due()
    while (wait := _seconds_until_next_place()) is not None and time.monotonic() < deadline:
        time.sleep(max(wait, 0.02))
        _send_due()


def _seconds_until_next_place() -> float | None:
    """Until the next message can go that only keeps to Slack's limits; None if none soon."""
    now = timezone.now()
    paced = OutboxMessage.objects.waiting().filter(urgent=False, error="", due__gt=now)
    due = paced.order_by("due").values_list("due", flat=True).first()
    wait = (due - now).total_seconds() if due else None
    return wait if wait is not None and wait <= SOON else None


def _send_due() -> None:
    waiting = OutboxMessage.objects.waiting()
    _until_nobody_works(
        work=sending.send_all_due,
        busy=lambda: (
            OutboxQueue.objects.claimed().filter(
                messages__in=waiting.filter(due__lte=timezone.now())
            )
        ).exists(),
    )


def _until_nobody_works(work: Callable[[], int], busy: Callable[[], bool]) -> None:
    """Do all there is, and wait for what others hold: it is done, or free once they are dead.

    We look whether others are busy before we work. A claim that runs out right after our
    work would else be seen by neither, and its piece left for the next tick.
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
    """Delete what has been kept long enough."""
    purge_inbox()
    OutboxMessage.objects.purge(settings.RESPONSE_INBOX_RETENTION_DAYS)
    pacing.purge()
    pins.purge()
    known_handlers.purge()
    before = timezone.now() - timedelta(days=PROPOSALS_LAST)
    for prefix in (pending_edits.PREFIX, misunderstood.PREFIX, "told:"):
        Lookup.objects.filter(key__startswith=prefix, looked_up__lt=before).delete()


def purge_inbox() -> int:
    """Delete old finished requests; return how many.

    A repeated delivery is recognised by them, so each stays for an hour at least.
    """
    return InboxRequest.objects.purge(max(settings.RESPONSE_INBOX_RETENTION_DAYS, 1 / 24))


def _each(*pieces: Callable[[], object]) -> None:
    for piece in pieces:
        try:
            with acting_as(RESPONSE):
                piece()
        except (DatabaseError, InterfaceError):
            logger.exception("%s: the database failed; the next tick tries again", piece.__name__)
            connections.close_all()
        except Exception:
            logger.exception("%s failed; the rest of the tick goes on", piece.__name__)


def _is_time_for(name: str, every: timedelta) -> bool:
    last = Tick.objects.filter(name=name).values_list("last_run", flat=True).first()
    return last is None or timezone.now() - last >= every


def _note_minute() -> None:
    _ran("minute")


def _note_daily() -> None:
    _ran("daily")


def _ran(name: str) -> None:
    with atomic():
        Tick.objects.update_or_create(name=name, defaults={"last_run": timezone.now()})
