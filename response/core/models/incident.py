"""The incident model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import IntegrityError, OperationalError, connections, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.core.clean import require_visible
from response.core.duration import in_words
from response.core.models import dedup
from response.core.models.action import Action
from response.core.models.configured import ConfiguredKeyField, FromRows
from response.core.models.details import DetailsMixin, prefetches
from response.core.models.field import Field, FieldValue
from response.core.models.role import Role, RoleAssignment
from response.core.models.severity import NO_EMOJI, Severity
from response.core.models.status import Category, Status
from response.core.models.timeline import TimelineEvent
from response.core.models.tracked import TrackedModel, retried
from response.core.models.user_external import SLACK, ExternalUser
from response.db import atomic, lock, lost_a_race, one_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser, AnonymousUser

    Account = AbstractUser | AnonymousUser | None

R = TypeVar("R", bound=models.Model)

#: How far ahead of ours the clock of a person or a program may be.
CLOCKS_DIFFER = timedelta(minutes=2)


def in_category(category: str) -> models.Q:
    """Return the condition for incidents whose statuses are of this category."""
    if category == Category.CLOSED:
        return models.Q(end_time__isnull=False)
    return models.Q(end_time__isnull=True, report_only=category == Category.REPORTED)


def with_status(status: Status) -> models.Q:
    """Return the condition for incidents that have this status, chosen or as the default."""
    chosen = models.Q(status=status.key)
    if Status.default_of(status.category).key == status.key:
        others = [row.key for row in Status.all_rows() if row.category == status.category]
        chosen |= models.Q(status__isnull=True) | ~models.Q(status__in=others)
    return in_category(status.category) & chosen


def involving(people: Any, related: Any = None, to: str = "") -> models.Q:
    """Return the condition for incidents of which one of ``people`` is part.

    They are who reported it, who leads it, who has a role in it and who took part in its
    channel: those who may see it if it is private. ``people`` is a queryset, or an expression
    for one person; then ``related`` is that expression as seen from a subquery. ``to`` is the
    path to the incident from the model that is filtered.
    """
    path, lookup = (f"{to}__" if to else ""), ""
    if isinstance(people, models.QuerySet):
        related, lookup = people, "__in"
    stats: Any = Incident._meta.get_field("userstats").related_model
    took_part = stats.objects.filter(**{f"user{lookup}": related}).values("incident")
    has_role = RoleAssignment.objects.filter(**{f"person{lookup}": related}).values("incident")
    return (
        models.Q(**{f"{path}reporter{lookup}": people})
        | models.Q(**{f"{path}lead{lookup}": people})
        | models.Q(**{f"{path}pk__in": took_part})
        | models.Q(**{f"{path}pk__in": has_role})
    )


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Queries for incidents."""

    def open(self) -> IncidentQuerySet:
        """Return live incidents: not closed, and not reported after the fact."""
        return self.filter(end_time__isnull=True, report_only=False)

    def in_category(self, category: str) -> IncidentQuerySet:
        """Return the incidents whose statuses are of this category."""
        return self.filter(in_category(category))

    def with_status(self, status: Status) -> IncidentQuerySet:
        """Return the incidents that have this status, by choice or as their category's default."""
        return self.filter(with_status(status))

    def newest_first(self) -> IncidentQuerySet:
        """Order the incidents with the newest first."""
        return self.order_by("-report_time", "-id")

    def with_people(self) -> IncidentQuerySet:
        """Load the related rows that lists show: people, the comms channel, roles and fields.

        Roles and fields are queries of their own, where there are any here.
        """
        return self.select_related("reporter", "lead", "commschannel").prefetch_related(
            *prefetches()
        )

    def with_value(self, field: Field, lookups: Iterable[str]) -> IncidentQuerySet:
        """Return the incidents with one of these values, as :meth:`Field.lookups` returns them."""
        rows = FieldValue.objects.filter(field=field, lookup__in=list(lookups))
        return self.filter(pk__in=rows.values("incident"))

    def without_value(self, field: Field) -> IncidentQuerySet:
        """Return the incidents in which a custom field is empty."""
        rows = FieldValue.objects.filter(field=field, incident=models.OuterRef("pk"))
        return self.filter(~models.Exists(rows))

    def with_role(self, role: Role, people: models.QuerySet[ExternalUser]) -> IncidentQuerySet:
        """Return the incidents in which one of ``people`` has a role."""
        rows = RoleAssignment.objects.filter(role=role, person__in=people.values("pk"))
        return self.filter(pk__in=rows.values("incident"))

    def without_role(self, role: Role) -> IncidentQuerySet:
        """Return the incidents in which a role is given to no one."""
        rows = RoleAssignment.objects.filter(role=role, incident=models.OuterRef("pk"))
        return self.filter(~models.Exists(rows))

    def involving_slack_user(self, user_id: str) -> IncidentQuerySet:
        """Return incidents that a Slack user reported, leads or takes part in, newest first.

        Who has a role takes part.
        """
        person = models.Q(app_id=SLACK, external_id=user_id)
        people = ExternalUser.objects.filter(person).values("pk")
        return self.filter(involving(people)).newest_first()

    def visible_to(self, user: AbstractUser | AnonymousUser | None) -> IncidentQuerySet:
        """Return the incidents that ``user`` may see: public ones and their own private ones.

        A private incident is visible to its reporter, its lead, everyone who has a role in it or
        took part in its channel, and users with the permission
        ``response.view_private_incident``.
        """
        return self.filter(visible(user))


