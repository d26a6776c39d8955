"""What a client may ask for on declaring an incident, beside the incident's own fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from response.core import chat
from response.core.api import errors
from response.core.models import DedupKey, Incident
from response.core.models.dedup import checked_key

#: The header that means the same as the field ``dedup_key``.
HEADER = "Idempotency-Key"


def validate_channel_request(attrs: dict[str, Any], incident: Incident | None) -> None:
    """Refuse a comms channel where there can be none.

    ``attrs`` are the values sent, ``incident`` what they are to change, if anything. Raises
    the framework's ``ValidationError``.
    """
    if not attrs.get("create_comms_channel"):
        return
    if incident is not None and incident.comms_channel() is not None:
        return
    if attrs.get("report_only", incident is not None and incident.report_only):
        message = _("An incident that is only reported has no comms channel.")
    elif attrs.get("end_time", incident.end_time if incident else None) is not None:
        message = _("An incident that is closed gets no comms channel any more.")
    elif not chat.get().available():
        message = _("No chat tool is connected in which a channel could be made.")
    else:
        return
    raise serializers.ValidationError({"create_comms_channel": [message]})


def check_key(attrs: dict[str, Any], incident: Incident | None, request: Request | None) -> None:
    """Put the key into ``attrs``, be it from the field or from the header.

    Raises the framework's ``ValidationError`` if both say different things, or if an
    incident is being changed, whose key stays what it is.
    """
    if incident is not None:
        if "dedup_key" in attrs:
            message = _("A key is given on declaring, and cannot be changed.")
            raise serializers.ValidationError({"dedup_key": [message]})
        return
    sent = request.headers.get(HEADER) if request is not None else None
    if sent is None:
        return
    try:
        key = checked_key(_decoded(sent))
    except ModelValidationError as error:
        raise serializers.ValidationError({HEADER: error.messages}) from error
    if attrs.setdefault("dedup_key", key) != key:
        message = _("The header %(header)s and dedup_key are not the same. One is enough.")
        raise serializers.ValidationError({"dedup_key": [message % {"header": HEADER}]})


def _decoded(header: str) -> str:
    """A header's text. Servers hand it out as Latin-1, whatever it is."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def known(key: str | None, account: Any) -> Incident | None:
    """The open incident that has the key, None if there is none.

    Raises :class:`errors.KeyTaken` if ``account`` may not see it.
    """
    incident = DedupKey.objects.open_incident(key) if key is not None else None
    return incident if incident is None else visible(incident, account)


def visible(incident: Incident, account: Any) -> Incident:
    """``incident`` with all that is shown of it, read again.

    Raises :class:`errors.KeyTaken` if ``account`` may not see it.
    """
    seen: Incident | None = (
        Incident.objects.visible_to(account).with_people().filter(pk=incident.pk).first()  # type: ignore[attr-defined]
    )
    if seen is None:
        raise errors.KeyTaken
    return seen
