"""People in the requests of clients: by id, by e-mail address, or with all their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from response.conf import settings
from response.core.models.user_external import SLACK, ExternalUser
from response.core.permissions import may_identify

_DETAILS = ("display_name", "full_name", "email", "deleted")


@dataclass
class Reference:
    """A person in a client's request: a known one, or one to be stored on saving.

    ``details`` are the fields to store for the person; empty if the client only referred to a
    known person, and then ``person`` is set.
    """

    app_id: str
    external_id: str
    person: ExternalUser | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def resolve(self, account: Any) -> ExternalUser:
        """Return the person, created or updated if needed.

        ``account`` is the request's Django user. Raises ``PermissionDenied`` if the project
        requires Django's model permissions and the user lacks them.
        """
        if self.person is None:
            _require(account, "response.add_externaluser")
            self.person, created = ExternalUser.objects.get_or_create(
                app_id=self.app_id,
                external_id=self.external_id,
                defaults=allowed_details(self.app_id, self.details, account),
            )
            if created:
                return self.person
        details = allowed_details(self.person.app_id, self.details, account)
        changed = [n for n, v in details.items() if getattr(self.person, n) != v]
        if changed:
            _require(account, "response.change_externaluser")
            for name in changed:
                setattr(self.person, name, details[name])
            self.person.save(update_fields=changed)
        return self.person


def allowed_details(app_id: str, details: dict[str, Any], account: Any) -> dict[str, Any]:
    """Return those of the ``details`` of a person of ``app_id`` that ``account`` may store.

    The e-mail addresses of people in Slack come from Slack. What others send is left out, rather
    than refused: clients write back what they have read.
    """
    if app_id != SLACK or may_identify(account):
        return details
    return {name: value for name, value in details.items() if name != "email"}


def _require(account: Any, permission: str) -> None:
    if not settings.RESPONSE_API_MODEL_PERMISSIONS:
        return
    if account is None or not account.has_perm(permission):
        raise PermissionDenied(
            _("Your account may name people who are already known, but not store their details.")
        )


def find(app_id: str | None, external_id: str | None, email: str | None) -> ExternalUser:
    """Return the person with this id, or else with this e-mail address (ignoring case).

    ``app_id`` is the system of the id, by default Slack. If several people have the address,
    deleted ones are left out. Raises the framework's ``ValidationError``, with the value that
    was looked for, if there is no such person or more than one.
    """
    if external_id:
        app_id = app_id or SLACK
        person = ExternalUser.objects.filter(app_id=app_id, external_id=external_id).first()
        if person is None:
            message = _(
                "There is no person with the id “%(id)s” in “%(app)s”. Send display_name as "
                "well to add this person."
            )
            raise serializers.ValidationError(
                {"external_id": [message % {"id": external_id, "app": app_id}]}
            )
        return person
    if email:
        people = ExternalUser.objects.filter(email__iexact=email)
        if app_id:
            people = people.filter(app_id=app_id)
        found = list(people.order_by("deleted", "id")[:3])
        present = [p for p in found if not p.deleted] or found
        if not present:
            message = _("There is no person with the e-mail address “%(email)s”.")
            raise serializers.ValidationError({"email": [message % {"email": email}]})
        if len(present) > 1:
            message = _("Several people have the e-mail address “%(email)s”. Use external_id.")
            raise serializers.ValidationError({"email": [message % {"email": email}]})
        return present[0]
    raise serializers.ValidationError(
        _("Send external_id, or email for a person who is already known.")
    )


def reference(values: dict[str, Any]) -> Reference:
    """Return a reference to the person in a client's validated fields.

    With ``display_name`` the person is stored or updated; without it the person must be known.
    Raises the framework's ``ValidationError`` as :func:`find` does.
    """
    app_id = values.get("app_id") or SLACK
    external_id = values.get("external_id")
    if external_id and values.get("display_name"):
        return Reference(
            app_id=app_id,
            external_id=external_id,
            person=ExternalUser.objects.filter(app_id=app_id, external_id=external_id).first(),
            details={name: values[name] for name in _DETAILS if name in values},
        )
    person = find(values.get("app_id"), external_id, values.get("email"))
    return Reference(person.app_id, person.external_id, person)


def of_account(account: Any) -> ExternalUser | None:
    """Return the person of a Django user, or None; the one in Slack if there are several."""
    return ExternalUser.objects.of_account(account)
