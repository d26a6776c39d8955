"""Options for declaring an incident that are not fields of the incident: channel and key."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from response.core import chat
from response.core.api import errors
from response.core.models import Incident
from response.core.models.dedup import checked_key

#: The header that means the same as the field ``dedup_key``.
HEADER = "Idempotency-Key"


def validate_channel_request(attrs: dict[str, Any], incident: Incident | None) -> None:
    """Raise the framework's ``ValidationError`` if the comms channel asked for cannot be made.

    ``attrs`` are the values sent, ``incident`` is the incident to change, or None.
    """
    if incident is not None and incident.comms_channel() is not None:
        return
    if attrs.get("report_only", incident is not None and incident.report_only):
        message = _("A report-only incident has no comms channel.")
    elif attrs.get("end_time", incident.end_time if incident else None) is not None:
        message = _("A closed incident cannot get a comms channel.")
    elif not chat.get().available():
        message = _("A channel cannot be created because no chat tool is connected.")
    else:
        return
    raise serializers.ValidationError({"create_comms_channel": [message]})


def check_key(attrs: dict[str, Any], incident: Incident | None, request: Request | None) -> None:
    """Set the key in ``attrs``, from the field or from the header.

    Raises the framework's ``ValidationError`` if the two differ, or if an existing incident
    is being changed, whose key cannot be changed. A private incident with a key needs an
    account: without one, a repetition could not find it.
    """
    if incident is not None:
        if "dedup_key" in attrs:
            message = _("A key can only be set when an incident is declared.")
            raise serializers.ValidationError({"dedup_key": [message]})
        return
    sent = request.headers.get(HEADER) if request is not None else None
    if sent is not None:
        try:
            key = checked_key(_decoded(sent))
        except ModelValidationError as error:
            raise serializers.ValidationError({HEADER: error.messages}) from error
        if attrs.setdefault("dedup_key", key) != key:
            message = _("The header %(header)s and dedup_key differ. Send only one of them.")
            raise serializers.ValidationError({"dedup_key": [message % {"header": HEADER}]})
    if attrs.get("dedup_key") and attrs.get("private") and not _has_account(request):
        message = _("Log in to declare a private incident with a key.")
        raise serializers.ValidationError({"dedup_key": [message]})


def _has_account(request: Request | None) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _decoded(header: str) -> str:
    """Return a header decoded as UTF-8; servers pass headers on as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def known(key: str | None, account: Any) -> Incident | None:
    """Return the open incident with the key, or None if there is none for ``account``.

    Raises :class:`errors.KeyTaken` if ``account`` declared it and may not see it any more.
    """
    incident = Incident.objects.open_with(key, viewer=account) if key is not None else None
    return incident if incident is None else visible(incident, account)


def visible(incident: Incident, account: Any) -> Incident:
    """Return ``incident``, reloaded with everything that its representation needs.

    Raises :class:`errors.KeyTaken` if ``account`` may not see it any more.
    """
    seen: Incident | None = (
        Incident.objects.visible_to(account).with_people().filter(pk=incident.pk).first()  # type: ignore[attr-defined]
    )
    if seen is None:
        raise errors.KeyTaken
    return seen
