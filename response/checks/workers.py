"""Checks of what does the work: the runner, its engine and the database."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, router
from django.utils.module_loading import import_string

from response.conf import settings
from response.slack.models import InboxRequest
from response.worker import runners
from response.worker.runners.django_tasks import find_backend

#: What ``RESPONSE_RUNNER`` may be, besides a class of the project's own.
RUNNERS = sorted(
    f"response.worker.runners.{name}"
    for name in runners.__all__
    if name.endswith("Runner") and name != "Runner"
)


def classes() -> Iterator[CheckMessage]:
    """Check that the classes that settings name can be imported."""
    for name in ("RESPONSE_RUNNER", "ACTION_EVENT_HANDLER_CLASS", "INCIDENT_EVENT_HANDLER_CLASS"):
        value = getattr(settings, name)
        needed = "wake" if name == "RESPONSE_RUNNER" else "handle"
        if not value and name != "RESPONSE_RUNNER":
            continue
        try:
            target = import_string(value) if isinstance(value, str) else value
        except ImportError as error:
            yield Error(
                f"{name} cannot be imported: {error}.",
                hint=f"Use one of: {', '.join(RUNNERS)}."
                if name == "RESPONSE_RUNNER"
                else "Leave it out, or give the dotted path of a class.",
                id="response.E007",
            )
            continue
        if not callable(getattr(target, needed, None)):
            yield Error(
                f"{name} names something that has no method {needed}().",
                hint=f"Use one of: {', '.join(RUNNERS)}."
                if name == "RESPONSE_RUNNER"
                else "Leave it out, or name a class with that method.",
                id="response.E007",
            )


def engines() -> Iterator[CheckMessage]:
    """Check that the runner's engine is installed and configured."""
    runner = str(settings.RESPONSE_RUNNER)
    if runner.endswith(".CeleryRunner"):
        yield from _celery()
    if runner.endswith(".DjangoTasksRunner"):
        yield from _django_tasks()


def _celery() -> Iterator[CheckMessage]:
    try:
        # Celery is an extra.
        from celery import current_app
    except ImportError:
        yield Error(
            "RESPONSE_RUNNER is Celery's, but Celery is not installed.",
            hint='pip install "django-incident-response[celery]"',
            id="response.E011",
        )
        return
    if not current_app.conf.broker_url:
        yield Warning(
            "RESPONSE_RUNNER is Celery's, but Celery has no broker.",
            hint="Import the project's Celery app in the package of its settings module, and "
            "set CELERY_BROKER_URL. Until then work waits for the next tick.",
            id="response.W011",
        )


def _django_tasks() -> Iterator[CheckMessage]:
    try:
        backend = find_backend()
    except ImportError:
        yield Error(
            "RESPONSE_RUNNER is the Tasks API's, but this version of Django has none.",
            hint="Use Django 6.0 or later, or pip install django-tasks.",
            id="response.E012",
        )
    except Exception as error:
        yield Error(
            f"RESPONSE_TASKS_BACKEND is {settings.RESPONSE_TASKS_BACKEND!r}, which TASKS does "
            f"not have: {error}",
            hint="Name one of the keys of TASKS; the default is 'default'.",
            id="response.E012",
        )
    else:
        if type(backend).__name__ in ("ImmediateBackend", "DummyBackend"):
            yield Warning(
                f"RESPONSE_RUNNER is the Tasks API's, and its {type(backend).__name__} hands "
                "nothing to other processes.",
                hint="Configure a backend with workers in TASKS, or use the AfterResponseRunner.",
                id="response.W012",
            )


def database() -> Iterator[CheckMessage]:
    """Check the settings of the database, above all those of SQLite."""
    database = django_settings.DATABASES.get(DEFAULT_DB_ALIAS, {})
    if database.get("AUTOCOMMIT") is False:
        yield Error(
            'AUTOCOMMIT is False in DATABASES["default"]: what Slack sends would be acknowledged '
            "before it is stored.",
            hint="Leave it out.",
            id="response.E085",
        )
    reads, writes = router.db_for_read(InboxRequest), router.db_for_write(InboxRequest)
    if (reads, writes) != (DEFAULT_DB_ALIAS, DEFAULT_DB_ALIAS):
        yield Error(
            f"DATABASE_ROUTERS sends Response to other databases than the default one: it reads "
            f"from {reads!r} and writes to {writes!r}.",
            hint='Let them answer "default" or None where app_label is "response": its '
            "transactions are those of the default database, it refers to the accounts there, and "
            "it reads at once what it has written.",
            id="response.E082",
        )
    if not str(database.get("ENGINE", "")).endswith("sqlite3"):
        return
    command = str(database.get("OPTIONS", {}).get("init_command", "")).lower()
    if "journal_mode=wal" not in command.replace(" ", "") and not django_settings.DEBUG:
        yield Warning(
            "SQLite is not set to write-ahead logging: readers and writers wait for each other.",
            hint='Add "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;", "timeout": 20} to '
            "DATABASES, or use PostgreSQL.",
            id="response.W010",
        )
