"""The Django app."""

from django.apps import AppConfig


class RunbooksConfig(AppConfig):
    """Runbooks."""

    name = "demo.runbooks"
    label = "runbooks"
