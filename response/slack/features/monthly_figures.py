"""Last month's figures, as a message to a channel once a month."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.conf import settings
from response.core.addresses import page_url
from response.core.duration import short
from response.core.metrics import figures
from response.core.metrics.figures import Figures, Measured
from response.core.metrics.outcomes import Reason
from response.core.metrics.periods import Period, project_zone
from response.core.metrics.scope import NO_SEVERITY, Scope
from response.core.models import Severity
from response.db import atomic
from response.jobs import outbox
from response.jobs.models import OutboxMessage, Tick
from response.slack.jobs import names
from response.slack.text import mrkdwn
from response.slack.text.limits import MESSAGE_TEXT
from response.slack.text.mrkdwn import escape, truncate
from response.slack.web_api import identity
from response.slack.web_api.jobs import call_slack, slack_job

#: On the first of the month, from this hour on, in the project's zone.
HOUR = 9
#: The row that says when the last message was queued.
TICK = "metrics"

#: The month that this process knows to be done: no query is needed until the next one.
_done: datetime | None = None


def queue_if_due() -> bool:
    """Queue the message of this month unless that is done; return whether it was.

    Costs nothing without the setting, and afterwards one query in each process. Of several
    processes at the same instant one queues it: the row and the job are written together.
    """
    global _done
    if not settings.RESPONSE_METRICS_CHANNEL:
        return False
    now = timezone.now()
    today = (now.astimezone(project_zone()) if timezone.is_aware(now) else now).date()
    due = _due(today)
    if now < due or _done == due:
        return False
    last = Tick.objects.filter(name=TICK).values_list("last_run", flat=True).first()
    queued = (last is None or last < due) and _claim(due, now, today)
    _done = due
    return queued


def _due(today: date) -> datetime:
    moment = datetime.combine(today.replace(day=1), time(HOUR))
    return timezone.make_aware(moment, project_zone()) if _zones() else moment


def _zones() -> bool:
    return timezone.is_aware(timezone.now())


def _claim(due: datetime, now: datetime, today: date) -> bool:
    with atomic():
        Tick.objects.bulk_create([Tick(name=TICK)], ignore_conflicts=True)
        open_ones = Tick.objects.filter(Q(last_run__isnull=True) | Q(last_run__lt=due), name=TICK)
        if not open_ones.update(last_run=now):
            return False
        last_month = today.replace(day=1) - timedelta(days=1)
        outbox.enqueue(names.MONTHLY_FIGURES, queue=names.MONTHLY_FIGURES, day=str(last_month))
    return True


@slack_job(names.MONTHLY_FIGURES)
def post(job: OutboxMessage) -> None:
    """Post the figures of the month that ``arguments["day"]`` is in, as they are now."""
    where = str(settings.RESPONSE_METRICS_CHANNEL or "")
    if not where:
        return  # switched off since
    period = Period.of_month(date.fromisoformat(job.arguments["day"]), project_zone())
    text = message(figures.gather(Scope(period)))
    channel = identity.channel_called(where)
    call_slack("chat.postMessage", channel=channel, text=truncate(text, MESSAGE_TEXT))


def message(gathered: Figures) -> str:
    """Return the message, in mrkdwn, for the figures of one month."""
    period = gathered.scope.period
    month = date_format(period.first, "F Y")
    lines = [
        "📊 "
        + ngettext(
            "*%(month)s:* %(count)d incident was declared.",
            "*%(month)s:* %(count)d incidents were declared.",
            gathered.total,
        )
        % {"month": month, "count": gathered.total}
    ]
    if gathered.total:
        lines.append(_by_severity(gathered))
        lines += [f"• {_measured(one)}" for one in gathered.measured]
    open_actions = sum(age.count for age in gathered.actions)
    if open_actions:
        late = sum(age.overdue for age in gathered.actions)
        lines.append(
            ngettext(
                "%(count)d action is open now, %(late)d overdue.",
                "%(count)d actions are open now, %(late)d overdue.",
                open_actions,
            )
            % {"count": open_actions, "late": late}
        )
    address = page_url("metrics", query={"from": period.first, "to": period.last})
    lines.append(
        _("Private incidents are not counted. %(link)s")
        % {"link": mrkdwn.link(address, _("All figures"))}
    )
    return "\n".join(lines)


def _by_severity(gathered: Figures) -> str:
    counts: dict[str, int] = {}
    for week in gathered.weeks:
        for key, count in week.counts.items():
            counts[key] = counts.get(key, 0) + count
    known = [(row.key, row.label()) for row in Severity.all_rows()]
    labels = dict([*known, (NO_SEVERITY, _("no severity"))])
    order = [*labels, *(key for key in counts if key not in labels)]
    return ", ".join(
        f"{counts[key]} {escape(str(labels.get(key, key)))}" for key in order if counts.get(key)
    )


def _measured(measured: Measured) -> str:
    [span] = measured.months
    left_out = ", ".join(
        words % {"count": span.left_out[reason]}
        for reason, words in (
            (Reason.PENDING, _("%(count)d pending")),
            (Reason.REPORTED, _("%(count)d reported later")),
            (Reason.UNKNOWN, _("%(count)d not known")),
            (Reason.INVALID, _("%(count)d invalid")),
        )
        if span.left_out[reason]
    )
    values = {
        "name": escape(measured.measurement.label()),
        "count": span.counted,
        "left_out": left_out or _("none"),
    }
    if span.median is None or span.percentile_90 is None:
        return _("%(name)s: nothing to measure (left out: %(left_out)s)") % values
    values |= {
        "median": short(timedelta(seconds=span.median)),
        "most": short(timedelta(seconds=span.percentile_90)),
    }
    return (
        _(
            "%(name)s: median %(median)s, 90th percentile %(most)s "
            "(counted: %(count)d; left out: %(left_out)s)"
        )
        % values
    )
