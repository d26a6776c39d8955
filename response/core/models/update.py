"""Updates: what those who work on an incident tell those who wait for it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core import actors
from response.core.clean import is_visible, sanitise
from response.core.models import signals
from response.core.models.history import send_and_log
from response.core.models.incident import Incident
from response.core.models.timeline import TimelineEvent
from response.core.models.user_external import ExternalUser
from response.db import atomic
from response.language import project_language

#: The ``event_type`` of an update's entry in the timeline.
EVENT_TYPE = "update"


class UpdateQuerySet(models.QuerySet["Update"]):
    """Queries for updates."""

    def newest_first(self) -> UpdateQuerySet:
        """Order the updates with the newest first."""
        return self.order_by("-id")

    def newest(self, incident: Incident) -> Update | None:
        """Return the newest update of an incident, with its actor, or None."""
        return self.filter(incident=incident).select_related("actor").newest_first().first()

    def post(
        self,
        incident: Incident,
        known: str,
        *,
        doing: str = "",
        needed: str = "",
        next_update: datetime | None = None,
    ) -> Update:
        """Store an update, and queue everything that follows, in one transaction.

        Raises ``django.core.exceptions.ValidationError`` if nothing is said in ``known``, or
        if ``next_update`` is over.
        """
        update = self.model(
            incident=incident,
            known=(known or "").strip(),
            doing=(doing or "").strip(),
            needed=(needed or "").strip(),
            next_update=next_update,
        )
        update.clean()
        update.save()
        return update


class Update(models.Model):
    """What is known, what is being done and what is needed, as one person saw it at one moment.

    An update never changes once it is stored, since people have read it: a later one corrects it.
    ``actor`` and ``actor_name`` say who posted it, as in the timeline.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    known = models.TextField(_("what is known"))
    doing = models.TextField(_("what we are doing"), blank=True, default="")
    needed = models.TextField(_("what we need"), blank=True, default="")
    next_update = models.DateTimeField(_("next update due"), null=True, blank=True)
    actor = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=255, blank=True, default="")
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        app_label = "response"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.known[:80]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the update; a new one enters the timeline, and the signals are sent."""
        for name in ("known", "doing", "needed"):
            setattr(self, name, sanitise(getattr(self, name)) or "")
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        if self.actor_id is None and not self.actor_name:
            actor = actors.current()
            self.actor, self.actor_name = actor.person, actor.name
        with atomic():
            super().save(*args, **kwargs)
            TimelineEvent.objects.create(
                incident_id=self.incident_id,
                timestamp=self.created,
                text=self.as_text(),
                event_type=EVENT_TYPE,
                metadata={
                    "update_type": "update_posted",
                    "update": self.pk,
                    "new_value": self.known,
                },
                actor=self.actor,
                actor_name=self.actor_name,
            )
            signals.update_posting.send(Update, update=self)
            transaction.on_commit(
                partial(send_and_log, signals.update_posted, Update, {"update": self})
            )

    def clean(self) -> None:
        """Raise ``ValidationError`` for an update that says nothing or promises the past."""
        super().clean()
        if not is_visible(sanitise(self.known) or ""):
            raise ValidationError({"known": gettext("Say what is known.")})
        if self.next_update and self._state.adding and self.next_update <= timezone.now():
            message = gettext("The next update must be in the future.")
            raise ValidationError({"next_update": message})

    @project_language()
    def as_text(self) -> str:
        """Return everything that it says, as Markdown."""
        parts = [self.known]
        if self.doing:
            parts.append(f"**{gettext('What we are doing')}:** {self.doing}")
        if self.needed:
            parts.append(f"**{gettext('What we need')}:** {self.needed}")
        return "\n\n".join(parts)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Queries for subscriptions."""

    def subscribe(self, incident: Incident, person: ExternalUser) -> bool:
        """Subscribe a person. Returns False if they had subscribed already."""
        with atomic():
            _row, created = self.get_or_create(incident=incident, person=person)
        return created

    def unsubscribe(self, incident: Incident, person: ExternalUser) -> bool:
        """Take a subscription back. Returns False if there was none."""
        return bool(self.filter(incident=incident, person=person).delete()[0])


class Subscription(models.Model):
    """Someone who wants to be told of an incident's updates."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="subscriptions")
    person = models.ForeignKey(ExternalUser, on_delete=models.CASCADE, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "person"], name="response_subscription_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of incident {self.incident_id}"
