"""The timeline of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.core import actors
from response.core.clean import require_visible, sanitise
from response.core.models.user_external import ExternalUser
from response.db import atomic, storable


class TimelineQuerySet(models.QuerySet["TimelineEvent"]):
    """Queries for timelines."""

    def shown(self) -> TimelineQuerySet:
        """Return the entries that are not hidden."""
        return self.filter(hidden=False)


class TimelineEvent(models.Model):
    """One entry of an incident's timeline.

    ``event_type`` is ``text`` for what a person wrote, ``slack_pin`` for a pinned message,
    ``incident_update`` for a change to the incident itself, or a word of a project's own.
    ``metadata`` is any JSON; for an ``incident_update`` it has ``update_type``,
    ``old_value`` and ``new_value``.

    ``actor`` and ``actor_name`` say who did what the entry records; both are empty if that is
    not known, as in entries of older releases. A hidden entry is kept, and shown on request.
    ``rewritten`` is true once a person has edited the text here: later edits of the message in
    Slack are then stored beside it and do not replace it.
    """

    EVENT_TYPES = (
        ("text", _("Text")),
        ("slack_pin", _("Pinned message")),
        ("incident_update", _("Incident update")),
    )

    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE)
    timestamp = models.DateTimeField(default=timezone.now)
    text = models.TextField(validators=[require_visible])
    event_type = models.CharField(max_length=30, default="text")
    metadata = models.JSONField(null=True, blank=True)
    actor = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    hidden = models.BooleanField(default=False, db_default=False)
    starred = models.BooleanField(default=False, db_default=False)
    rewritten = models.BooleanField(default=False, db_default=False)
    modified = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TimelineQuerySet.as_manager()

    class Meta:
        app_label = "response"
        ordering = ["timestamp", "id"]

    def __str__(self) -> str:
        return f"{self.event_type}: {self.text[:80]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the entry; a new one without an actor gets the current one."""
        self.text = sanitise(self.text) or ""
        self.metadata = storable(self.metadata)
        if self._state.adding and self.actor_id is None and not self.actor_name:
            actor = actors.current()
            self.actor, self.actor_name = actor.person, actor.name
        self.modified = timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "modified"}
        super().save(*args, **kwargs)

    @property
    def update_type(self) -> str:
        """What was changed, such as ``incident_lead``; empty for an entry of another kind."""
        data = self.metadata
        return str(data.get("update_type") or "") if isinstance(data, dict) else ""

    def curate(self, **values: Any) -> bool:
        """Change the entry on behalf of the current actor, and store the previous values.

        ``values`` are any of ``text``, ``timestamp``, ``hidden`` and ``starred``. Returns
        whether anything was different.
        """
        before = {name: getattr(self, name) for name in values}
        if "text" in values:
            values["text"] = sanitise(values["text"]) or ""
        changed = {name: value for name, value in values.items() if value != before[name]}
        if not changed:
            return False
        for name, value in changed.items():
            setattr(self, name, value)
        self.rewritten = self.rewritten or "text" in changed
        actor = actors.current()
        with atomic():
            self.save(update_fields=[*changed, "rewritten"])
            TimelineRevision.objects.create(
                event=self,
                actor=actor.person,
                actor_name=actor.name,
                before={name: _plain(before[name]) for name in changed},
            )
        return True


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


class TimelineRevision(models.Model):
    """A change that a person made to an entry: who, when, and what it was before.

    ``before`` is a dict of the fields that were changed (``text``, ``timestamp``,
    ``hidden``, ``starred``) to their values until then.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(TimelineEvent, on_delete=models.CASCADE, related_name="revisions")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=255, blank=True, default="")
    before = models.JSONField()

    class Meta:
        app_label = "response"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {', '.join(self.before)}"


def add_joined_event(incident: Any, person: ExternalUser, at: datetime) -> TimelineEvent:
    """Add a timeline entry that ``person`` joined the comms channel at ``at``."""
    name = person.as_text()
    return TimelineEvent.objects.create(
        incident=incident,
        timestamp=at,
        text=f"{name} joined the comms channel",
        event_type="incident_update",
        metadata={"update_type": "incident_joined", "old_value": None, "new_value": name},
        actor=person,
        actor_name=(person.full_name or person.display_name)[: actors.LONGEST_NAME],
    )


#: The types, as release 0.5.1 had them.
EVENT_TYPES = TimelineEvent.EVENT_TYPES


def add_incident_update_event(
    incident: Any,
    update_type: str,
    old_value: Any,
    new_value: Any,
    text: str,
    timestamp: datetime | None = None,
) -> TimelineEvent:
    """Add a change of ``incident`` to its timeline, by default now. The values must be JSON."""
    return TimelineEvent.objects.create(
        incident=incident,
        timestamp=timestamp or timezone.now(),
        text=text,
        event_type="incident_update",
        metadata={"update_type": update_type, "old_value": old_value, "new_value": new_value},
    )
