"""The serializer of incidents, for the REST API, the event stream and webhooks.

A change to an incident is written to the event stream, sent to webhooks and answered by the API:
three times the same incident. The first of them keeps with the incident those fields that only
its own rows decide. The others reuse them as long as none of these rows has changed; all other
fields are made each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from response.core import chat
from response.core.api import configured_fields, declaration, people
from response.core.api.fields import (
    MAX_TEXT,
    BooleanField,
    DateTimeField,
    KeyField,
    OptionalBooleanField,
    TextField,
)
from response.core.api.serializers import (
    ActionSerializer,
    CommsChannelSerializer,
    Page,
    PersonSerializer,
    WithPeople,
)
from response.core.models import Action, ExternalUser, Incident, Severity, Status
from response.core.models.status import Category
from response.core.text import References

#: The fields that the incident's row, its lead, its reporter and its comms channel decide.
_OF_ITS_ROWS = {
    "comms_channel",
    "end_time",
    "id",
    "impact",
    "is_closed",
    "lead",
    "report",
    "report_only",
    "report_time",
    "reporter",
    "severity",
    "start_time",
    "summary",
}
_KEPT = "_response_representation"


def _check_lead(wanted: people.Reference | None, incident: Incident | None) -> None:
    """Refuse a person who cannot lead, unless they are the lead already."""
    person = wanted.person if wanted else None
    if wanted is None or person is None or (incident and incident.lead_id == person.pk):
        return
    deleted = wanted.details.get("deleted", person.deleted)
    why_not = ExternalUser(
        app_id=person.app_id,
        external_id=person.external_id,
        display_name=person.display_name,
        bot=person.bot,
        deleted=deleted,
    ).why_not_lead()
    if why_not:
        raise serializers.ValidationError({"lead": [why_not]})


def _actions(incident: Incident) -> list[Action]:
    """Return the incident's actions, without a query if they were prefetched."""
    fetched = getattr(incident, "_prefetched_objects_cache", {}).get("action_set")
    return list(incident.action_items() if fetched is None else fetched)


