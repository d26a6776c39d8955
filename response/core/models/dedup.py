"""Keys by which a repeated alert finds the incident that it opened."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from response.db import atomic

MAX_KEY = 255


class DedupKeyManager(models.Manager["DedupKey"]):
    """Finds the incident that holds a key.

    This module stands below the incident's own, so incidents are ``Any`` here;
    ``Incident.objects`` has the typed methods that other code calls.
    """

    def open_incident(self, key: str) -> Any:
        """Return the open incident that holds ``key``, or None if the key is free."""
        row = self.filter(held=digest(key)).select_related("incident").first()
        if row is None:
            return None
        if row.incident.is_closed():
            # It was closed by an UPDATE that bypassed ``save()``.
            self.filter(pk=row.pk, incident__end_time__isnull=False).update(held=None)
            return None
        return row.incident

    def hold(self, incident: Any, key: str) -> DedupKey:
        """Give ``key`` to ``incident``.

        Raises ``IntegrityError`` if another open incident has it. To be called inside a
        transaction, which is of no further use then.
        """
        held = None if incident.is_closed() else digest(key)
        return self.create(incident=incident, key=key, held=held)

    def sync_with_status(self, incident: Any) -> None:
        """Release the key of an incident that was closed; take it back for one reopened.

        A key that another open incident holds by now stays with that one.
        """
        if incident.is_closed():
            self.filter(incident=incident, held__isnull=False).update(held=None)
            return
        row = self.filter(incident=incident, held__isnull=True).first()
        if row is None:
            return
        try:
            with atomic():
                row.held = digest(row.key)
                row.save(update_fields=["held"])
        except IntegrityError:
            # The alert came again after the closing and has an incident of its own now.
            return


class DedupKey(models.Model):
    """The key with which a program declared an incident.

    ``held`` is there while the incident is open, and unique: that is what makes one
    incident of two alerts that arrive at the same instant, on every database. It is a
    digest since some databases take "A" and "a" for equal, and keys are exact.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.OneToOneField("response.Incident", on_delete=models.CASCADE)
    key = models.CharField(max_length=MAX_KEY, db_index=True)
    held = models.CharField(max_length=64, unique=True, null=True, editable=False)

    objects = DedupKeyManager()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return self.key


def digest(key: str) -> str:
    """64 characters that stand for ``key`` and no other."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def checked_key(key: Any) -> str:
    """``key`` without white space around it.

    Raises ``django.core.exceptions.ValidationError`` if it is not text of 1 to 255
    characters without control characters.
    """
    if not isinstance(key, str):
        raise ValidationError(_("A key is text."), code="invalid")
    text = key.strip()
    if not 1 <= len(text) <= MAX_KEY:
        message = _("A key has 1 to %(limit)d characters.") % {"limit": MAX_KEY}
        raise ValidationError(message, code="length")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise ValidationError(_("A key has no control characters."), code="characters")
    return text
