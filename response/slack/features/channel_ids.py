"""Channel ids that Slack changes, and channels that are deleted.

Slack gives a channel another id when it is shared with another organisation or moved within
an Enterprise Grid (event ``channel_id_changed``). Every id that is stored follows, those that an
organisation has stored in its own rows as well. The id in a setting cannot: the new one is
remembered and used in its place, and the doctor names it.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import models
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext as _

from response.core.models import (
    Action,
    FieldValue,
    Incident,
    ReviewSection,
    TimelineEvent,
    Update,
)
from response.core.models.configured import ConfiguredRow
from response.db import atomic
from response.jobs.models import OutboxMessage, OutboxQueue, Timer
from response.slack.jobs import requests
from response.slack.models import CommsChannel, HeadlinePost, InboxRequest, Lookup, UpdateNotice
from response.slack.web_api import identity

logger = logging.getLogger(__name__)

#: The columns that hold the id of a channel, or an empty text.
_IDS: list[tuple[type[models.Model], str]] = [
    (CommsChannel, "channel_id"),
    (HeadlinePost, "channel_id"),
    (UpdateNotice, "channel_id"),
]
#: The columns of texts in which people refer to channels.
_TEXTS: list[tuple[type[models.Model], str]] = [
    (Incident, "report"),
    (Incident, "summary"),
    (Incident, "impact"),
    (Action, "details"),
    (TimelineEvent, "text"),
    (Update, "known"),
    (Update, "doing"),
    (Update, "needed"),
    (FieldValue, "text"),
    (ReviewSection, "text"),
]


def follow(model: type[models.Model], *, ids: str = "", texts: tuple[str, ...] = ()) -> None:
    """Have a model of another room follow the channels.

    ``ids`` is its column that holds a channel's id, and ``texts`` are those with references to
    channels. They are changed by UPDATE: no timeline entry is written, and no signal is sent.
    """
    if ids and (model, ids) not in _IDS:
        _IDS.append((model, ids))
    _TEXTS.extend((model, name) for name in texts if (model, name) not in _TEXTS)


def is_known(channel_id: str) -> bool:
    """Return whether a channel is an incident's, a headlines channel, or one that is configured."""
    return bool(channel_id) and (
        any(_rows(model, column, channel_id).exists() for model, column in _IDS)
        or _lookups(channel_id).exists()
        or bool(identity.settings_with(channel_id))
    )


def _rows(model: type[models.Model], column: str, channel_id: str) -> models.QuerySet[Any]:
    return model._default_manager.filter(**{column: channel_id})


def _note_change(model: type[models.Model]) -> None:
    if issubclass(model, ConfiguredRow):
        model.changed_by_statement()


def _lookups(channel_id: str) -> models.QuerySet[Lookup]:
    return Lookup.objects.filter(key__startswith="channel ", value=channel_id)


def changed(old: str, new: str) -> None:
    """Write ``new`` wherever the channel ``old`` is stored."""
    with atomic():
        channels = CommsChannel.objects.filter(channel_id=old)
        incidents = list(channels.values_list("incident_id", flat=True))
        for model, column in _IDS:
            if _rows(model, column, old).update(**{column: new}):
                _note_change(model)
        in_settings = identity.settings_with(old)
        _lookups(old).update(value=new)
        if in_settings:
            identity.remember_move(old, new)
        for timer in Timer.objects.filter(incident__in=incidents):
            Timer.objects.filter(pk=timer.pk).update(data=_renamed(timer.data, old, new))
        _change_inbox(old, new)
        _change_outbox(old, new, incidents)
        _change_texts(old, new, incidents)
    for incident_id in incidents:
        requests.sync_headline(incident_id)
    logger.info("The channel %s has the id %s now", old, new)
    for name in in_settings:
        logger.warning("Set %s to %s: Slack has given the channel %s this id", name, new, old)


def deleted(channel_id: str) -> None:
    """Mark a channel that Slack deleted as archived, and note that in its incident's timeline."""
    with atomic():
        channels = list(
            CommsChannel.objects.filter(channel_id=channel_id, archived=False).select_related(
                "incident"
            )
        )
        for channel in channels:
            CommsChannel.objects.filter(pk=channel.pk).update(archived=True)
            TimelineEvent.objects.create(
                incident=channel.incident,
                timestamp=timezone.now(),
                text=_("The comms channel #%(name)s was deleted in Slack.")
                % {"name": channel.channel_name},
                event_type="channel_deleted",
                metadata={"channel_id": channel_id},
            )
        # Headlines are posted again, in the channel that is theirs by then.
        _lookups(channel_id).delete()
        HeadlinePost.objects.filter(channel_id=channel_id).update(
            channel_id="", message_ts=None, fingerprint=""
        )
    for channel in channels:
        requests.sync_headline(channel.incident_id)


def _change_inbox(old: str, new: str) -> None:
    """Move the waiting requests of the inbox to the channel's new id."""
    waiting = InboxRequest.objects.waiting().filter(payload__contains=f'"{old}"')
    waiting.exclude(type="channel_id_changed").update(
        payload=Replace("payload", models.Value(f'"{old}"'), models.Value(f'"{new}"'))
    )
    InboxRequest.objects.waiting().filter(ordering_key=old).update(ordering_key=new)


def _change_outbox(old: str, new: str, incidents: list[int]) -> None:
    """Move the waiting messages of the outbox to the channel's new id, in the same order."""
    names = {old: new, f"reactions {old}": f"reactions {new}"}
    concerned = models.Q(queue__name__in=list(names)) | models.Q(incident__in=incidents)
    concerned |= models.Q(arguments__channel=old) | models.Q(progress__posting_in=old)
    for message in list(OutboxMessage.objects.waiting().filter(concerned)):
        arguments, progress = _renamed(message.arguments, old, new), message.progress
        progress = _renamed(progress, old, new)
        if (arguments, progress) != (message.arguments, message.progress):
            OutboxMessage.objects.filter(pk=message.pk).update(
                arguments=arguments, progress=progress
            )
    for name, wanted in names.items():
        queue = OutboxQueue.objects.filter(name=name).first()
        if queue is None:
            continue
        there = OutboxQueue.objects.filter(name=wanted).first()
        if there is None:
            OutboxQueue.objects.filter(pk=queue.pk).update(name=wanted)
        else:
            OutboxMessage.objects.waiting().filter(queue=queue).update(queue=there)


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return ``value`` of JSON, with ``new`` in place of every string that is ``old``."""
    if isinstance(value, dict):
        return {k: _renamed(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(v, old, new) for v in value]
    return new if value == old else value


def _change_texts(old: str, new: str, incidents: list[int]) -> None:
    pins = TimelineEvent.objects.filter(incident__in=incidents, metadata__channel_id=old)
    for entry in list(pins):
        TimelineEvent.objects.filter(pk=entry.pk).update(
            metadata=_renamed(entry.metadata, old, new)
        )
    # By UPDATE: the incident itself has not changed, so its timeline gets no entry.
    for model, field in _TEXTS:
        for end in ">", "|":  # a longer id may begin like this one
            was, becomes = f"<#{old}{end}", f"<#{new}{end}"
            rows = model._default_manager.filter(**{f"{field}__contains": was})
            if rows.update(**{field: Replace(field, models.Value(was), models.Value(becomes))}):
                _note_change(model)
