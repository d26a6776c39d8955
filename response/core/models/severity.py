"""Severities: how bad an incident is, in the organisation's own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from response.core.models.configured import ConfiguredRow, one_default
from response.core.models.with_emoji import WithEmoji
from response.db import atomic

#: What is shown for an incident whose severity is not known, or has no emoji.
NO_EMOJI = "☁️"

# Key, name, emoji, colour. The keys are those of release 0.5.1.
_BUILT_IN = (
    ("1", gettext_noop("critical"), "🔥", "red"),
    ("2", gettext_noop("major"), "⚡", "orange"),
    ("3", gettext_noop("minor"), "🌧️", "yellow"),
    ("4", gettext_noop("trivial"), "🌤️", "grey"),
)


class Colour(models.TextChoices):
    """The colours of severities, each with a form for the day, the night and paper."""

    NONE = "", _("none")
    RED = "red", _("red")
    ORANGE = "orange", _("orange")
    YELLOW = "yellow", _("yellow")
    GREEN = "green", _("green")
    BLUE = "blue", _("blue")
    PURPLE = "purple", _("purple")
    GREY = "grey", _("grey")


class Severity(WithEmoji, ConfiguredRow):
    """How bad an incident is. The rank says which is worse: the lowest is the worst."""

    colour = models.CharField(max_length=10, blank=True, default="", choices=Colour.choices)
    default = models.BooleanField(
        default=False, help_text=_("Preselected in the forms that declare an incident.")
    )

    update_after = models.PositiveIntegerField(
        _("update due after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 30)],
        help_text=_(
            "Minutes from an update until the next one is due. Leave empty to ask for none."
        ),
    )

    used_in = (("Incident", "severity"), ("Rule", "severities"), ("Field", "severities"))

    class Meta(ConfiguredRow.Meta):
        app_label = "response"
        verbose_name_plural = _("severities")

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the four severities of release 0.5.1."""
        return [
            cls(
                key=key,
                name=name,
                emoji=emoji,
                colour=colour,
                rank=10 * int(key),
                aliases=[f"sev{key}", f"p{key}"],
            )
            for key, name, emoji, colour in _BUILT_IN
        ]

    @classmethod
    def the_default(cls) -> Self | None:
        """Return the severity that forms choose unless told otherwise, or None."""
        return next((row for row in cls.offered() if row.default), None)

    @classmethod
    def cadence(cls, key: str | None) -> timedelta | None:
        """Return the time between updates for a severity, None where none is asked for."""
        row = cls.with_key(key)
        return timedelta(minutes=row.update_after) if row and row.update_after else None

    def clean(self) -> None:
        """Raise ``ValidationError`` for a default that is retired, or if none is left."""
        super().clean()
        if self.retired and self.default:
            raise ValidationError(
                {"retired": gettext("The default cannot be retired. Choose another one first.")}
            )
        others = type(self).objects.exclude(pk=self.pk)
        if self.retired and not others.filter(retired=False).exists():
            raise ValidationError({"retired": gettext("At least one severity must be on offer.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; if it is the default, no other one is."""
        with atomic():
            super().save(*args, **kwargs)
            one_default(self, type(self).objects.all())
