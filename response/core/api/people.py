"""People in what clients send: by id, by e-mail address, or with all their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from response.conf import settings
from response.core.models.user_external import SLACK, ExternalUser

_DETAILS = ("display_name", "full_name", "email", "deleted")


@dataclass
class Reference:
    """Somebody whom a client named: known already, or to be stored on saving.

    ``details`` are the fields that the client sent for this person, to be stored; empty if
    the person was only pointed at, and then ``person`` is set.
    """

    app_id: str
    external_id: str
    person: ExternalUser | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def resolve(self, account: Any) -> ExternalUser:
        """The person, made or brought up to date if need be.

        ``account`` is the Django user who asks. Raises ``PermissionDenied`` if that user
        may not do this, where the project wants Django's model permissions.
        """
        if self.person is None:
            _require(account, "response.add_externaluser")
            self.person, created = ExternalUser.objects.get_or_create(
                app_id=self.app_id, external_id=self.external_id, defaults=self.details
            )
            if created:
                return self.person
        changed = [n for n, v in self.details.items() if getattr(self.person, n) != v]
        if changed:
            _require(account, "response.change_externaluser")
            for name in changed:
                setattr(self.person, name, self.details[name])
            self.person.save(update_fields=changed)
        return self.person


def _require(account: Any, permission: str) -> None:
    if not settings.RESPONSE_API_MODEL_PERMISSIONS:
        return
    if account is None or not account.has_perm(permission):
        raise PermissionDenied(
            _("Your account may point at people who are known, but not store their details.")
        )


def find(app_id: str | None, external_id: str | None, email: str | None) -> ExternalUser:
    """The person with this id, else with this e-mail address (in any case).

    ``app_id`` is the system that gave the id, Slack unless said otherwise. Of several
    people with one address, those who are gone are left out. Raises the framework's
    ``ValidationError``, naming what was looked for, if there is nobody or more than one.
    """
    if external_id:
        app_id = app_id or SLACK
        person = ExternalUser.objects.filter(app_id=app_id, external_id=external_id).first()
        if person is None:
            message = _(
                "Nobody is known by the id “%(id)s” in “%(app)s”. Send display_name as well "
                "to add this person."
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
            message = _("Nobody is known by the e-mail address “%(email)s”.")
            raise serializers.ValidationError({"email": [message % {"email": email}]})
        if len(present) > 1:
            message = _("Several people have the e-mail address “%(email)s”: use external_id.")
            raise serializers.ValidationError({"email": [message % {"email": email}]})
        return present[0]
    raise serializers.ValidationError(
        _("Say who it is: by external_id, or by email for somebody who is known already.")
    )


def reference(values: dict[str, Any]) -> Reference:
    """What a client's validated fields say about somebody.

    With ``display_name`` they describe a person, who is stored or brought up to date;
    without it they point at a person, who must be known. Raises the framework's
    ``ValidationError`` as :func:`find` does.
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
    """The person who belongs to a Django user; the one in Slack, if there are several."""
    return ExternalUser.objects.of_account(account)
