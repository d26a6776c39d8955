"""Keys by which a repeated alert finds the incident that it opened."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response import db
from response.db import atomic

MAX_KEY = 255


class DedupKeyManager(models.Manager["DedupKey"]):
    """Finds the incident that holds a key.

    This module is imported by the incident's, so incidents are ``Any`` here; ``Incident.objects``
    has typed methods for other code.
    """

    def holders(self, key: str, *, lock: bool = False) -> list[DedupKey]:
        """Return the rows of the open incidents that hold ``key``, the oldest first.

        There is more than one only if some are private and were hidden from the account that
        used the key. With ``lock`` the rows are locked until the end of the transaction.
        """
        rows = self.filter(key=key, held__isnull=False)
        if lock:
            rows = db.lock(rows)
        holding = []
        for row in rows.select_related("incident").order_by("pk"):
            if row.key != key:  # some databases treat "A" and "a" as equal
                continue
            if row.incident.is_closed():
                # The incident was closed by an UPDATE that bypassed ``save()``.
                self.filter(pk=row.pk, incident__end_time__isnull=False).update(held=None)
                continue
            holding.append(row)
        return holding

    def hold(
        self, incident: Any, key: str, *, hidden: Sequence[DedupKey] = (), declarer: Any = None
    ) -> DedupKey:
        """Give ``key`` to ``incident``, which the account ``declarer`` declares.

        ``hidden`` are the holders that the account may not see; they keep the key as well.
        Raises ``IntegrityError`` if another open incident has it. Must be called inside a
        transaction, which has to be rolled back in that case.
        """
        held = None if incident.is_closed() else _place(key, hidden)
        return self.create(incident=incident, key=key, held=held, declarer=declarer)

    def sync_with_status(self, incident: Any) -> None:
        """Release the key of a closed incident; claim it again for a reopened one.

        If another open incident holds the key by now, it keeps it.
        """
        if incident.is_closed():
            self.filter(incident=incident, held__isnull=False).update(held=None)
            return
        row = self.filter(incident=incident, held__isnull=True).first()
        if row is None or self.holders(row.key):
            return
        try:
            with atomic():
                row.held = digest(row.key)
                row.save(update_fields=["held"])
        except IntegrityError:
            # The alert was sent again meanwhile and has a new incident now.
            return


class DedupKey(models.Model):
    """The key with which a program declared an incident.

    ``held`` is set while the incident is open, and unique: that is why two alerts that arrive
    at the same instant make one incident, on every database. It is a digest, as keys are
    case-sensitive and some databases treat "A" and "a" as equal. Where other incidents hold the
    key that the declaring account may not see, it is a digest of the key and of these: the
    account must not notice that they exist, and may not join them.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.OneToOneField("response.Incident", on_delete=models.CASCADE)
    key = models.CharField(max_length=MAX_KEY)
    held = models.CharField(max_length=64, unique=True, null=True, editable=False)
    declarer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text=gettext_lazy("The account that used the key; empty for the project's own code."),
    )

    objects = DedupKeyManager()

    class Meta:
        app_label = "response"
        indexes = [models.Index(fields=["key", "held"], name="response_key_held")]

    def __str__(self) -> str:
        return self.key


def digest(key: str) -> str:
    """Return the SHA-256 digest of ``key``, 64 characters."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _place(key: str, hidden: Sequence[DedupKey]) -> str:
    """Return the value of ``held`` for a new holder of ``key`` beside the ``hidden`` ones."""
    return digest("\0".join([key, *(str(row.incident_id) for row in hidden)]))


def checked_key(key: Any) -> str:
    """Return ``key`` without surrounding white space.

    Raises ``django.core.exceptions.ValidationError`` if it is not a string of 1 to 255
    characters without control characters.
    """
    if not isinstance(key, str):
        raise ValidationError(_("A key must be text."), code="invalid")
    text = key.strip()
    if not 1 <= len(text) <= MAX_KEY:
        message = _("A key must have 1 to %(limit)d characters.") % {"limit": MAX_KEY}
        raise ValidationError(message, code="length")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise ValidationError(_("A key must not contain control characters."), code="characters")
    return text
