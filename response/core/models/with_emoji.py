"""Configured rows that people know by an emoji as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.emoji import as_character
from response.core.models.configured import ConfiguredRow, one_line

# A name, or symbols of which a few make one emoji.
_EMOJI = re.compile(r":[A-Za-z0-9_+'-]{1,60}:(?::skin-tone-[2-6]:)?|[^\sA-Za-z<>&*_~`@!:\"']{1,16}")

# A mixin: the kinds of configured rows are the direct subclasses of ConfiguredRow.
if TYPE_CHECKING:
    _Base = ConfiguredRow
else:
    _Base = models.Model


class WithEmoji(_Base):
    """Mixed into a kind of :class:`ConfiguredRow`, before it: each row may have an emoji."""

    emoji = models.CharField(
        max_length=64, blank=True, default="", help_text=_("An emoji, or its name: :fire:")
    )

    class Meta:
        abstract = True

    def normalise(self) -> None:
        """Store the character of an emoji that was given by its name."""
        super().normalise()
        self.emoji = as_character(one_line(self.emoji))

    def clean(self) -> None:
        """Raise ``ValidationError`` unless it is an emoji, the name of one, or empty."""
        super().clean()
        if self.emoji and not _EMOJI.fullmatch(self.emoji):
            raise ValidationError({"emoji": gettext("Use one emoji, or its name as in “:fire:”.")})

    @classmethod
    def named(cls, typed: str) -> Self | None:
        """Return the row that people mean by ``typed``, which may also be its emoji."""
        return super().named(as_character(typed))

    def words(self) -> tuple[str, ...]:
        """Return everything that people may call the row, its emoji included."""
        return (*super().words(), self.emoji) if self.emoji else super().words()