class IncidentSerializer(WithPeople, serializers.ModelSerializer[Incident]):
    """An incident. ``report`` is its title."""

    person_fields = ("lead", "reporter")
    #: The names for the references in the texts, once they are known for a whole page.
    names: References | None = None

    report = TextField(max_length=200, help_text="The title: what is wrong.")
    report_time = DateTimeField(required=False, help_text="When it was reported; now by default.")
    start_time = DateTimeField(required=False, help_text="When it began; `report_time` by default.")
    end_time = DateTimeField(
        required=False, allow_null=True, help_text="When it ended; null while it goes on."
    )
    report_only = BooleanField(
        required=False, help_text="Reported after the fact: no response is needed."
    )
    is_closed = OptionalBooleanField(
        required=False, help_text="Write true to close the incident now, false to reopen it."
    )
    summary = TextField(
        max_length=MAX_TEXT,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="What is going on.",
    )
    impact = TextField(
        max_length=MAX_TEXT,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Who is affected, and how.",
    )
    severity = configured_fields.RowField(Severity, required=False, allow_null=True)
    status = configured_fields.StatusField(
        required=False,
        help_text="Where it stands. Writing one that is closed closes the incident, writing a "
        "live one reopens it.",
    )
    lead = PersonSerializer(required=False, allow_null=True, help_text="Who leads.")
    reporter = PersonSerializer(
        required=False,
        allow_null=True,
        help_text="Who reported it; by default the person who declares the incident here.",
    )
    comms_channel = serializers.SerializerMethodField()
    action_items = serializers.SerializerMethodField()
    roles = configured_fields.RolesField(
        help_text="Who has which role besides the lead: a list of people for each role's key. "
        "Write those to be changed. Absent where no roles are configured.",
    )
    fields: Any = configured_fields.CustomFieldsField(
        help_text="The custom fields by key, null for empty ones. Write those to be changed. "
        "Absent where no fields are configured.",
    )
    create_comms_channel = OptionalBooleanField(
        required=False,
        write_only=True,
        help_text="True makes the comms channel, as the button in Slack does. Where there is "
        "one, nothing happens.",
    )
    private = OptionalBooleanField(
        required=False,
        write_only=True,
        help_text="True makes the incident private: only people who take part can see it, here and "
        "in Slack. False makes it public: everyone can see it.",
    )
    dedup_key = KeyField(
        required=False,
        write_only=True,
        help_text="On declaring only: while the incident is open, declaring another with the "
        "same key answers with this one. The same as the header `Idempotency-Key`.",
    )
    #: Whether saving declared an incident, and did not find the one that has the key.
    created = True

    class Meta:
        model = Incident
        list_serializer_class = Page
        fields = (
            "action_items",
            "comms_channel",
            "end_time",
            "impact",
            "is_closed",
            "lead",
            "id",
            "report",
            "report_time",
            "report_only",
            "reporter",
            "severity",
            "start_time",
            "summary",
            "status",
            "roles",
            "fields",
            "create_comms_channel",
            "private",
            "dedup_key",
        )

    def to_representation(self, instance: Incident) -> dict[str, Any]:
        """Return the representation, without roles and fields where none are configured."""
        shown = self._shown(instance)
        for name, there_are in configured_fields.is_configured().items():
            if not there_are:
                shown.pop(name, None)
        return shown

    def _shown(self, instance: Incident) -> dict[str, Any]:
        """Return the representation, reusing what was made of the incident in this state before."""
        if self.parent is not None:  # of a list: each is shown once
            return super().to_representation(instance)
        state = (type(self), *_rows_of(instance))
        made_in, known = instance.__dict__.get(_KEPT, (None, {}))
        if made_in != state:
            shown = super().to_representation(instance)
            kept = {name: value for name, value in shown.items() if name in _OF_ITS_ROWS}
            instance.__dict__[_KEPT] = (state, kept)
            return shown
        shown = {}
        for name, field in self.fields.items():
            if name in known:
                shown[name] = known[name]
            elif not field.write_only:
                value = field.get_attribute(instance)
                shown[name] = None if value is None else field.to_representation(value)
        return shown

    @extend_schema_field(CommsChannelSerializer(allow_null=True))
    def get_comms_channel(self, incident: Incident) -> dict[str, str] | None:
        """Return the comms channel, None if there is none yet."""
        channel = incident.comms_channel()
        if channel is None:
            return None
        return {"channel_id": channel.channel_id, "channel_name": channel.channel_name}

    @extend_schema_field(ActionSerializer(many=True))
    def get_action_items(self, incident: Incident) -> list[dict[str, Any]]:
        """Return the actions, oldest first."""
        actions = _actions(incident)
        if not actions:
            return []
        shape = self._action_shape
        shape.names = self.names or References.collect(shape.texts_of(actions))
        return [dict(shape.to_representation(action)) for action in actions]

    def texts_of(self, rows: Iterable[Incident]) -> list[str]:
        """Return the texts of ``rows`` that are shown as HTML."""
        return [action.details for incident in rows for action in _actions(incident)]

    @cached_property
    def _action_shape(self) -> ActionSerializer:
        # One for all incidents of a list: making its fields costs more than using them.
        return ActionSerializer()

    def validate_reporter(self, value: people.Reference | None) -> people.Reference | None:
        """Refuse null once there is a reporter."""
        if value is None and getattr(self.instance, "reporter", None) is not None:
            raise serializers.ValidationError([_("This can be changed, but not unset.")])
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn ``is_closed`` into an end time, and check the times and the options.

        A client that reads an incident, changes one field and writes it all back also sends an
        unchanged ``is_closed`` or ``end_time``: the one that differs from the stored value
        counts.
        """
        incident = self.instance if isinstance(self.instance, Incident) else None
        _check_lead(attrs.get("lead"), incident)
        was_closed = incident is not None and incident.is_closed()
        wanted = attrs.pop("is_closed", was_closed)
        now = timezone.now()
        start = attrs.get("start_time") or (
            incident.start_time if incident else attrs.get("report_time", now)
        )
        end_says = was_closed
        if "end_time" in attrs:
            end_says = attrs["end_time"] is not None
        if wanted != was_closed and end_says == was_closed:
            attrs["end_time"] = max(now, start) if wanted else None
        touched = incident is None or any(
            name in attrs and attrs[name] != getattr(incident, name)
            for name in ("start_time", "end_time")
        )
        end = attrs.get("end_time", incident.end_time if incident else None)
        if touched and end is not None and end < start:
            raise serializers.ValidationError(
                {"end_time": [_("An incident cannot end before it started.")]}
            )
        configured_fields.check_status(attrs, incident)
        probe = incident or Incident()
        probe.severity = attrs.get("severity", probe.severity)
        status = Status.with_key(attrs.get("status"))
        closes = status is not None and status.category == Category.CLOSED
        closes = closes or attrs.get("end_time") is not None
        configured_fields.stage(
            probe, attrs, declaring=incident is None, closing=closes and not was_closed
        )
        if attrs.get("create_comms_channel"):
            declaration.validate_channel_request(attrs, incident)
        if incident is None or "dedup_key" in attrs:
            declaration.check_key(attrs, incident, self.context.get("request"))
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Incident:
        """Declare an incident, as from Slack, or find the open one that has the key."""
        key = validated_data.pop("dedup_key", None)
        wants_channel = validated_data.pop("create_comms_channel", False)
        roles = validated_data.pop(configured_fields.RolesField.target, None)
        fields = validated_data.pop(configured_fields.CustomFieldsField.target, None)
        validated_data |= {"roles": roles, "fields": fields}
        known = declaration.known(key, self._account())
        if known is not None:
            self.created = False
            return known
        self._resolve_people(validated_data)
        if validated_data.get("reporter") is None:
            validated_data["reporter"] = people.of_account(self._account())
        status = Status.with_key(validated_data.get("status"))
        closes = status is not None and status.category == Category.CLOSED
        later = {
            name: validated_data.pop(name)
            for name in ("end_time", *(["status"] if closes else []))
            if validated_data.get(name)
        }
        validated_data.pop("end_time", None)
        try:
            if key is None:
                incident = Incident.objects.create_incident(**validated_data)
            else:
                incident, self.created = Incident.objects.create_or_join(
                    key, viewer=self._account(), **validated_data
                )
        except ModelValidationError as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error)) from error
        if not self.created:  # another request declared it first
            return declaration.visible(incident, self._account())
        if later:
            for name, value in later.items():
                setattr(incident, name, value)
            incident.save()
        if wants_channel:
            self._request_channel(incident)
        return incident

    def _request_channel(self, incident: Incident) -> None:
        if incident.comms_channel() is None:
            chat.get().request_channel(incident, people.of_account(self._account()))

    def update(self, instance: Incident, validated_data: dict[str, Any]) -> Incident:
        """Store what was sent, and nothing else. Roles and fields are set on it already."""
        wants_channel = validated_data.pop("create_comms_channel", False)
        validated_data.pop(configured_fields.RolesField.target, None)
        validated_data.pop(configured_fields.CustomFieldsField.target, None)
        self._resolve_people(validated_data)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save()
        if wants_channel:
            self._request_channel(instance)
        return instance


def _rows_of(incident: Incident) -> Iterator[tuple[Any, ...] | None]:
    """Return the values of the rows that decide :data:`_OF_ITS_ROWS`, None for a missing one."""
    for row in (incident, incident.lead, incident.reporter, incident.comms_channel()):
        fields = row._meta.concrete_fields if row is not None else ()
        yield None if row is None else tuple(row.__dict__.get(field.attname) for field in fields)
