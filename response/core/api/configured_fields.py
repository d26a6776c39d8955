"""Serializer fields for what a project configures, such as severities and statuses.

They ask for the rows each time, since rows change while the program runs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from response.core.api.fields import NoUnsetChoiceField
from response.core.models import Incident, Status
from response.core.models.configured import ConfiguredRow
from response.core.models.status import Category


class RowField(NoUnsetChoiceField):
    """The key of a row that is offered; its name and aliases are understood as well."""

    def __init__(self, kind: type[ConfiguredRow], **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(choices=(), **kwargs)

    def _offered(self) -> dict[str, str]:
        return dict(self.kind.pairs())

    def _get_choices(self) -> Any:
        return self._offered()

    def _set_choices(self, choices: Any) -> None:
        """Ignore what the framework sets: the rows are read each time."""

    choices = property(_get_choices, _set_choices)  # type: ignore[assignment]
    grouped_choices = property(_get_choices)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str | int) and not isinstance(data, bool) and len(str(data)) <= 200:
            row = self.kind.named(str(data))
            if row is not None and not row.retired:
                return row.key
        known = ", ".join(f"{key} ({name})" for key, name in self._offered().items())
        return self.fail("invalid_choice", input=str(data)[:40], known=known)

    def to_representation(self, value: Any) -> Any:
        return value


class StatusField(RowField):
    """The key of the status that an incident has, whether it was chosen or is the default."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("kind", None)
        super().__init__(Status, **kwargs)

    def _offered(self) -> dict[str, str]:
        order = list(Category)
        rows = sorted(Status.offered(), key=lambda row: order.index(Category(row.category)))
        return {row.key: row.label() for row in rows}

    def get_attribute(self, instance: Any) -> Any:
        return instance.current_status().key

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the key. The present status, sent back as it was read, changes nothing."""
        incident = self.parent.instance if self.parent is not None else None
        if isinstance(incident, Incident) and data == incident.current_status().key:
            return incident.status
        return super().run_validation(data)


def check_status(attrs: dict[str, Any], incident: Incident | None) -> None:
    """Raise ``ValidationError`` for a status that contradicts the other values sent.

    ``attrs`` are the values sent, ``incident`` is the incident to change, or None.
    """
    key = attrs.get("status")
    row = Status.with_key(key)
    if row is None or (incident is not None and key == incident.status):
        return
    report_only = attrs.get("report_only", incident is not None and incident.report_only)
    if row.category == (Category.LIVE if report_only else Category.REPORTED):
        message = (
            _("This incident was reported after the fact and cannot have this status.")
            if report_only
            else _("This status is only for incidents reported after the fact.")
        )
        raise serializers.ValidationError({"status": [message]})
    was = incident.end_time if incident is not None else None
    ends = attrs.get("end_time", was)
    if ends != was and (ends is not None) != (row.category == Category.CLOSED):
        message = _("This status does not go with the end time that was sent.")
        raise serializers.ValidationError({"status": [message]})
