"""System checks: at start-up they report settings that are missing or wrong, with the remedy.

Each module has the checks of one subject. They are registered here, those of ``project.py`` there.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from response.checks import project, setting_names, site, slack, values, workers
from response.upgrade.published import REMEDY, older_release, too_old

__all__ = ["check_settings", "check_upgrade", "project"]


@register(Tags.compatibility)
def check_settings(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Return what is wrong with the settings and would show only in the middle of an incident."""
    return [
        *slack.secrets(),
        *setting_names.misspelt(),
        *site.urls(),
        *site.installed(),
        *site.addresses(),
        *site.schemes(),
        *site.hosts(),
        *slack.channels(),
        *slack.reactions(),
        *slack.client(),
        *setting_names.old_settings(),
        *workers.classes(),
        *workers.engines(),
        *values.types(),
        *values.numbers(),
        *values.networks(),
        *values.reviews(),
        *values.alerts(),
        *values.metrics(),
        *site.needed_apps(),
        *site.templates(),
        *workers.database(),
    ]


@register(Tags.database)
def check_upgrade(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Refuse a database that stopped before release 0.5.1, before anything is changed."""
    return [
        Error(too_old(alias, stopped), hint=REMEDY, id="response.E020")
        for alias in databases or ()
        if (stopped := older_release(alias))
    ]
