"""The serializers of people, and what stores the people of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.utils import html

from response.core.api import people
from response.core.api.fields import BooleanField, TextField
from response.core.models import ExternalUser


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

    def __init__(self, *args: Any, lasting: bool = False, **kwargs: Any) -> None:
        """With ``lasting``, null is accepted only while no person is stored."""
        self.lasting = lasting
        super().__init__(*args, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        """A :class:`people.Reference`, None, or the ``ValidationError`` of what is wrong.

        Blank fields of a form count as not sent; a form with nothing but blank fields
        leaves the person alone.
        """
        if html.is_html_input(data):
            data = {name: value for name, value in data.items() if value != ""}
            if not data:
                raise SkipField
        if data is None and self.lasting and self._stored() is not None:
            raise serializers.ValidationError([_("This can be changed, but not unset.")])
        valid = super().run_validation(data)
        return valid if valid is None else people.reference(valid)

    def _stored(self) -> Any:
        return getattr(self.parent.instance, self.source or "", None)

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
