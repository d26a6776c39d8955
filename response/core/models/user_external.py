"""The users of other systems, such as Slack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.actors import Actor
from response.db import atomic

SLACK = "slack"


class ExternalUserManager(models.Manager["ExternalUser"]):
    """Finds and creates people by their id in the other system."""

    def get_or_create_slack(
        self,
        *args: Any,
        external_id: str | None = None,
        defaults: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> tuple[ExternalUser, bool]:
        """Return the person with this Slack id, or create them: ``(user, created)``.

        ``defaults`` and ``fields`` are for a new row only; without a ``display_name`` the
        id stands in for it until the profile is known.
        """
        external_id = _checked(external_id or (args[0] if args else None))
        with atomic():
            return self.get_or_create(
                app_id=SLACK,
                external_id=external_id,
                defaults=_fitting({"display_name": external_id, **fields, **(defaults or {})}),
            )

    def of_account(self, account: Any) -> ExternalUser | None:
        """Return the person of a Django user, or None; the one in Slack if there are several."""
        if account is None or not account.is_authenticated:
            return None
        people = list(self.filter(owner=account, deleted=False).order_by("id")[:20])
        return next((p for p in people if p.app_id == SLACK), people[0] if people else None)

    def update_or_create_slack(
        self,
        *args: Any,
        external_id: str | None = None,
        defaults: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> tuple[ExternalUser, bool]:
        """Update or create the person with this Slack id: ``(user, created)``."""
        external_id = _checked(external_id or (args[0] if args else None))
        values = _fitting({**fields, **(defaults or {})})
        with atomic():
            return self.update_or_create(
                app_id=SLACK,
                external_id=external_id,
                defaults=values,
                create_defaults={"display_name": external_id, **values},
            )


def _checked(external_id: str | None) -> str:
    if not external_id:
        raise ValueError("A Slack user needs an external_id, for instance U012ABCDEF")
    return external_id


def _fitting(values: dict[str, Any]) -> dict[str, Any]:
    """Cut names to what their columns hold, and leave out those that are not known."""
    fitted = {}
    for name, value in values.items():
        limit = getattr(ExternalUser._meta.get_field(name), "max_length", None)
        if name == "display_name" and not value:
            continue
        fitted[name] = value[:limit] if limit and isinstance(value, str) else value
    return fitted


class ExternalUser(models.Model):
    """A person (or bot) of another system, usually Slack, with or without an account here."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        help_text=_("The account on this site that belongs to this person."),
    )
    app_id = models.CharField(max_length=50, help_text=_("The system, for instance “slack”."))
    external_id = models.CharField(max_length=50, help_text=_("The person's id there."))
    display_name = models.CharField(max_length=255)
    full_name = models.CharField(max_length=255, null=True, blank=True)
    email = models.CharField(max_length=254, null=True, blank=True)
    deleted = models.BooleanField(default=False)
    bot = models.BooleanField(
        default=False, db_default=False, help_text=_("A program, not a person.")
    )
    handle = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text=_("The old @name.")
    )
    profile_of = models.BigIntegerField(
        default=0, db_default=0, help_text=_("When the profile was changed there, in seconds.")
    )

    objects = ExternalUserManager()

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["app_id", "external_id"], name="response_externaluser_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.display_name} ({self.app_id}:{self.external_id})"

    @property
    def name_known(self) -> bool:
        """Whether there is a real name rather than the id in its place."""
        return self.display_name != self.external_id

    def why_not_lead(self) -> str:
        """Return why the person cannot lead an incident, in a sentence; empty if they can.

        The rule for every entrance: commands, forms, the API and the admin.
        """
        if self.bot or (self.app_id == SLACK and self.external_id == "USLACKBOT"):
            return gettext("That is an app. Choose a person.")
        if self.deleted:
            text = gettext(
                "%(name)s no longer has an account in this workspace. Please choose another person."
            )
            return text % {"name": self.display_name}
        return ""

    def as_text(self) -> str:
        """Return the person for stored text: the name, or a reference to be looked up."""
        if self.app_id == SLACK and not self.name_known:
            return f"<@{self.external_id}>"
        return self.display_name


def account_actor(account: Any) -> Actor:
    """Return the actor for a Django user: their person, or else the name of the account."""
    if account is None or not account.is_authenticated:
        return Actor()
    name = account.get_full_name() if hasattr(account, "get_full_name") else ""
    return Actor(
        name or account.get_username(), person=lambda: ExternalUser.objects.of_account(account)
    )