def visible(user: AbstractUser | AnonymousUser | None, to: str = "") -> models.Q:
    """Return the condition for incidents that ``user`` may see.

    It is empty for a user who may see all of them. ``to`` is the path to the incident from the
    model that is filtered. See :meth:`IncidentQuerySet.visible_to`.
    """
    path = f"{to}__" if to else ""
    public = models.Q(**{f"{path}private": False})
    if user is None or not user.is_authenticated:
        return public
    if user.has_perm("response.view_private_incident"):
        return models.Q()
    own = ExternalUser.objects.filter(owner=user)  # type: ignore[misc]
    # Only private incidents are looked at, which are few. Those of the user are found once, by
    # the user: PostgreSQL estimates a subquery for each incident as so expensive that it
    # compiles the query (JIT), which takes longer than running it.
    mine = Incident.objects.filter(private=True).filter(involving(own))
    return public | one_of(f"{path}pk", mine.values("pk"))


def only_visible(
    rows: models.QuerySet[R], user: AbstractUser | AnonymousUser | None
) -> models.QuerySet[R]:
    """Return the ``rows`` (with a foreign key ``incident``) of incidents that ``user`` may see."""
    condition = visible(user, "incident")
    return rows.filter(models.Q(incident__isnull=True) | condition) if condition else rows


