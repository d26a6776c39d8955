"""The outbox: queued jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.jobs.leases import Leased, LeaseQuerySet


class OutboxQueueQuerySet(LeaseQuerySet):
    """Finds queues with jobs to run."""

    def free(self) -> Self:
        """Return the queues that no worker has claimed and that are not paused."""
        return self.unclaimed().filter(
            models.Q(paused_until__isnull=True) | models.Q(paused_until__lte=timezone.now())
        )

    def due(self) -> Self:
        """Return the free queues with a message due now, once for each such message."""
        return self.free().filter(
            messages__status=OutboxMessage.WAITING, messages__due__lte=timezone.now()
        )

    def next_due(self, limit: int) -> list[int]:
        """Return the keys of at most ``limit`` free queues with a message due, most urgent first.

        The cost depends on the number of waiting messages, not on the number of queues.
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
    """An ordered queue of messages, usually one per channel. One worker at a time sends from it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=255, unique=True)
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = OutboxQueueQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("outbox queue")

    def __str__(self) -> str:
        return self.name


class WorkQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Finds pieces of work by status, and changes the status of many at once.

    For models with the fields ``status``, ``attempts``, ``due`` and ``finished``, and with the
    constants ``WAITING``, ``DONE``, ``FAILED`` and ``DISCARDED`` for the values of ``status``.
    """

    model: Any  # it has these constants
    #: The field that tells how old a row is.
    age_field = "finished"

    def waiting(self) -> Self:
        """Return the rows that are still to be done, now or later."""
        return self.filter(status=self.model.WAITING)

    def retry(self, **changes: Any) -> int:
        """Put failed or discarded rows back in the queue; return their number."""
        stopped = self.filter(status__in=[self.model.FAILED, self.model.DISCARDED])
        return stopped.update(
            status=self.model.WAITING, attempts=0, due=timezone.now(), finished=None, **changes
        )

    def discard(self, **changes: Any) -> int:
        """Discard waiting or failed rows; return their number."""
        stopped = self.filter(status__in=[self.model.WAITING, self.model.FAILED])
        return stopped.update(status=self.model.DISCARDED, finished=timezone.now(), **changes)

    def purge(self, days: float, batch: int = 1000) -> int:
        """Delete done and discarded rows older than ``days`` days, ``batch`` at a time.

        Failed rows stay until a person retries or discards them. Returns the number deleted.
        """
        before = timezone.now() - timedelta(days=days)
        old = self.filter(
            status__in=[self.model.DONE, self.model.DISCARDED],
            **{f"{self.age_field}__lt": before},
        )
        deleted = 0
        while keys := list(old.values_list("pk", flat=True)[:batch]):
            deleted += self.model._default_manager.filter(pk__in=keys).delete()[0]
        return deleted


class OutboxMessageQuerySet(WorkQuerySet):
    """Finds jobs and changes many at once."""

    def retry(self, **changes: Any) -> int:
        """Retry failed or discarded jobs, with the full time to succeed; return their number."""
        return super().retry(created=timezone.now(), **changes)

    def discard(self, **changes: Any) -> int:
        """Discard waiting or failed jobs; return their number."""
        return super().discard(coalesce=None, **changes)

    def next_due(self, after: datetime) -> datetime | None:
        """Return when the next job is due among those due later than ``after``, or None."""
        waiting = self.waiting()
        due = waiting.filter(due__gt=after).order_by("due").values_list("due", flat=True)
        paused = (
            waiting.filter(queue__paused_until__gt=after)
            .order_by("queue__paused_until")
            .values_list("queue__paused_until", flat=True)
        )
        moments = [due.first(), paused.first()]
        return min((moment for moment in moments if moment), default=None)


class OutboxMessage(models.Model):
    """A job, to be done by the job handler that is registered for its ``method``.

    ``method`` is a method of the Web API, or the name of a job with a handler of its own (see
    ``response/jobs/job_handlers.py``), which may take several calls and can be resumed;
    ``progress`` is where such a handler stores how far it got. While a row with a ``coalesce``
    key waits, no second one is queued under that key.
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
        default=True,
        db_default=True,
        help_text=_("A person is waiting for it, so it is sent first."),
    )
    status = models.CharField(max_length=10, choices=STATUSES, default=WAITING)
    attempts = models.PositiveIntegerField(default=0)
    blocked = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("It waits until a setting, a token or a scope is changed."),
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
