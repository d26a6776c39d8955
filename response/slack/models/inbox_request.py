"""The inbox: requests from Slack that were accepted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Self

from django.db import connections, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.db import Statement
from response.jobs.leases import Leased, LeaseQuerySet
from response.jobs.models.outbox import WorkQuerySet

#: Seconds of work after which a request no longer holds up those behind it in the same channel.
PATIENCE = 5

#: Written out, since it runs in each request that brings a message. What is not named is null.
_INSERT_DONE = """
    INSERT INTO response_inboxrequest (
        kind, type, delivery, subject, lane, payload, handled_by, received, due, finished,
        status, attempts, error, claim
    ) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'done', 1, '', ''
"""


class InboxQuerySet(LeaseQuerySet, WorkQuerySet):  # type: ignore[override]
    """Finds accepted requests."""

    age_field = "received"

    def due(self) -> Self:
        """Return the requests that are due now, oldest first.

        Requests of one channel are handled in the order in which they came: only the oldest of
        them is due, unless it has failed or a worker has been working on it for longer than
        :data:`PATIENCE`.
        """
        first = (
            InboxRequest.objects.waiting()
            .filter(error="", due__lte=timezone.now())
            .exclude(ordering_key="")
            .exclude(
                claimed_until__gt=timezone.now(),
                begun__lte=timezone.now() - timedelta(seconds=PATIENCE),
            )
            .order_by()
            .values("ordering_key")
            .annotate(first=models.Min("id"))
        )
        return (
            self.free()
            .filter(
                models.Q(ordering_key="")
                | ~models.Q(error="")
                | models.Q(pk__in=first.values("first"))
            )
            .order_by("id")
        )

    def behind(self, request: InboxRequest) -> Self:
        """Return the requests after ``request`` in the same channel, in order.

        Requests that another worker has claimed are included: those after them must wait.
        """
        if not request.ordering_key:
            return self.none()
        return (
            self.waiting()
            .filter(
                due__lte=timezone.now(),
                ordering_key=request.ordering_key,
                error="",
                id__gt=request.pk,
            )
            .order_by("id")
        )

    def next_due(self, after: datetime) -> datetime | None:
        """Return when the next of those that are due later than ``after`` becomes due."""
        later = self.waiting().filter(due__gt=after)
        return later.order_by("due").values_list("due", flat=True).first()

    def free(self) -> Self:
        """Return due requests without a lease, including those that wait for another."""
        return self.waiting().filter(due__lte=timezone.now()).unclaimed()


class InboxRequest(Leased):
    """A verified request of Slack, stored before it is answered.

    The unique keys decide that what is delivered twice is worked on once: ``delivery`` is
    the delivery's own id (an event's ``event_id``), ``subject`` names what it is about, so
    that the same message under another event id is recognised as well.
    """

    COMMAND, INTERACTION, EVENT = "command", "interaction", "event"
    KINDS = (
        (COMMAND, _("Slash command")),
        (INTERACTION, _("Interaction")),
        (EVENT, _("Event")),
    )
    WAITING, DONE, FAILED, DISCARDED = "pending", "done", "failed", "discarded"
    STATUSES = (
        (WAITING, _("Waiting")),
        (DONE, _("Done")),
        (FAILED, _("Failed")),
        (DISCARDED, _("Discarded")),
    )

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20, choices=KINDS)
    type = models.CharField(max_length=100, help_text=_("The event's or interaction's type."))
    delivery = models.CharField(max_length=255, unique=True)
    subject = models.CharField(max_length=255, unique=True)
    ordering_key = models.CharField(
        db_column="lane",
        max_length=64,
        blank=True,
        default="",
        help_text=_("The channel; worked on in order."),
    )
    payload = models.TextField(help_text=_("JSON, in ASCII; private, and purged after a while."))
    received = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=STATUSES, default=WAITING)
    attempts = models.PositiveIntegerField(default=0)
    begun = models.DateTimeField(
        null=True, blank=True, help_text=_("When a worker took it up for the last time.")
    )
    due = models.DateTimeField(default=timezone.now)
    handled_by = models.JSONField(
        default=list, blank=True, help_text=_("Handlers that have done their part.")
    )
    # Null, so that a process of the release before goes on storing requests.
    handlers = models.JSONField(
        null=True,
        blank=True,
        help_text=_("The project's handlers that it is for: decorator, key and dotted name."),
    )
    error = models.TextField(blank=True, default="")
    finished = models.DateTimeField(null=True, blank=True)

    objects = InboxQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("inbox request")
        indexes = [
            models.Index(fields=["status", "due"], name="response_inbox_due"),
            models.Index(fields=["ordering_key", "status"], name="response_inbox_lane"),
            models.Index(fields=["received"], name="response_inbox_received"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.type} #{self.pk}"

    @classmethod
    def insert_done(
        cls,
        using: str,
        *,
        kind: str,
        type: str,
        delivery: str,
        subject: str,
        ordering_key: str,
        payload: str,
        handler: str,
        received: datetime,
    ) -> Statement:
        """Return the statement that inserts a request which ``handler`` has done on arrival.

        For the database ``using``. The other arguments are the values of the fields.
        """
        moment = connections[using].ops.adapt_datetimefield_value(received)
        handled_by = json.dumps([handler])
        keys = (kind, type, delivery, subject, ordering_key)
        return Statement(_INSERT_DONE, (*keys, payload, handled_by, moment, moment, moment))

    @property
    def is_form(self) -> bool:
        """Whether a person sent a form, which a handler may refuse."""
        return self.type in ("view_submission", "dialog_submission")
