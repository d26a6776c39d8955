"""The Django app."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox."""

    name = "demo.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
