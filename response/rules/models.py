"""Rules, and what each has done."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.models import Incident, Severity
from response.core.models.configured import LONGEST_KEY, ConfiguredRow
from response.rules import placeholders
from response.slack.text.mrkdwn import USER_ID

_GROUP_ID = re.compile(r"S[A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{7,63}|#?[^\sA-Z#.,:]{1,80}")
_FIELD_VALUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\s{0,9}=\s{0,9}\S.*", re.DOTALL)


class Rule(ConfiguredRow):
    """What happens by itself with incidents of a kind.

    A rule is off until it is switched on (``active``). It acts on incidents that were reported
    after ``since``, when it was last saved with something changed that it acts by; it archives
    channels of incidents that were closed after that.
    """

    LEAD, UPDATE, SUMMARY, SEVERITY = "lead", "update", "summary", "severity"
    REMIND_IF = (
        ("", _("nothing")),
        (LEAD, _("no lead")),
        (UPDATE, _("no update")),
        (SUMMARY, _("no summary")),
        (SEVERITY, _("no severity")),
    )
    #: What ``since`` depends on.
    ACTS_BY = (
        "active", "retired", "severities", "field_values", "include_private", "invite_users",
        "invite_groups", "post_channel", "post_text", "remind_if", "remind_after",
        "archive_after",
    )  # fmt: skip
    LISTS = ("severities", "field_values", "invite_users", "invite_groups")
    used_in = (("RuleRun", "rule"),)

    active = models.BooleanField(
        _("switched on"), default=False, help_text=_("Try it first: see what would happen.")
    )
    severities = models.JSONField(
        _("severities"),
        default=list,
        blank=True,
        help_text=_("One key per line. Leave empty for every incident."),
    )
    field_values = models.JSONField(
        _("fields"),
        default=list,
        blank=True,
        help_text=_(
            "One key=value per line. Of each field named, the incident needs one of the values."
        ),
    )
    include_private = models.BooleanField(
        _("private incidents too"),
        default=False,
        help_text=_("Nothing is ever posted about them in another channel."),
    )
    invite_users = models.JSONField(
        _("invite people"),
        default=list,
        blank=True,
        help_text=_("Slack user ids, such as U012ABCDEF."),
    )
    invite_groups = models.JSONField(
        _("invite user groups"),
        default=list,
        blank=True,
        help_text=_(
            "Slack group ids, such as S012ABCDEF. Members are looked up when they are invited."
        ),
    )
    post_channel = models.CharField(
        _("post in the channel"), max_length=80, blank=True, default="",
        help_text=_("The channel's name or id."),
    )  # fmt: skip
    post_text = models.TextField(
        _("what to post"),
        blank=True,
        default="",
        help_text=_(
            "These are filled in: {id}, {title}, {severity}, {lead}, {channel} and {link}."
        ),
    )
    remind_if = models.CharField(
        _("remind if there is"), max_length=20, blank=True, default="", choices=REMIND_IF
    )
    remind_after = models.PositiveIntegerField(
        _("for this many minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 30)],
    )
    archive_after = models.PositiveIntegerField(
        _("archive the channel this many days after closing"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("The channel is told one day before."),
    )
    since = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(ConfiguredRow.Meta):
        app_label = "response"
        verbose_name = _("rule")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the rule; a change of what it acts on sets ``since`` to now."""
        stored = type(self)._default_manager.filter(pk=self.pk).first() if self.pk else None
        if stored is None or any(
            getattr(stored, name) != getattr(self, name) for name in self.ACTS_BY
        ):
            self.since = timezone.now() if self.is_on else None
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "since"}
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Take needless white space and repetitions out of the lists as well."""
        super().normalise()
        for name in self.LISTS:
            values = getattr(self, name)
            if isinstance(values, list) and all(isinstance(value, str) for value in values):
                stripped = (value.strip() for value in values)
                setattr(self, name, list(dict.fromkeys(filter(None, stripped))))

    def clean(self) -> None:
        """Raise ``ValidationError`` for a rule that could never act."""
        super().clean()
        errors: dict[str, Any] = {}
        known = {row.key for row in Severity.all_rows()}
        for name, fits, sentence in (
            ("severities", known.__contains__, gettext("“%(value)s” is not a severity.")),
            (
                "field_values",
                _FIELD_VALUE.fullmatch,
                gettext("“%(value)s” is not of the form key=value."),
            ),
            (
                "invite_users",
                USER_ID.fullmatch,
                gettext("“%(value)s” is not a user id, such as U012ABCDEF."),
            ),
            (
                "invite_groups",
                _GROUP_ID.fullmatch,
                gettext("“%(value)s” is not a group id, such as S012ABCDEF."),
            ),
        ):
            values = getattr(self, name)
            if not isinstance(values, list) or len(values) > 100:
                errors[name] = gettext("This is a list of at most 100 texts.")
                continue
            wrong = [v for v in values if not (isinstance(v, str) and fits(v))]
            if wrong:
                errors[name] = [sentence % {"value": str(value)[:80]} for value in wrong]
        errors |= self._errors_of_actions()
        if errors:
            raise ValidationError(errors)

    def _errors_of_actions(self) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        if self.post_channel and not _CHANNEL.fullmatch(self.post_channel):
            errors["post_channel"] = gettext("This is neither the name nor the id of a channel.")
        if bool(self.post_channel) != bool(self.post_text.strip()):
            missing = "post_text" if self.post_channel else "post_channel"
            errors[missing] = gettext("A line needs both a text and a channel.")
        try:
            placeholders.check(self.post_text)
        except ValidationError as error:
            errors["post_text"] = error.messages
        if bool(self.remind_if) != bool(self.remind_after):
            missing = "remind_after" if self.remind_if else "remind_if"
            errors[missing] = gettext("A reminder needs both: what is missing, and for how long.")
        if self.active and not self.does_something:
            errors["active"] = gettext("The rule does nothing yet.")
        return errors

    @property
    def is_on(self) -> bool:
        """Whether the rule acts."""
        return self.active and not self.retired

    @property
    def does_something(self) -> bool:
        """Whether the rule has anything to do at all."""
        return bool(
            self.invite_users
            or self.invite_groups
            or self.post_channel
            or self.remind_if
            or self.archive_after
        )

    @classmethod
    def switched_on(cls) -> list[Rule]:
        """Return the rules that act, in order, from memory where that is recent."""
        return [rule for rule in cls.all_rows() if rule.is_on]


class RuleRunQuerySet(models.QuerySet["RuleRun"]):
    """Queries for what rules have done."""

    def begun(self, incident: Incident) -> RuleRunQuerySet:
        """Return the runs of an incident that are not started again."""
        return self.filter(incident=incident).exclude(state=RuleRun.SKIPPED)


class RuleRun(models.Model):
    """One thing that a rule did, or is going to do, for one incident: once for each cause.

    ``rule`` is the rule's key, so that the run outlives the rule. A run that was skipped, because
    the incident had changed by then, is started again if the incident changes back.
    """

    QUEUED, DONE, SKIPPED, FAILED = "queued", "done", "skipped", "failed"
    STATES = (
        (QUEUED, _("queued")),
        (DONE, _("done")),
        (SKIPPED, _("not done")),
        (FAILED, _("failed")),
    )

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="rule_runs")
    rule = models.CharField(max_length=LONGEST_KEY)
    cause = models.CharField(max_length=80)
    created = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=STATES, default=QUEUED)
    note = models.TextField(blank=True, default="")

    objects = RuleRunQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("rule run")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "rule", "cause"], name="response_rulerun_once"
            )
        ]

    def __str__(self) -> str:
        values = {"rule": self.rule, "cause": self.cause, "incident": self.incident_id}
        return gettext("%(rule)s: %(cause)s for incident %(incident)s") % values
