"""Merge rows that release 0.5.1 could store twice, and the references to them.

Functions for ``RunPython``; each prints a line if it changed anything, and does nothing if it
is run again.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count

from response.upgrade.references import References

Apps = Any
Editor = Any

#: The ``Lookup`` with ``[account, app_id, external_id]`` of links that were removed.
OTHER_ACCOUNTS = "upgrade: other accounts"


def _repeated(model: Any, using: str, *fields: str) -> Any:
    """Return the values of ``fields`` that more than one row has."""
    counted = model.objects.using(using).order_by().values_list(*fields).annotate(n=Count("pk"))
    return list(counted.filter(n__gt=1))


def widen_counts(apps: Apps, editor: Editor) -> None:
    """Change the column of message counts to big integers, if it is not one yet.

    The sum of two counts may exceed 2³¹ − 1.
    """
    model = apps.get_model("response", "UserStats")
    connection, field = editor.connection, model._meta.get_field("message_count")
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, model._meta.db_table)
    [column] = [c for c in columns if c.name == field.column]
    if connection.introspection.get_field_type(column.type_code, column) != "IntegerField":
        return
    if connection.vendor == "sqlite":  # all its integers have the same size
        return
    before = models.IntegerField(default=0)
    before.set_attributes_from_name("message_count")
    before.model = model
    editor.alter_field(model, before, field)


def merge_people(apps: Apps, editor: Editor) -> None:
    """Keep one row for each id of a system: the one with an account, else the oldest.

    Empty fields of the kept row are filled from the others; message counts for the same channel
    are added up. Of several accounts the kept row's stays; the others are printed and stored in
    a ``Lookup``. People without an id are different people: all but the oldest get an id made
    from their primary key.
    """
    using = editor.connection.alias
    person = apps.get_model("response", "ExternalUser")
    people = person.objects.using(using)
    references = None
    merged, other_accounts = 0, []
    for app_id, external_id, _n in _repeated(person, using, "app_id", "external_id"):
        rows = list(people.filter(app_id=app_id, external_id=external_id).order_by("pk"))
        if not external_id.strip():
            for row in rows[1:]:
                people.filter(pk=row.pk).update(external_id=_made_up(people, app_id, row.pk))
            continue
        references = references or References(editor.connection, person._meta.db_table)
        kept = min(rows, key=lambda row: (row.owner_id is None, row.pk))
        for other in rows:
            if other.pk != kept.pk:
                if other.owner_id not in (None, kept.owner_id):
                    other_accounts.append([other.owner_id, app_id, external_id])
                _move_person(apps, using, references, other, kept)
                merged += 1
        kept.save(using=using)
    if merged:
        print(f"\n  Merged {merged} people who were stored more than once.", end="")
    for account, app_id, external_id in other_accounts:
        print(
            f"\n  {external_id} ({app_id}) had more than one account: number {account} is no "
            "longer linked.",
            end="",
        )
    if other_accounts:
        notes = apps.get_model("response", "Lookup").objects.using(using)
        notes.update_or_create(key=OTHER_ACCOUNTS, defaults={"value": other_accounts})


def _made_up(people: Any, app_id: str, pk: int) -> str:
    name = f"unknown-{pk}"
    while people.filter(app_id=app_id, external_id=name).exists():
        name += "-"
    return name


def _move_person(apps: Apps, using: str, references: References, other: Any, kept: Any) -> None:
    for name in ("display_name", "full_name", "email"):
        if not (getattr(kept, name) or "").strip() and getattr(other, name):
            setattr(kept, name, getattr(other, name))
    if kept.owner_id is None:
        kept.owner_id = other.owner_id
    stats = apps.get_model("response", "UserStats")
    _move_stats(stats.objects.using(using), other, kept)
    references.move(other.pk, kept.pk, but=(stats._meta.db_table,))
    other.delete(using=using)


def _move_stats(stats: Any, other: Any, kept: Any) -> None:
    for row in stats.filter(user=other):
        same = stats.filter(user=kept, incident_id=row.incident_id).first()
        if same is None:
            stats.filter(pk=row.pk).update(user=kept)
            continue
        times = [t for t in (same.join_time, row.join_time) if t]
        stats.filter(pk=same.pk).update(
            message_count=same.message_count + row.message_count,
            join_time=min(times, default=None),
        )
        stats.filter(pk=row.pk).delete()


def merge_headlines(apps: Apps, editor: Editor) -> None:
    """Keep one headline per incident: preferably posted, with a channel, and the oldest."""
    using = editor.connection.alias
    headline = apps.get_model("response", "HeadlinePost")
    headlines = headline.objects.using(using)
    references = None
    merged = 0
    for incident_id, _n in _repeated(headline, using, "incident_id"):
        references = references or References(editor.connection, headline._meta.db_table)
        rows = list(headlines.filter(incident_id=incident_id).order_by("pk"))
        kept = min(rows, key=lambda r: (not r.message_ts, r.comms_channel_id is None, r.pk))
        channel = kept.comms_channel_id
        for other in rows:
            if other.pk != kept.pk:
                channel = channel or other.comms_channel_id
                references.move(other.pk, kept.pk)
                headlines.filter(pk=other.pk).delete()
                merged += 1
        if channel != kept.comms_channel_id:
            headlines.filter(pk=kept.pk).update(comms_channel_id=channel)
    if merged:
        print(f"\n  Removed {merged} second headlines.", end="")


def merge_pins(apps: Apps, editor: Editor) -> None:
    """Keep one pin per message: preferably with an entry in the timeline, and the oldest.

    All timeline entries are kept. A message is identified by its ts. Pins without a ts are
    different messages. A pin with another text that is not in the timeline is kept too. These
    pins get different values for ts.
    """
    using = editor.connection.alias
    pin = apps.get_model("response", "PinnedMessage")
    pins = pin.objects.using(using)
    references = None
    merged = 0
    for incident_id, message_ts, _n in _repeated(pin, using, "incident_id", "message_ts"):
        references = references or References(editor.connection, pin._meta.db_table)
        rows = list(pins.filter(incident_id=incident_id, message_ts=message_ts).order_by("pk"))
        kept = min(rows, key=lambda r: (r.timeline_event_id is None, r.pk))
        for other in rows:
            if other.pk == kept.pk:
                continue
            is_elsewhere = other.timeline_event_id is not None or other.text == kept.text
            if message_ts.strip() and is_elsewhere:
                references.move(other.pk, kept.pk)
                pins.filter(pk=other.pk).delete()
                merged += 1
            else:
                ending = f"-{other.pk}"
                ts = (message_ts.strip() or "unknown")[: 50 - len(ending)] + ending
                pins.filter(pk=other.pk).update(message_ts=ts)
    if merged:
        print(f"\n  Removed {merged} pins that were stored more than once.", end="")
