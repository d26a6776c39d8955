"""Rows that release 0.5.1 could store twice, made one. What pointed at them is kept.

Functions for ``RunPython``; each prints a line if it changed anything.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count

Apps = Any
Editor = Any


def _repeated(model: Any, using: str, *fields: str) -> Any:
    """The values of ``fields`` that stand in more than one row."""
    counted = model.objects.using(using).order_by().values_list(*fields).annotate(n=Count("pk"))
    return list(counted.filter(n__gt=1))


def merge_people(apps: Apps, editor: Editor) -> None:
    """One row for each id of a system: the one with an account, else the oldest.

    What the kept row does not know is taken from the others; the counts of two rows of one
    channel are added up.
    """
    using = editor.connection.alias
    person = apps.get_model("response", "ExternalUser")
    merged = 0
    for app_id, external_id, _n in _repeated(person, using, "app_id", "external_id"):
        rows = list(
            person.objects.using(using)
            .filter(app_id=app_id, external_id=external_id)
            .order_by("pk")
        )
        kept = min(rows, key=lambda row: (row.owner_id is None, row.pk))
        for other in rows:
            if other.pk != kept.pk:
                _move_person(apps, using, other, kept)
                merged += 1
        kept.save(using=using)
    if merged:
        print(f"\n  Merged {merged} people who were stored more than once.", end="")


def _move_person(apps: Apps, using: str, other: Any, kept: Any) -> None:
    for name in ("full_name", "email", "owner_id"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(other, name))
    for model, field in (
        ("Incident", "lead"),
        ("Incident", "reporter"),
        ("Action", "user"),
        ("PinnedMessage", "author"),
    ):
        rows = apps.get_model("response", model).objects.using(using)
        rows.filter(**{field: other}).update(**{field: kept})
    _move_stats(apps.get_model("response", "UserStats").objects.using(using), other, kept)
    other.delete(using=using)


def _move_stats(stats: Any, other: Any, kept: Any) -> None:
    for row in stats.filter(user=other):
        same = stats.filter(user=kept, incident_id=row.incident_id).first()
        if same is None:
            stats.filter(pk=row.pk).update(user=kept)
            continue
        same.message_count += row.message_count
        times = [t for t in (same.join_time, row.join_time) if t]
        same.join_time = min(times) if times else None
        same.save()
        row.delete()


def merge_headlines(apps: Apps, editor: Editor) -> None:
    """One headline for each incident: one that was posted, with a channel, the oldest."""
    using = editor.connection.alias
    headline = apps.get_model("response", "HeadlinePost")
    merged = 0
    for incident_id, _n in _repeated(headline, using, "incident_id"):
        rows = list(headline.objects.using(using).filter(incident_id=incident_id))
        kept = min(rows, key=lambda r: (not r.message_ts, r.comms_channel_id is None, r.pk))
        channel = kept.comms_channel_id
        for other in rows:
            if other.pk != kept.pk:
                channel = channel or other.comms_channel_id
                other.delete(using=using)
                merged += 1
        if channel != kept.comms_channel_id:
            kept.comms_channel_id = channel
            kept.save(using=using)
    if merged:
        print(f"\n  Removed {merged} second headlines.", end="")


def merge_pins(apps: Apps, editor: Editor) -> None:
    """One pin for each message: one with an entry in the timeline, the oldest.

    The timeline's entries stay, all of them.
    """
    using = editor.connection.alias
    pin = apps.get_model("response", "PinnedMessage")
    merged = 0
    for incident_id, message_ts, _n in _repeated(pin, using, "incident_id", "message_ts"):
        rows = list(pin.objects.using(using).filter(incident_id=incident_id, message_ts=message_ts))
        kept = min(rows, key=lambda r: (r.timeline_event_id is None, r.pk))
        merged += len(rows) - 1
        pin.objects.using(using).filter(pk__in=[r.pk for r in rows if r.pk != kept.pk]).delete()
    if merged:
        print(f"\n  Removed {merged} pins that were stored more than once.", end="")
