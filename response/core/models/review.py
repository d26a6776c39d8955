"""The review (post-mortem) of an incident: what happened, why, and what is done about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from response.core import actors
from response.core.clean import sanitise
from response.core.models.configured import LONGEST_KEY, LONGEST_NAME, ConfiguredRow
from response.core.models.incident import Incident
from response.core.models.user_external import ExternalUser
from response.db import atomic

#: The keys of the sections that the package knows how to draft.
WHAT_HAPPENED, IMPACT, TIMELINE = "what-happened", "impact", "timeline"
CAUSES, WENT_WELL, WENT_BADLY = "causes", "went-well", "went-badly"
ACTIONS = "actions"

_BUILT_IN = (
    (
        WHAT_HAPPENED,
        gettext_noop("What happened"),
        gettext_noop("The story in a few sentences, for someone who was not there."),
    ),
    (
        IMPACT,
        gettext_noop("Impact"),
        gettext_noop("Who noticed, what they could not do, and for how long."),
    ),
    (
        TIMELINE,
        gettext_noop("Timeline"),
        gettext_noop("The moments that mattered. Entries starred in the timeline come first."),
    ),
    (
        CAUSES,
        gettext_noop("Contributing causes"),
        gettext_noop("What made it possible, and what made it worse. There is rarely just one."),
    ),
    (
        WENT_WELL,
        gettext_noop("What went well"),
        gettext_noop("What helped: alerts, tools, people, luck."),
    ),
    (
        WENT_BADLY,
        gettext_noop("What did not go well"),
        gettext_noop("What cost time or made it worse. Describe systems, not people."),
    ),
    (
        ACTIONS,
        gettext_noop("What we will do"),
        gettext_noop("What changes, who does it, and until when."),
    ),
)


class ReviewTemplateSection(ConfiguredRow):
    """A section that every new review begins with. ``description`` is shown while it is empty."""

    used_in = (("ReviewSection", "key"),)

    class Meta(ConfiguredRow.Meta):
        app_label = "response"
        verbose_name = gettext_lazy("review section")
        verbose_name_plural = gettext_lazy("review sections")

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the sections that there are while a project has configured none."""
        return tuple(
            cls(key=key, name=name, description=hint, rank=rank * 10)
            for rank, (key, name, hint) in enumerate(_BUILT_IN, start=1)
        )