class IncidentManager(models.Manager.from_queryset(IncidentQuerySet)):  # type: ignore[misc]
    """Declares incidents and finds them by key."""

    def create_incident(
        self,
        report: str,
        reporter: ExternalUser | None,
        report_time: datetime | None = None,
        report_only: bool = False,
        private: bool = False,
        summary: str | None = None,
        impact: str | None = None,
        lead: ExternalUser | None = None,
        severity: str | None = None,
        start_time: datetime | None = None,
        status: str | None = None,
        detected_at: datetime | None = None,
        roles: Mapping[str, Iterable[ExternalUser]] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Incident:
        """Declare an incident (or, with ``report_only``, report one that is over).

        ``report`` is its title, 1 to 200 characters; ``start_time`` defaults to the time of the
        report; ``status`` is a key, that of the usual status by default; ``roles`` and ``fields``
        are people and values by key. With a ``lead`` it is acknowledged as soon as it is
        declared. The headline post and everything else that follows is queued in the same
        transaction. Raises ``django.core.exceptions.ValidationError`` for an invalid title,
        severity, status, role or field; whether all fields are there that people have to fill in
        is not asked.
        """
        report_time = report_time or timezone.now()
        incident: Incident = self.model(
            report=(report or "").strip(),
            reporter=reporter,
            report_time=report_time,
            start_time=start_time or report_time,
            report_only=report_only,
            private=private,
            summary=summary or None,
            impact=impact or None,
            lead=lead,
            severity=severity or None,
            status=status or None,
            detected_at=detected_at,
            acknowledged_at=report_time if lead and not report_only else None,
        )
        incident.clean_fields(exclude=["reporter", "lead"])
        incident.set_details(roles, fields)
        incident.save()
        return incident

    def create_or_join(
        self, dedup_key: str, *, viewer: Account = None, **fields: Any
    ) -> tuple[Incident, bool]:
        """Return the open incident with this key, or declare one: ``(incident, created)``.

        For alerts, which are sent repeatedly: as long as the incident is open, the key finds
        it, and of two calls at the same instant only one declares it. Once it is closed, the
        key declares a new one. ``viewer`` is the account that asks: for an account, the key is
        free while only incidents hold it that the account may not see. ``fields`` are those of
        :meth:`create_incident`; an existing incident is not changed. Raises
        ``django.core.exceptions.ValidationError`` for a key that is not 1 to 255 characters
        without control characters, and as :meth:`create_incident` does.
        """
        key = dedup.checked_key(dedup_key)
        for last_try in (False, False, False, True):
            try:
                incident, hidden = self._holding(key, viewer)
                if incident is not None:
                    return incident, False
                with atomic():
                    # Hidden holders are locked, so that none of them closes and another request,
                    # for which the key would be free then, declares a second one beside ours.
                    if hidden and self._holding(key, viewer, locked=True) != (None, hidden):
                        raise IntegrityError("The holders of the key have changed.")
                    incident = self.create_incident(**fields)
                    dedup.DedupKey.objects.hold(
                        incident, key, hidden=hidden, declarer=_account(viewer)
                    )
                return incident, True
            except (IntegrityError, OperationalError) as error:
                # Another process was faster, and its incident is found in the next attempt. It
                # may have been closed since, or the error may have another cause, so the
                # number of attempts is limited. A deadlock ends the caller's transaction too.
                inside = connections[self.db].in_atomic_block
                lost = isinstance(error, IntegrityError) or (lost_a_race(error) and not inside)
                if last_try or not lost:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def open_with(self, dedup_key: str, *, viewer: Account = None) -> Incident | None:
        """Return the open incident that was declared with this key, or None if there is none.

        ``viewer`` is as for :meth:`create_or_join`. Raises
        ``django.core.exceptions.ValidationError`` for an invalid key.
        """
        return self._holding(dedup.checked_key(dedup_key), viewer)[0]

    def lock_open_with(self, dedup_key: str) -> Incident | None:
        """Return the open incident that was declared with this key, locked until the commit.

        Returns None if there is none, or if it was closed before it could be locked. Must be
        called inside a transaction.
        """
        incident, _hidden = self._holding(dedup_key, None)
        if incident is None:
            return None
        locked: Incident | None = lock(self.filter(pk=incident.pk, end_time__isnull=True)).first()
        return locked

    def _holding(
        self, key: str, viewer: Account, *, locked: bool = False
    ) -> tuple[Incident | None, list[dedup.DedupKey]]:
        """Return the incident that the key finds for ``viewer``, and the holders hidden from it.

        An account always finds what it declared itself, even if it may not see it any more.
        Code without an account (None) finds every incident.
        """
        rows = dedup.DedupKey.objects.holders(key, lock=locked)
        if viewer is None or not any(row.incident.private for row in rows):
            return (rows[0].incident if rows else None), []
        account = _account(viewer)
        seen = set(
            self.filter(pk__in=[row.incident_id for row in rows])
            .visible_to(viewer)
            .values_list("pk", flat=True)
        )
        found = [
            row.incident
            for row in rows
            if row.incident_id in seen or (account is not None and row.declarer_id == account.pk)
        ]
        return (found[0], []) if found else (None, rows)


def _account(viewer: Account) -> AbstractUser | None:
    return viewer if viewer is not None and viewer.is_authenticated else None  # type: ignore[return-value]


class Incident(DetailsMixin, TrackedModel):
    """Something that went wrong, from its declaration to its closed document."""

    #: Key and name of each severity that is offered, the worst first; see ``Severity``.
    SEVERITIES = FromRows(Severity.pairs)
    SEVERITY_EMOJI = FromRows(lambda: {row.key: row.emoji for row in Severity.all_rows()})
    user_text_fields = ("report", "summary", "impact")
    settled_fields = ("status", "end_time", "report_only")

    report = models.CharField(
        _("title"),
        max_length=200,
        validators=[MinLengthValidator(1), require_visible],
        help_text=_("What is wrong."),
    )
    reporter = models.ForeignKey(
        ExternalUser, related_name="reporter", on_delete=models.PROTECT, null=True, blank=False
    )
    report_time = models.DateTimeField(default=timezone.now)
    report_only = models.BooleanField(
        default=False, help_text=_("Reported after the fact: no response is needed.")
    )
    private = models.BooleanField(default=False)
    start_time = models.DateTimeField(default=timezone.now)
    end_time = models.DateTimeField(null=True, blank=True)
    summary = models.TextField(null=True, blank=True, help_text=_("What is going on?"))
    impact = models.TextField(null=True, blank=True, help_text=_("Who is affected, and how?"))
    lead = models.ForeignKey(
        ExternalUser, related_name="lead", on_delete=models.PROTECT, null=True, blank=True
    )
    severity = ConfiguredKeyField(null=True, blank=True, rows=Severity.all_pairs)
    #: The key of the status that was chosen; null for the default of its category.
    status = ConfiguredKeyField(
        null=True,
        blank=True,
        rows=Status.all_pairs,
        help_text=_("Where it stands. Closing and reopening set the default."),
    )
    # Milestones besides start_time, report_time and end_time; see models/milestones.py.
    detected_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When people or an alert noticed it.")
    )
    acknowledged_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it got its first lead.")
    )
    mitigated_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the impact was over or under control.")
    )
    review_published_at = models.DateTimeField(null=True, blank=True)

    objects = IncidentManager()

    class Meta:
        app_label = "response"
        indexes = [
            models.Index(fields=["-report_time", "-id"], name="response_incident_newest"),
            models.Index(fields=["private", "id"], name="response_incident_private"),
            models.Index(fields=["end_time"], name="response_incident_end"),
            models.Index(
                fields=["severity", "-report_time", "-id"], name="response_incident_severity"
            ),
        ]
        permissions = [("view_private_incident", "Can see every private incident")]

    def __str__(self) -> str:
        return self.report

    def clean(self) -> None:
        """Raise ``ValidationError`` if it ends before it starts or a milestone lies ahead."""
        super().clean()
        self.clean_status()
        for name in ("detected_at", "acknowledged_at", "mitigated_at", "review_published_at"):
            at = getattr(self, name)
            is_new = at != getattr(self, "_loaded", {}).get(name)
            if at and is_new and at > timezone.now() + CLOCKS_DIFFER:
                raise ValidationError({name: _("This is in the future.")})
        if self.end_time and self.start_time and self.end_time < self.start_time:
            raise ValidationError({"end_time": _("An incident cannot end before it started.")})
        if self.lead_id != getattr(self, "_loaded", {}).get("lead_id"):
            why_not = self.lead.why_not_lead() if self.lead else ""
            if why_not:
                raise ValidationError({"lead": why_not})

    # Questions

    def is_closed(self) -> bool:
        """Return whether the incident is closed."""
        return self.end_time is not None

    def duration(self) -> str:
        """Return how long the incident lasted, or has lasted until now, in words."""
        return in_words((self.end_time or timezone.now()) - self.start_time)

    def severity_text(self) -> str | None:
        """Return the name of the severity, or None. An unknown value is returned as it is."""
        if not self.severity:
            return None
        row = Severity.with_key(self.severity)
        return row.label() if row else self.severity

    def severity_emoji(self) -> str:
        """Return the emoji for the severity; a cloud if there is none yet."""
        row = Severity.with_key(self.severity)
        return row.emoji if row and row.emoji else NO_EMOJI

    def category(self) -> Category:
        """Return the category of its status, on which code and measurements depend."""
        if self.is_closed():
            return Category.CLOSED
        return Category.REPORTED if self.report_only else Category.LIVE

    @property
    def status_key(self) -> str:
        """The key of its status, whether it was chosen or is the usual one; can be set."""
        return self.current_status().key

    @status_key.setter
    def status_key(self, key: str) -> None:
        self.status = key

    def status_before(self, changes: Mapping[str, tuple[Any, Any]]) -> Status:
        """Return the status that it had before ``changes``, as the signals have them."""
        former = {
            name: changes[name][0] if name in changes else getattr(self, name)
            for name in self.settled_fields
        }
        return Incident(**former).current_status()

    def current_status(self) -> Status:
        """Return its status: the one that was chosen, else the default of its category."""
        category = self.category()
        chosen = Status.with_key(self.status) if self.status else None
        if chosen is not None and chosen.category == category:
            return chosen
        return Status.default_of(category)

    def status_text(self) -> str:
        """Return the name of the status; at first ``live``, ``resolved`` or ``reported``."""
        return self.current_status().label()

    def status_emoji(self) -> str:
        """Return the emoji for the status."""
        return self.current_status().shown_emoji()

    def badge_type(self) -> str:
        """Return the Bootstrap badge class for the status, for a project's templates."""
        if self.is_closed():
            return "badge-success"
        row = Severity.with_key(self.severity)
        return "badge-danger" if row and row.colour in ("red", "orange") else "badge-warning"

    def comms_channel(self) -> Any:
        """Return the comms channel, or None if there is none yet."""
        return getattr(self, "commschannel", None)

    def action_items(self) -> models.QuerySet[Action]:
        """Return the actions, oldest first."""
        return self.action_set.select_related("user").order_by("created_date", "id")

    def timeline_events(self) -> models.QuerySet[TimelineEvent]:
        """Return the timeline, in order of time."""
        return self.timelineevent_set.order_by("timestamp", "id")

    # Changes

    def close(self, at: datetime | None = None) -> bool:
        """Close the incident at ``at``, by default now. Returns False if it was closed already.

        If two people close it at the same time, one of them gets False.
        """
        return self._set_end(max(at or timezone.now(), self.start_time))

    def reopen(self) -> bool:
        """Reopen the incident. Returns False if it was not closed."""
        return self._set_end(None)

    @retried
    def set_status(self, status: Status) -> bool:
        """Give it a status, closing or reopening it if that is of another category.

        Returns False if it has that status already. Raises ``ValidationError`` for one that
        it cannot have: whether an incident goes on or was reported after the fact is decided
        when it is declared.
        """
        with atomic():
            stored = lock(Incident.objects.filter(pk=self.pk)).get()
            # Another process may have closed or reopened it since it was loaded.
            for name in ("end_time", "report_only", "status"):
                self._loaded[name] = getattr(stored, name)
                setattr(self, name, getattr(stored, name))
            if self.current_status().key == status.key:
                return False
            self.status = status.key
            self.clean_status()
            self.save()
        return True

    def clean_status(self) -> None:
        """Raise ``ValidationError`` if it was given a status that it cannot have."""
        if self.status == getattr(self, "_loaded", {}).get("status") or not self.status:
            return
        row = Status.with_key(self.status)
        if row is None:
            raise ValidationError({"status": _("There is no such status.")})
        if self.end_time != getattr(self, "_loaded", {}).get("end_time") and (
            row.category != self.category()
        ):
            raise ValidationError(
                {"status": _("The status does not go with the end time. Change one of them.")}
            )
        if row.category not in self.reachable():
            raise ValidationError(
                {
                    "status": _(
                        "This incident was reported after the fact and cannot have this status."
                    )
                    if self.report_only
                    else _("This status is only for incidents reported after the fact.")
                }
            )

    def settle(self) -> set[str]:
        """Bring the status and the end in line before a save; return the fields it changed.

        A newly chosen status of another category closes or reopens the incident. When anything
        else has moved the incident to another category, the default of that category takes the
        place of the status that was chosen before.
        """
        chosen = Status.with_key(self.status) if self.status else None
        if chosen is None or chosen.category == self.category():
            return set()
        loaded = getattr(self, "_loaded", None) or {}
        is_new_choice = self.status != loaded.get("status")
        has_moved = bool(loaded) and (
            loaded.get("end_time") != self.end_time or loaded.get("report_only") != self.report_only
        )
        if not is_new_choice or has_moved or chosen.category not in self.reachable():
            self.status = None
            return {"status"}
        closes = chosen.category == Category.CLOSED
        self.end_time = max(timezone.now(), self.start_time) if closes else None
        return {"end_time"}

    def reachable(self) -> set[Category]:
        """Return the categories to which it can move: what it was declared as stays."""
        return {Category.CLOSED, Category.REPORTED if self.report_only else Category.LIVE}

    @retried
    def _set_end(self, end: datetime | None) -> bool:
        with atomic():
            stored = lock(Incident.objects.filter(pk=self.pk)).values_list("end_time", flat=True)
            known = stored.get()
            # It may have been closed or reopened since it was loaded.
            self._loaded["end_time"] = known
            if (known is None) == (end is None):
                self.end_time = known
                return False
            self.end_time = end
            self.save()
        return True
