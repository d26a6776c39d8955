"""Serializer fields that are stricter or more lenient than the framework's."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as ModelValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import ISO_8601, serializers
from rest_framework.fields import SkipField, empty
from rest_framework.utils import html

from response.core.clean import INVISIBLE, require_visible, sanitise
from response.core.models.dedup import MAX_KEY, checked_key
from response.db import storable

#: The longest text (summary, impact, details, timeline entry) that the API takes, in
#: characters. No column needs it; it keeps a runaway client from storing its whole log.
MAX_TEXT = 100_000
#: How deep JSON may be nested.
MAX_JSON_DEPTH = 50

#: A key, as the OpenAPI schema describes it.
KEY_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_KEY,
    "pattern": r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$",
}

_EARLIEST = datetime.date(1900, 1, 1)
_LATEST = datetime.date(9998, 12, 31)


class TextField(serializers.CharField):
    """Text written by people. Accepts strings only, and cleans them as the models do.

    The framework's own field accepts numbers as well; here a number is reported as an error of
    the client. The check for emptiness applies to the text as it will be stored.
    """

    default_error_messages = {"unstorable": _("This contains a character that cannot be stored.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if storable(data) != data:
            self.fail("unstorable")
        text = sanitise(super().to_internal_value(data)) or ""
        if not self.allow_blank:
            try:
                require_visible(text)
            except ModelValidationError as error:
                raise serializers.ValidationError(error.messages, code="blank") from error
        return text


class DateTimeField(serializers.DateTimeField):
    """A date and time in ISO 8601.

    Without an offset it is in the project's time zone. In projects without time zone support,
    times are shown and stored in server time, as in release 0.5.1. Years that some supported
    database or time zone cannot represent are refused.
    """

    # Whatever the project's DATETIME_FORMAT and DATETIME_INPUT_FORMATS say.
    format = ISO_8601
    input_formats = (ISO_8601,)

    default_error_messages = {
        "range": _("Give a date between the years 1900 and 9998."),
    }

    def to_internal_value(self, data: Any) -> datetime.datetime:
        moment = super().to_internal_value(data)
        if not _EARLIEST <= moment.date() <= _LATEST:
            self.fail("range")
        return moment

    def enforce_timezone(self, value: datetime.datetime) -> datetime.datetime:
        if not settings.USE_TZ and timezone.is_aware(value):
            # The framework would keep UTC here, but the columns hold server time.
            try:
                return timezone.make_naive(value, timezone.get_default_timezone())
            except OverflowError:
                self.fail("range")
        return super().enforce_timezone(value)

    def to_representation(self, value: Any) -> Any:
        if not isinstance(value, datetime.datetime):
            return value  # what was sent, shown again in a form
        try:
            return super().to_representation(value)
        except serializers.ValidationError:
            # The edge of the calendar, in a zone where it is already past the edge.
            return value.isoformat().replace("+00:00", "Z")


class BooleanField(serializers.BooleanField):
    """A boolean. In JSON it is ``true`` or ``false``; in a form also a word or a number."""

    def to_internal_value(self, data: Any) -> Any:
        sent = getattr(self.root, "initial_data", None)
        if not isinstance(data, bool) and not html.is_html_input(sent):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)


class OptionalBooleanField(BooleanField):
    """A boolean that is not changed when a form does not send it.

    An absent check box is otherwise taken for False.
    """

    default_empty_html = empty


class KeyField(serializers.Field[str, Any, str, Any]):
    """The key with which a program declares an incident."""

    def run_validation(self, data: Any = empty) -> Any:
        if data == "" and html.is_html_input(getattr(self.parent, "initial_data", None)):
            raise SkipField  # an empty field of a form
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        try:
            return checked_key(data)
        except ModelValidationError as error:
            raise serializers.ValidationError(error.messages) from error

    def to_representation(self, value: str) -> str:
        return value


class ChoiceField(serializers.ChoiceField):
    """One of the model's choices. Values of old rows that are no longer a choice are shown.

    The stored value is always accepted: clients that read an object, change one field and
    write all of it back must not fail because of another field.
    """

    default_error_messages = {
        "invalid_choice": _("“{input}” is not one of {known}."),
    }
    #: Whether null removes the value.
    can_be_unset = True

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty or self.parent is None:
            return super().run_validation(data)
        stored = getattr(self.parent.instance, self.source or "", None)
        if data == stored or (data in (None, "") and not stored):
            return stored
        if data in (None, "") and not self.can_be_unset:
            self.fail("unset")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str | int) and not isinstance(data, bool):
            value = self.choice_strings_to_values.get(str(data))
            if value is not None:
                return value
        known = ", ".join(f"{value} ({label})" for value, label in self.choices.items())
        return self.fail("invalid_choice", input=str(data)[:40], known=known)


class NoUnsetChoiceField(ChoiceField):
    """A choice that can be changed but not unset."""

    default_error_messages = {
        "unset": _("This can be changed, but not unset."),
    }
    can_be_unset = False


class JSONField(serializers.JSONField):
    """Any JSON, nested no deeper than the databases and the renderer support."""

    default_error_messages = {
        "depth": _("This is nested too deeply. At most {limit} levels are allowed."),
        "unstorable": _("This contains a character or a number that cannot be stored."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if _deeper_than(data, MAX_JSON_DEPTH):
            self.fail("depth", limit=MAX_JSON_DEPTH)
        if storable(data) != data:
            self.fail("unstorable")
        return super().to_internal_value(data)


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(v, levels - 1) for v in inner)


# How the OpenAPI schema describes these fields.


class TextFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a text: at least one visible character."""

    target_class = TextField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema = {"type": "string"}
        if direction == "request" and not self.target.allow_blank:
            schema["pattern"] = f"[^{INVISIBLE}]"
        return schema


class KeyFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a key: at least one visible character, and no control characters."""

    target_class = KeyField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return KEY_SCHEMA


class ChoiceFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a choice: a choice when writing; when reading also any value of an old row."""

    target_class = ChoiceField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        words = "; ".join(f"`{value}` {label}" for value, label in self.target.choices.items())
        schema: dict[str, Any] = {"type": "string", "description": words + "."}
        if direction == "request":
            schema["enum"] = list(self.target.choices)
        else:
            schema["maxLength"] = 40
            schema["description"] += " Rows of older releases may hold other words."
        if self.target.allow_null:
            schema["nullable"] = True
            if direction == "request":
                schema["enum"].append(None)
        return schema


class DateTimeFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a time: with an offset only in projects with time zone support."""

    target_class = DateTimeField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        if settings.USE_TZ:
            return {"type": "string", "format": "date-time"}
        return {"type": "string", "example": "2030-01-31T13:37:00"}


class JSONFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of any JSON value."""

    target_class = JSONField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {}
