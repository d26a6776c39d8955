"""What an organisation calls by its own name: the abstract model of severities and their kin.

Each kind (severity, status, role, field) is a small table of rows that a project adds to,
renames, orders and retires in the admin. Code, rows and metrics refer to a row by its ``key``,
which never changes; people and their messages by its name or one of its aliases.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _

#: How long a process may answer from the rows it read before, in seconds. Changes made in the
#: same process are seen at once, those of other processes after this time at the latest.
SECONDS_REMEMBERED = 1.0

LONGEST_KEY = 40
LONGEST_NAME = 80


class ConfiguredRow(models.Model):
    """A row of a small table that a project configures, read far more often than written.

    A retired row stays on what it was used for and is not offered any more. As long as a table
    is empty, :meth:`built_in` is what there is.
    """

    key = models.CharField(
        max_length=LONGEST_KEY,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9][a-z0-9_-]*\Z", _("Use small letters, digits, - and _."))
        ],
        help_text=_("How code and programs refer to it. It never changes."),
    )
    name = models.CharField(max_length=LONGEST_NAME)
    aliases = models.JSONField(
        default=list, blank=True, help_text=_("Other words for it, as a list: commands know them.")
    )
    rank = models.PositiveIntegerField(default=100, help_text=_("The lowest comes first."))
    description = models.TextField(blank=True, default="")
    retired = models.BooleanField(
        default=False, help_text=_("Not offered any more. It stays where it was used.")
    )

    _remembered: ClassVar[tuple[float, tuple[Any, ...]] | None] = None

    class Meta:
        abstract = True
        ordering = ["rank", "key"]

    def __str__(self) -> str:
        return self.name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        post_save.connect(_forget, sender=cls, dispatch_uid=f"configured {cls.__qualname__} saved")
        post_delete.connect(_forget, sender=cls, dispatch_uid=f"configured {cls.__qualname__} gone")

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the rows, unsaved, that there are while the table is empty."""
        return ()

    @classmethod
    def all_rows(cls) -> tuple[Self, ...]:
        """Return all rows in order, retired ones included, from memory where that is recent."""
        now = time.monotonic()
        if cls._remembered is None or now - cls._remembered[0] > SECONDS_REMEMBERED:
            stored = tuple(cls._default_manager.order_by("rank", "key"))
            cls._remembered = (now, stored or tuple(cls.built_in()))
        return cls._remembered[1]

    @classmethod
    def offered(cls) -> tuple[Self, ...]:
        """Return the rows that people may choose, in order: those that are not retired."""
        return tuple(row for row in cls.all_rows() if not row.retired)

    @classmethod
    def with_key(cls, key: str | None) -> Self | None:
        """Return the row with this key, retired or not, or None."""
        return next((row for row in cls.all_rows() if row.key == key), None)

    @classmethod
    def named(cls, typed: str) -> Self | None:
        """Return the row that people mean by ``typed``, its key, name or an alias, or None.

        Case, white space at the ends, and the colons of an emoji's name make no difference.
        Where words collide, a row that is offered comes before a retired one, and a name or key
        before an alias.
        """
        wanted = folded(typed)
        if not wanted:
            return None
        rows = sorted(cls.all_rows(), key=lambda row: row.retired)
        for words in (lambda row: (row.key, row.name), lambda row: row.words()):
            for row in rows:
                if wanted in {folded(word) for word in words(row)}:
                    return row
        return None

    @classmethod
    def forget(cls) -> None:
        """Read the rows again at the next question."""
        cls._remembered = None

    def words(self) -> tuple[str, ...]:
        """Return everything that people may call the row: its key, its name and its aliases."""
        return (self.key, self.name, *(str(alias) for alias in self.aliases))


def folded(word: str) -> str:
    """Return ``word`` as it is compared: without case, white space at the ends, or colons."""
    return word.strip().strip(":").casefold()


def _forget(sender: type[ConfiguredRow], **kwargs: Any) -> None:
    sender.forget()
