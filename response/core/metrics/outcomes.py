"""What a measurement says of one incident. Pure; ``expressions.py`` says the same in SQL.

Each incident's measurement is exactly one of

* *recorded*: both times are known, and the second is not before the first;
* *pending*: the second time is not there yet, and can still come by itself;
* *not applicable*: there is nothing to measure. The incident was only reported after the fact,
  or one of the two times is not known;
* *invalid*: the second time is before the first, so one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from response.core.models.measurement import Measurement


class State(StrEnum):
    """The states of a measurement."""

    RECORDED = "recorded"
    PENDING = "pending"
    NOT_APPLICABLE = "not_applicable"
    INVALID = "invalid"


class Reason(StrEnum):
    """Why an incident was left out: finer than its state."""

    PENDING = "pending"
    REPORTED = "reported"
    UNKNOWN = "unknown"
    INVALID = "invalid"


#: The state of an incident that was left out, by the reason.
STATE_OF = {
    Reason.PENDING: State.PENDING,
    Reason.REPORTED: State.NOT_APPLICABLE,
    Reason.UNKNOWN: State.NOT_APPLICABLE,
    Reason.INVALID: State.INVALID,
}


@dataclass(frozen=True)
class Outcome:
    """What was measured: a ``duration`` if it is recorded, a ``reason`` if it is left out."""

    state: State
    duration: timedelta | None = None
    reason: Reason | None = None


def measure(
    measurement: Measurement, times: Mapping[str, datetime | None], *, report_only: bool
) -> Outcome:
    """Return what ``measurement`` says of an incident.

    ``times`` has the time of each milestone by its key, None where it is not known; the
    incident is closed if it has one for ``resolved``. ``report_only`` tells whether it was
    only reported after the fact.
    """
    if report_only and not measurement.includes_reported:
        return _left_out(Reason.REPORTED)
    start, end = times[measurement.start], times[measurement.end]
    if end is None:
        is_live = times["resolved"] is None and not report_only
        can_come = is_live or not measurement.last.ends
        return _left_out(Reason.PENDING if can_come else Reason.UNKNOWN)
    if start is None:
        return _left_out(Reason.UNKNOWN)
    if end < start:
        return _left_out(Reason.INVALID)
    return Outcome(State.RECORDED, duration=end - start)


def _left_out(reason: Reason) -> Outcome:
    return Outcome(STATE_OF[reason], reason=reason)
