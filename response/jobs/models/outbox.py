"""What we have to say to Slack."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.jobs.models.lease import Leased, LeaseQuerySet
from response.jobs.models.work import WorkQuerySet


class OutboxQueueQuerySet(LeaseQuerySet):
    """Questions about queues."""

    def free(self) -> Self:
        """Those that nobody sends from, and that do not pause."""
        return self.unclaimed().filter(
            models.Q(paused_until__isnull=True) | models.Q(paused_until__lte=timezone.now())
        )

    def due(self) -> Self:
        """The free ones with something to send now; several times if there are several messages."""
        return self.free().filter(
            messages__status=OutboxMessage.WAITING, messages__due__lte=timezone.now()
        )

    def next_due(self, limit: int) -> list[int]:
        """Keys of the free queues with something to send now, the most urgent first.

        The number of messages that wait decides what this costs, not the number of queues.
        """
        rows = (
            self.due()
            .values("pk")
            .annotate(
                hurry=models.Max(
                    models.Case(
                        models.When(messages__urgent=True, then=models.Value(1)),
                        default=models.Value(0),
                        output_field=models.IntegerField(),
                    )
                ),
                oldest=models.Min("messages__id"),
            )
            .order_by("-hurry", "oldest")
        )
        return [row["pk"] for row in rows[:limit]]


class OutboxQueue(Leased):
    """An order of messages: usually one channel's. One worker sends from it at a time."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=255, unique=True)
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = OutboxQueueQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("outbox queue")

    def __str__(self) -> str:
        return self.name


class OutboxMessageQuerySet(WorkQuerySet):
    """Finds jobs."""

    def retry(self, **changes: Any) -> int:
        """Have failed or discarded ones done after all, with the full time to succeed."""
        return super().retry(created=timezone.now(), **changes)

    def discard(self, **changes: Any) -> int:
        """Give up those that wait or have failed."""
        return super().discard(coalesce=None, **changes)

    def next_due(self, after: datetime) -> datetime | None:
        """When the next one can be sent, of those that can be later than ``after``."""
        due = self.waiting().filter(due__gt=after).order_by("due")
        paused = (
            self.waiting()
            .filter(queue__paused_until__gt=after)
            .order_by("queue__paused_until")
            .values_list("queue__paused_until", flat=True)
        )
        moments = [due.values_list("due", flat=True).first(), paused.first()]
        return min((moment for moment in moments if moment), default=None)


class OutboxMessage(models.Model):
    """A call of Slack's Web API that has still to be made, or was.

    ``method`` is a method of the Web API, or the name of one of our own procedures, which
    take several calls and can be resumed (see ``outbox.py``); ``progress`` is where such a
    procedure keeps how far it got. While a row with a ``coalesce`` key waits, nothing is
    queued a second time under that key.
    """

    WAITING, DONE, FAILED, DISCARDED = "waiting", "sent", "failed", "discarded"
    STATUSES = (
        (WAITING, _("Waiting")),
        (DONE, _("Sent")),
        (FAILED, _("Failed")),
        (DISCARDED, _("Discarded")),
    )

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(OutboxQueue, on_delete=models.PROTECT, related_name="messages")
    method = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    progress = models.JSONField(default=dict, blank=True)
    coalesce = models.CharField(max_length=255, null=True, blank=True, unique=True)
    incident = models.ForeignKey(
        "response.Incident", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField(default=timezone.now)
    urgent = models.BooleanField(
        default=True, db_default=True, help_text=_("Somebody waits for it; it goes first.")
    )
    status = models.CharField(max_length=10, choices=STATUSES, default=WAITING)
    attempts = models.PositiveIntegerField(default=0)
    blocked = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("It waits for somebody to change a setting, a token or a scope."),
    )
    error = models.TextField(blank=True, default="")
    finished = models.DateTimeField(null=True, blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("outbox message")
        indexes = [
            models.Index(fields=["status", "queue", "due"], name="response_outbox_due"),
            models.Index(fields=["finished"], name="response_outbox_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.method} #{self.pk}"
