"""Act on groups of alerts: declare incidents, join them and close them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings as django_settings
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from django.utils.translation import ngettext

from response.conf import settings
from response.core.alerts.groups import Alert, Group
from response.core.models import Alert as KnownAlert
from response.core.models import (
    DedupKey,
    ExternalUser,
    Incident,
    ResolvedAlert,
    Severity,
    TimelineEvent,
)
from response.db import atomic, lost_a_race
from response.language import project_language

#: The type of the timeline entries.
EVENT_TYPE = "alert"
#: The number of alerts that a timeline entry lists; the others are only counted.
MAX_NAMED = 50
#: The number of attempts if other requests are working on the same incident.
TRIES = 5
#: The number of alerts written in one statement.
BATCH = 300

AUTO, CLOSE, NOTE = "auto", "close", "note"
#: The possible actions when all alerts are resolved.
POLICIES = (AUTO, CLOSE, NOTE)


@dataclass(frozen=True)
class Source:
    """An alert source, as the reporter of its incidents. ``app_id`` has 50 characters at most."""

    app_id: str
    name: str

    def reporter(self) -> ExternalUser:
        """Return the ``ExternalUser`` for the source, which has no user in Slack."""
        reporter, _created = ExternalUser.objects.get_or_create(
            app_id=self.app_id,
            external_id=self.app_id,
            defaults={"display_name": self.name, "bot": True},
        )
        return reporter


@dataclass(frozen=True)
class Outcome:
    """What was done about a group. ``noted`` is the number of alerts in the new timeline entry."""

    incident: int | None = None
    created: bool = False
    closed: bool = False
    noted: int = 0


class Contended(Exception):
    """Other requests changed the same incident first in every attempt."""


def take(group: Group, source: Source, *, when_over: str) -> Outcome:
    """Declare, join or close the incident of ``group``, in a single transaction.

    Alerts that fire declare an incident, or join the open one that has the group's key.
    Alerts that are known already are not recorded again, even if they arrive twice at the same
    instant. ``when_over`` (one of ``POLICIES``) says what happens once everything is resolved:
    ``close`` the incident, ``note`` it in the timeline only, or close it only if no one is
    working on it (``auto``). Raises :class:`Contended` if other requests were faster each time.
    """
    for _try in range(TRIES):
        try:
            with atomic():
                incident = Incident.objects.lock_open_with(group.key)
                if incident is not None:
                    return _write(incident, False, group, source, when_over)
                news = _without_stale(group)
                if news.firing:
                    return _write(_declare(news, source), True, news, source, when_over)
                resolved = {alert.identity for alert in group.alerts if not alert.firing}
                ResolvedAlert.objects.note(group.key, resolved)
                return Outcome()
        except (IntegrityError, OperationalError) as error:
            # Another request declared the incident first. Everything is rolled back, so that
            # no lock is held while we wait for the other one's.
            if isinstance(error, OperationalError) and not lost_a_race(error):
                raise
    raise Contended


def _without_stale(group: Group) -> Group:
    """Return ``group`` without the alerts that have been resolved since.

    An alert that is reported as firing after it was reported as resolved, with the same start,
    is late: Alertmanager's peers each send what they know, in any order. One that fires again
    has a new start. (While its incident is open, a late alert is recorded all the same.)
    """
    firing = [alert.identity for alert in group.alerts if alert.firing]
    known = KnownAlert.objects.filter(
        incident__dedupkey__key=group.key, identity__in=firing, firing=False
    )
    stale = set(known.values_list("identity", flat=True)) if firing else set()
    stale |= ResolvedAlert.objects.among(group.key, firing)
    alerts = tuple(a for a in group.alerts if not (a.firing and a.identity in stale))
    return replace(group, alerts=alerts) if stale else group


def _declare(group: Group, source: Source) -> Incident:
    """Declare an incident with the group's key.

    Raises ``IntegrityError`` if another open incident has it.
    """
    incident: Incident = Incident.objects.create_incident(
        report=group.title,
        reporter=source.reporter(),
        summary=group.summary,
        severity=group.severity,
        start_time=_not_later_than_now(group.started),
        detected_at=timezone.now(),
    )
    DedupKey.objects.hold(incident, group.key)
    return incident


def _not_later_than_now(moment: datetime | None) -> datetime | None:
    if moment is None or moment > datetime.now(moment.tzinfo):
        return None
    if django_settings.USE_TZ:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())


def _write(
    incident: Incident, created: bool, group: Group, source: Source, when_over: str
) -> Outcome:
    news = _news(incident, group)
    if news:
        TimelineEvent.objects.create(
            incident=incident,
            text=_entry(source, news, [a for a in news if a.firing]),
            event_type=EVENT_TYPE,
            metadata={
                "source": source.app_id,
                "firing": sum(a.firing for a in news),
                "resolved": sum(not a.firing for a in news),
            },
        )
    ends = False
    if group.over:
        others = KnownAlert.objects.filter(incident=incident, firing=True).update(firing=False)
        # Only news closes an incident: a repetition does not close one that was reopened.
        ends = bool(news or others) and _may_close(incident, when_over)
    closed = ends and incident.close()
    return Outcome(incident=incident.pk, created=created, closed=closed, noted=len(news))


def _news(incident: Incident, group: Group) -> list[Alert]:
    """Return the alerts that are new or have changed, and store them as known."""
    known = {row.identity: row for row in KnownAlert.objects.filter(incident=incident)}
    by_identity = {alert.identity: alert for alert in group.alerts}  # each once
    new = [alert for identity, alert in by_identity.items() if identity not in known]
    changed = [a for i, a in by_identity.items() if i in known and known[i].firing != a.firing]
    KnownAlert.objects.bulk_create(
        (KnownAlert(incident=incident, identity=a.identity, firing=a.firing) for a in new),
        batch_size=BATCH,
    )
    for alert in changed:
        known[alert.identity].firing = alert.firing
    KnownAlert.objects.bulk_update(
        (known[a.identity] for a in changed), ["firing"], batch_size=BATCH
    )
    return new + changed


@project_language()
def _entry(source: Source, news: list[Alert], firing: list[Alert]) -> str:
    resolved = [alert for alert in news if not alert.firing]
    parts = []
    if firing:
        heading = ngettext("%(n)d alert is firing", "%(n)d alerts are firing", len(firing))
        parts.append(_list(source, heading, firing))
    if resolved:
        heading = ngettext("%(n)d alert is resolved", "%(n)d alerts are resolved", len(resolved))
        parts.append(_list(source, heading, resolved))
    return "\n\n".join(parts)


def _list(source: Source, heading: str, alerts: list[Alert]) -> str:
    lines = [f"{source.name}: {heading % {'n': len(alerts)}}", ""]
    lines += [f"- {alert.text}" for alert in alerts[:MAX_NAMED]]
    more = len(alerts) - MAX_NAMED
    if more > 0:
        lines.append("- " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
    return "\n".join(lines)


def _may_close(incident: Incident, when_over: str) -> bool:
    if when_over == AUTO:
        return incident.lead_id is None and incident.comms_channel() is None
    return when_over == CLOSE


def policy() -> str:
    """Return the policy from the settings for when all alerts are resolved."""
    value = settings.RESPONSE_ALERTMANAGER_RESOLVED
    return value if value in POLICIES else AUTO


def severity_of(word: str) -> Severity | None:
    """Return the severity that a source's word stands for, or None if there is none.

    What the project's ``RESPONSE_ALERTMANAGER_SEVERITIES`` says comes first, then the keys,
    names and aliases of the severities, then the setting's default. Retired ones are not used.
    """
    is_set = hasattr(django_settings, "RESPONSE_ALERTMANAGER_SEVERITIES")
    words = settings.RESPONSE_ALERTMANAGER_SEVERITIES
    pairs = words.items() if isinstance(words, dict) else ()
    ours = {str(known).strip().casefold(): value for known, value in pairs}
    value = ours.get(word.strip().casefold())
    mapped = value if isinstance(value, str) else ""
    rows = map(Severity.named, (mapped, word) if is_set else (word, mapped))
    return next((row for row in rows if row is not None and not row.retired), None)
