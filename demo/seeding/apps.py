"""The Django app."""

from django.apps import AppConfig


class SeedingConfig(AppConfig):
    """Installed with the sandbox only: nothing invented gets into a real workspace."""

    name = "demo.seeding"
    label = "seeding"
