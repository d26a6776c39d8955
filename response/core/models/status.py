"""Statuses: what an organisation calls where an incident stands, inside fixed categories.

The category follows from an incident's times alone: it is *closed* if it has an end, *reported*
if it was reported after the fact, and *live* otherwise. Code and measurements go by categories
and keys; the names are the organisation's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from response.core.models.configured import ConfiguredRow, one_default
from response.core.models.with_emoji import WithEmoji
from response.db import atomic


class Category(models.TextChoices):
    """What a status means to the program."""

    LIVE = "live", _("live: still going on")
    CLOSED = "closed", _("closed: it is over")
    REPORTED = "reported", _("reported: after the fact")


#: The emoji of statuses without one, by category.
EMOJI = {Category.LIVE: "🚨", Category.CLOSED: "✅", Category.REPORTED: "📝"}

# Key and name, category, whether it is the category's default.
_BUILT_IN = (
    (gettext_noop("live"), Category.LIVE, True),
    (gettext_noop("investigating"), Category.LIVE, False),
    (gettext_noop("identified"), Category.LIVE, False),
    (gettext_noop("monitoring"), Category.LIVE, False),
    (gettext_noop("resolved"), Category.CLOSED, True),
    (gettext_noop("reported"), Category.REPORTED, True),
)


class Status(WithEmoji, ConfiguredRow):
    """A status: where an incident stands, within a category."""

    category = models.CharField(
        max_length=10,
        choices=Category.choices,
        help_text=_("What it means to the program. It never changes."),
    )
    default = models.BooleanField(
        default=False,
        help_text=_("What incidents of the category have until another status is chosen."),
    )

    fixed = ("key", "category")
    used_in = (("Incident", "status"),)

    class Meta(ConfiguredRow.Meta):
        app_label = "response"
        verbose_name_plural = _("statuses")

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the statuses that there are while a project has configured none."""
        return [
            cls(key=key, name=key, category=category, default=default, rank=10 * place)
            for place, (key, category, default) in enumerate(_BUILT_IN, start=1)
        ]

    @classmethod
    def of(cls, category: str) -> tuple[Self, ...]:
        """Return the statuses of a category that are offered, in order."""
        return tuple(row for row in cls.offered() if row.category == category)

    @classmethod
    def default_of(cls, category: str) -> Self:
        """Return the status that incidents of a category have unless one was chosen."""
        rows = [row for row in cls.all_rows() if row.category == category]
        rows = rows or [row for row in cls.built_in() if row.category == category]
        return min(rows, key=lambda row: (not row.default, row.retired))

    @classmethod
    def choosable(cls, present: str | None) -> tuple[Self, ...]:
        """Return what an incident can be changed to, in order of categories and ranks."""
        order = list(Category)
        return tuple(
            sorted(super().choosable(present), key=lambda row: order.index(Category(row.category)))
        )

    def clean(self) -> None:
        """Raise ``ValidationError`` if a category would be left without a default."""
        super().clean()
        if self.retired and self.default:
            raise ValidationError(
                {"retired": gettext("The default cannot be retired. Choose another one first.")}
            )
        others = type(self).objects.filter(category=self.category).exclude(pk=self.pk)
        if not self.default and not others.filter(default=True).exists():
            raise ValidationError(
                {"default": gettext("Each category has one default. Choose another one first.")}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; if it is its category's default, no other one is."""
        with atomic():
            super().save(*args, **kwargs)
            one_default(self, type(self).objects.filter(category=self.category))

    def shown_emoji(self) -> str:
        """Return its emoji, or the one of its category."""
        return self.emoji or EMOJI[Category(self.category)]
