"""Rows of a small table, read far more often than written, kept in memory for a moment."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.signals import post_delete, post_save

from response.core.models import configured


class RememberedModel(models.Model):
    """A row of a table whose rows a process remembers for a second, in order.

    Changes made in the same process are seen at once, those of other processes after
    :data:`response.core.models.configured.SECONDS_REMEMBERED` at the latest.
    """

    _remembered: ClassVar[tuple[float, tuple[Any, ...]] | None] = None

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        post_save.connect(_forget, sender=cls, dispatch_uid=f"remembered {cls.__qualname__} saved")
        post_delete.connect(_forget, sender=cls, dispatch_uid=f"remembered {cls.__qualname__} gone")

    @classmethod
    def remembered(cls) -> tuple[Self, ...]:
        """Return all rows in the order of the model, from memory where that is recent."""
        now = time.monotonic()
        known = cls._remembered
        if known is None or now - known[0] > configured.SECONDS_REMEMBERED:
            known = cls._remembered = (now, tuple(cls._default_manager.all()))
        return known[1]

    @classmethod
    def forget(cls) -> None:
        """Read the rows again at the next question."""
        cls._remembered = None


def _forget(sender: type[RememberedModel], **kwargs: Any) -> None:
    sender.forget()
