"""The Django app."""

from django.apps import AppConfig


class RunbooksConfig(AppConfig):
    """The example app of the demo: runbooks."""

    name = "demo.runbooks"
    label = "runbooks"
