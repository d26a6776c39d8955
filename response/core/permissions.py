"""Who may use the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions, IsAuthenticated
from rest_framework.settings import api_settings

from response.conf import settings as response_settings

#: The permissions to link people to accounts, which decides who sees private incidents.
IDENTIFY = ("response.change_externaluser", "response.view_private_incident")


class ModelPermissions(DjangoModelPermissions):
    """Writing needs Django's add, change or delete permission for the model; reading none.

    A model may name another in ``permission_model``: its rows are parts of that one's, and
    whatever is done to them needs the permission to change it.
    """

    def get_required_permissions(self, method: str, model_cls: Any) -> list[str]:
        """Return the permissions that ``method`` needs."""
        whole = getattr(model_cls, "permission_model", None)
        if whole is not None and method not in SAFE_METHODS:
            method = "PATCH"
        return super().get_required_permissions(method, whole or model_cls)  # type: ignore[no-any-return]


def may_identify(account: Any) -> bool:
    """Return whether a Django user, or None, may link people to accounts.

    Setting the e-mail address of a person in Slack needs the same right, since the admin links
    people to accounts by it.
    """
    return account is not None and all(account.has_perm(name) for name in IDENTIFY)


def get_permission_classes() -> list[type[Any]]:
    """Return the permission classes that apply now.

    They are the project's ``DEFAULT_PERMISSION_CLASSES``. The framework lets everyone in
    where a project did not set these; incidents are not for everyone, so there it is
    ``IsAuthenticated``. ``RESPONSE_API_MODEL_PERMISSIONS`` adds :class:`ModelPermissions`.
    """
    chosen = (getattr(settings, "REST_FRAMEWORK", None) or {}).get("DEFAULT_PERMISSION_CLASSES")
    configured: Any = api_settings.DEFAULT_PERMISSION_CLASSES
    classes: list[type[Any]] = list(configured) if chosen else [IsAuthenticated]
    if response_settings.RESPONSE_API_MODEL_PERMISSIONS:
        classes.append(ModelPermissions)
    return classes
