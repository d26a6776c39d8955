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
        # Models can be imported only now; importing checks and events registers them.
        from response import checks  # noqa: F401
        from response.core import events  # noqa: F401
        from response.rules import connect as rules
        from response.slack import connect as slack
        from response.upgrade import connect as upgrade
        from response.webhooks import connect as webhooks
        from response.worker import web_process

        slack.connect()
        rules.connect()
        webhooks.connect()
        upgrade.connect(self)
        web_process.connect()
        autodiscover_modules("slack_handlers")
