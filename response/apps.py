"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ResponseConfig(AppConfig):
    """Connects the rooms with each other and finds the project's handlers."""

    name = "response"
    label = "response"
    verbose_name = _("Response")
    # The tables of release 0.5.1 have integer keys; new models name their own.
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        """Register what is built in, then import ``slack_handlers`` of every app."""
        from response import checks  # noqa: F401
        from response.slack import setup as slack
        from response.webhooks import setup as webhooks

        slack.connect()
        webhooks.connect()
        autodiscover_modules("slack_handlers")
