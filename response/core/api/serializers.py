"""The serializers of the REST API and of the event stream; the incident's has its own module.

The fields of release 0.5.1 are kept, for programs that were written for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Manager
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.utils import html

from response.core.api import people
from response.core.api.fields import (
    MAX_TEXT,
    BooleanField,
    ChoiceField,
    DateTimeField,
    JSONField,
    NoUnsetChoiceField,
    TextField,
)
from response.core.models import Action, Event, ExternalUser, TimelineEvent
from response.core.text import References, to_html


def account_of(context: Mapping[str, Any]) -> Any:
    """Return the request's Django user, the anonymous one where there is none."""
    # A project can have the framework leave out the user where there is no login.
    return getattr(context.get("request"), "user", None) or AnonymousUser()


class ExternalUserSerializer(serializers.ModelSerializer[ExternalUser]):
    """A person of another system, usually Slack."""

    app_id = TextField(max_length=50, help_text="The system that knows this person.")
    external_id = TextField(max_length=50, help_text="The person's id there.")
    display_name = TextField(max_length=255)
    full_name = TextField(max_length=255, allow_null=True, allow_blank=True, required=False)
    email = TextField(max_length=254, allow_null=True, allow_blank=True, required=False)
    deleted = BooleanField(required=False)

    class Meta:
        model = ExternalUser
        fields = ("app_id", "external_id", "display_name", "full_name", "email", "deleted")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what may be stored.

        Raises ``ValidationError`` if an existing person's identity would change.
        """
        app_id = attrs.get("app_id", "")
        if isinstance(self.instance, ExternalUser):
            app_id = self.instance.app_id
            for name in ("app_id", "external_id"):
                if name in attrs and attrs[name] != getattr(self.instance, name):
                    raise serializers.ValidationError({name: [_("This cannot be changed.")]})
        return people.allowed_details(app_id, attrs, account_of(self.context))


class PersonSerializer(ExternalUserSerializer):
    """A person who is involved in an incident.

    On writing, ``{"external_id": "U012ABCDEF"}`` or ``{"email": "…"}`` refers to a
    known person. With ``display_name`` added, the person is stored or updated.
    """

    app_id = TextField(
        max_length=50,
        required=False,
        help_text="The system that knows this person; “slack” by default.",
    )
    external_id = TextField(max_length=50, required=False)
    display_name = TextField(max_length=255, required=False)

    class Meta(ExternalUserSerializer.Meta):
        validators: list[Any] = []

    def run_validation(self, data: Any = empty) -> Any:
        """Return a :class:`people.Reference`, None, or the ``ValidationError`` of what is wrong.

        Blank fields of a form count as not sent; a form with nothing but blank fields
        leaves the person alone.
        """
        if html.is_html_input(data):
            data = {name: value for name, value in data.items() if value != ""}
            if not data:
                raise SkipField
        valid = super().run_validation(data)
        return valid if valid is None else people.reference(valid)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs


class WithPeople:
    """Stores the people in a client's request once everything else is validated."""

    person_fields: tuple[str, ...] = ()
    context: dict[str, Any]

    def _account(self) -> Any:
        return account_of(self.context)

    def _resolve_people(self, values: dict[str, Any]) -> None:
        for name in self.person_fields:
            if isinstance(values.get(name), people.Reference):
                values[name] = values[name].resolve(self._account())


class Page(serializers.ListSerializer[Any]):
    """A list that looks up the references in its texts once and not per row."""

    def to_representation(self, data: Any) -> list[Any]:
        rows = list(data.all() if isinstance(data, Manager) else data)
        self.child.names = References.collect(self.child.texts_of(rows))  # type: ignore[union-attr]
        try:
            return super().to_representation(rows)
        finally:
            self.child.names = None  # type: ignore[union-attr]


class CommsChannelSerializer(serializers.Serializer[Any]):
    """Where people talk about an incident."""

    channel_id = serializers.CharField(read_only=True)
    channel_name = serializers.CharField(read_only=True)


class ActionSerializer(WithPeople, serializers.ModelSerializer[Action]):
    """Something that has to be done about an incident. ``user`` is who does it."""

    person_fields = ("user",)
    #: The names for the references in the texts, once they are known for a whole page.
    names: References | None = None

    details = TextField(max_length=MAX_TEXT)
    done = BooleanField(required=False)
    details_ui = serializers.SerializerMethodField(help_text="The details as safe HTML.")
    user = PersonSerializer(
        required=False,
        help_text="Who does it; by default the person who adds the action.",
    )
    created_date = DateTimeField(read_only=True, allow_null=True)
    done_date = DateTimeField(
        required=False, allow_null=True, help_text="Set when `done` becomes true."
    )
    due_date = DateTimeField(required=False, allow_null=True)
    priority = NoUnsetChoiceField(choices=Action.PRIORITIES, required=False, allow_null=True)
    type = ChoiceField(choices=Action.TYPES, required=False, allow_null=True)

    class Meta:
        model = Action
        list_serializer_class = Page
        fields = (
            "id",
            "details",
            "done",
            "user",
            "details_ui",
            "created_date",
            "done_date",
            "due_date",
            "priority",
            "type",
        )

    def get_details_ui(self, instance: Action) -> str:
        """Return the details as safe HTML."""
        return str(to_html(instance.details, self.names))

    def texts_of(self, rows: Iterable[Action]) -> list[str]:
        """Return the texts of ``rows`` that are shown as HTML."""
        return [action.details for action in rows]

    def create(self, validated_data: dict[str, Any]) -> Action:
        """Create an action of the incident that the view passes to ``save``."""
        self._resolve_people(validated_data)
        if "user" not in validated_data:
            own = people.of_account(self._account())
            if own is None:
                message = _("Send user as well: your account is not linked to a person.")
                raise serializers.ValidationError({"user": [message]})
            validated_data["user"] = own
        return Action.objects.create(**validated_data)

    def update(self, instance: Action, validated_data: dict[str, Any]) -> Action:
        """Store what was sent, and nothing else."""
        self._resolve_people(validated_data)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save()
        return instance


class TimelineEventSerializer(serializers.ModelSerializer[TimelineEvent]):
    """An entry of an incident's timeline."""

    #: The names for the references in the texts, once they are known for a whole page.
    names: References | None = None

    timestamp = DateTimeField(required=False, help_text="When it happened; now by default.")
    text = TextField(max_length=MAX_TEXT)
    event_type = TextField(
        max_length=30,
        required=False,
        help_text="`text`, `slack_pin`, `incident_update`, or a word of your own.",
    )
    metadata = JSONField(required=False, allow_null=True)
    text_ui = serializers.SerializerMethodField(help_text="The text as safe HTML.")

    class Meta:
        model = TimelineEvent
        list_serializer_class = Page
        fields = ("id", "timestamp", "text", "event_type", "metadata", "text_ui")

    def get_text_ui(self, instance: TimelineEvent) -> str:
        """Return the text as safe HTML."""
        return str(to_html(instance.text, self.names))

    def texts_of(self, rows: Iterable[TimelineEvent]) -> list[str]:
        """Return the texts of ``rows`` that are shown as HTML."""
        return [event.text for event in rows]


class EventSerializer(serializers.ModelSerializer[Event]):
    """What an incident or action was like after a change."""

    timestamp = DateTimeField(read_only=True)
    payload = JSONField(read_only=True)

    class Meta:
        model = Event
        fields = ("id", "timestamp", "event_type", "payload")
        read_only_fields = fields
