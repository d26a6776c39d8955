"""The Django app."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The app with the sandbox's models and commands."""

    name = "demo.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
