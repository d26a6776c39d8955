"""Keep to Slack's rate limits across all processes.

Each limit is a row with the time until which it is booked. A call books its interval with one
``UPDATE`` that succeeds only while the booking is not too far ahead, so two processes never
take the same slot. Urgent calls (an answer to a person, a new incident's headline) may be
made in bursts; all others (reminders) are spread evenly and give way to them. If there is no
free slot now, the caller gets the time to wait; a call that is not urgent gets a place in a
line, so that two hundred reminders do not all try again at once.

When Slack answers that a method is called too often, all processes stop calling it for as long
as Slack says.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Any

from django.db import models
from django.db.models.functions import Greatest, Least

from response.conf import settings
from response.db import atomic, lock
from response.slack.models import Pace
from response.slack.web_api import client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.rate_limits import Limit, limits_of

#: The error code of a call that was not made because it would exceed a rate limit.
PACED = "paced"
#: Seconds over which Slack counts calls, and so the furthest that a limit is booked ahead.
WINDOW = 60.0


class _NoPlace(Exception):
    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


def paced(*, urgent: bool) -> AbstractContextManager[None]:
    """Return a context manager that keeps the calls of Slack in its block to the rate limits.

    A call for which there is no slot now is not made; it raises ``SlackError`` with the code
    ``paced`` and ``retry_after``.
    """

    def before(method: str, arguments: dict[str, Any]) -> None:
        wait = book(method, arguments, urgent=urgent)
        if wait > 0:
            raise SlackError(f"{method} waits for its place", PACED, retry_after=wait)

    return client.before_each_call(before)


def book(method: str, arguments: dict[str, Any], *, urgent: bool) -> float:
    """Book a slot for a call now. Returns 0, or the seconds after which to ask again."""
    now = time.time()
    limits = _limits(method, arguments)
    try:
        _respect_rest(method, now)
        with atomic():
            for limit in limits:
                _take(limit, now, urgent=urgent)
    except _NoPlace as no_place:
        if urgent or not limits:
            return no_place.wait
        return _line_up(limits[-1], now, no_place.wait)
    return 0.0


def rest(method: str, seconds: float) -> None:
    """Stop all calls of ``method`` for some seconds, because Slack says it is called too often."""
    for key in (_rest(method), _line(method)):
        _have_row(key)
        Pace.objects.filter(key=key).update(
            booked_until=Greatest("booked_until", models.Value(time.time() + seconds))
        )


def purge() -> int:
    """Delete the rows of limits that have long been free; return their number.

    There is one for every channel that was posted in.
    """
    return Pace.objects.filter(booked_until__lt=time.time() - 3600).delete()[0]


def _limits(method: str, arguments: dict[str, Any]) -> list[Limit]:
    speed = float(settings.RESPONSE_SLACK_PACE)
    if speed <= 0:
        return []
    return [
        Limit(limit.key, limit.interval / speed, limit.burst)
        for limit in limits_of(method, arguments)
    ]


def _respect_rest(method: str, now: float) -> None:
    resting = Pace.objects.filter(key=_rest(method), booked_until__gt=now)
    until = resting.values_list("booked_until", flat=True).first()
    if until is not None:
        raise _NoPlace(until - now)


def _take(limit: Limit, now: float, *, urgent: bool) -> None:
    ahead = _may_be_ahead(limit, urgent=urgent)
    free = Pace.objects.filter(key=limit.key, booked_until__lte=now + ahead)
    booked = Greatest("booked_until", models.Value(now)) + models.Value(limit.interval)
    while not free.update(booked_until=Least(booked, models.Value(now + WINDOW))):
        until = Pace.objects.filter(key=limit.key).values_list("booked_until", flat=True).first()
        if until is None:
            _have_row(limit.key)
        elif until > now + ahead:
            raise _NoPlace(until - now - ahead)


def _may_be_ahead(limit: Limit, *, urgent: bool) -> float:
    """Return how many seconds the booking may be ahead of the clock."""
    if not urgent:
        # One interval; otherwise every small delay would cost a slot.
        return 1.05 * limit.interval
    return WINDOW if limit.burst is None else limit.burst * limit.interval


def _line_up(limit: Limit, now: float, wait: float) -> float:
    """Return the next place in the line of calls that are not urgent, in seconds from now."""
    key = _line(limit.key)
    _have_row(key)
    with atomic():
        row = lock(Pace.objects.filter(key=key)).get()
        place = max(row.booked_until, now + wait)
        row.booked_until = place + limit.interval
        row.save(update_fields=["booked_until"])
    return place - now


def _line(key: str) -> str:
    return f"{key} (line)"


def _rest(method: str) -> str:
    return f"{method} (rest)"


def _have_row(key: str) -> None:
    Pace.objects.bulk_create([Pace(key=key)], ignore_conflicts=True)