class Review(models.Model):
    """The review of one incident. Who may see or change the incident may do so with its review."""

    DRAFT, IN_REVIEW, PUBLISHED = "draft", "in_review", "published"
    STATUSES = (
        (DRAFT, gettext_lazy("draft")),
        (IN_REVIEW, gettext_lazy("in review")),
        (PUBLISHED, gettext_lazy("published")),
    )
    #: Whose permissions decide who may write it.
    permission_model = Incident

    id = models.BigAutoField(primary_key=True)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="review")
    status = models.CharField(max_length=20, choices=STATUSES, default=DRAFT)
    owner = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_date = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    modified = models.DateTimeField(default=timezone.now)
    #: When the owner, and the comms channel, were last reminded, and how often.
    owner_reminded = models.DateTimeField(null=True, blank=True, editable=False)
    owner_reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    channel_reminded = models.DateTimeField(null=True, blank=True, editable=False)
    channel_reminders = models.PositiveSmallIntegerField(default=0, editable=False)

    _REMINDED = frozenset(
        ("owner_reminded", "owner_reminders", "channel_reminded", "channel_reminders")
    )

    class Meta:
        app_label = "response"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "due_date"], name="response_review_due"),
            models.Index(fields=["status", "-published_at"], name="response_review_published"),
        ]

    def __str__(self) -> str:
        return _("Review of incident %(id)d") % {"id": self.incident_id}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the review, and set ``modified``.

        The columns about sent reminders are not written, since the tick may write them at the
        same time; only a new due date sets the counts to zero. The time of the last reminder
        stays, as there is at most one a day.
        """
        if not self._state.adding:
            self.modified = timezone.now()
            wanted = kwargs.get("update_fields")
            if wanted is None:
                own = {
                    field.attname for field in self._meta.concrete_fields if not field.primary_key
                }
                wanted = own - self._REMINDED - self.get_deferred_fields()
            written = {*wanted, "modified"}
            if "due_date" in written and self._is_moved():
                self.owner_reminders = self.channel_reminders = 0
                written |= {"owner_reminders", "channel_reminders"}
            kwargs["update_fields"] = written
        super().save(*args, **kwargs)

    def _is_moved(self) -> bool:
        """Return whether the due date differs from the stored one."""
        stored = Review.objects.filter(pk=self.pk)
        return stored.exclude(due_date=self.due_date).exists()

    @property
    def is_published(self) -> bool:
        """Whether the review is published."""
        return self.status == self.PUBLISHED

    def touch(self) -> None:
        """Set ``modified`` to now, after a change to one of its sections."""
        self.modified = timezone.now()
        Review.objects.filter(pk=self.pk).update(modified=self.modified)


class ReviewSection(models.Model):
    """A section of a review: Markdown, with all that it ever was in its revisions.

    ``written`` is true once a person has written in it: no draft touches it from then on.
    ``version`` grows with every change.
    """

    #: Whose permissions decide who may write it.
    permission_model = Incident

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=LONGEST_KEY)
    title = models.CharField(max_length=LONGEST_NAME)
    rank = models.PositiveIntegerField(default=100)
    text = models.TextField(blank=True, default="")
    written = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    modified = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "response"
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "key"], name="response_reviewsection_once")
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the section. Use :meth:`write` for its text, which keeps what was there."""
        self.text = sanitise(self.text) or ""
        super().save(*args, **kwargs)

    @property
    def hint(self) -> str:
        """What belongs in the section, as the template describes it now."""
        row = ReviewTemplateSection.with_key(self.key)
        return _(row.description) if row and row.description else ""

    def write(self, text: str, *, kind: str, coalesce_since: Any = None) -> bool:
        """Store ``text`` as the new version, on behalf of the current actor.

        ``kind`` is one of :attr:`ReviewRevision.KINDS`. With ``coalesce_since`` the newest
        revision is replaced if it is an autosave of the same person since then. The caller
        has locked the row. Returns whether anything was different.
        """
        text = sanitise(text) or ""
        if text == self.text:
            return False
        actor = actors.current()
        with atomic():
            self.text, self.version, self.modified = text, self.version + 1, timezone.now()
            self.written = self.written or kind != ReviewRevision.DRAFTED
            self.save(update_fields=["text", "version", "modified", "written"])
            values = {
                "version": self.version,
                "text": text,
                "kind": kind,
                "at": self.modified,
                "actor": actor.person,
                "actor_name": actor.name,
            }
            last = self.revisions.order_by("-version").first() if coalesce_since else None
            if (
                last is not None
                and last.kind == ReviewRevision.AUTOSAVED
                and last.at >= coalesce_since
                and (last.actor, last.actor_name) == (actor.person, actor.name)
            ):
                ReviewRevision.objects.filter(pk=last.pk).update(**values)
            else:
                ReviewRevision.objects.create(section=self, **values)
            self.review.touch()
        return True


class ReviewRevision(models.Model):
    """A section as it was once: the text, who wrote it, when, and how it came about."""

    DRAFTED, WRITTEN, AUTOSAVED, RESTORED = "drafted", "written", "autosaved", "restored"
    KINDS = (
        (DRAFTED, gettext_lazy("filled in from the incident")),
        (WRITTEN, gettext_lazy("saved")),
        (AUTOSAVED, gettext_lazy("saved while writing")),
        (RESTORED, gettext_lazy("restored")),
    )

    id = models.BigAutoField(primary_key=True)
    section = models.ForeignKey(ReviewSection, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=actors.LONGEST_NAME, blank=True, default="")
    kind = models.CharField(max_length=20, choices=KINDS, default=WRITTEN)
    text = models.TextField(blank=True, default="")

    class Meta:
        app_label = "response"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "version"], name="response_reviewrevision_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.actor_name}"
