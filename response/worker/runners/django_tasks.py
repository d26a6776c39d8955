"""Runs work in workers of Django's Tasks API, where the project has configured ``TASKS``.

Part of Django since 6.0; for 5.2 there is the backport ``django-tasks``.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

import django

from response.conf import settings
from response.worker import work
from response.worker.runners.base import InBackground, Runner


class DjangoTasksRunner(Runner):
    """Enqueues one task for the inbox and one for the outbox in ``RESPONSE_TASKS_BACKEND``.

    Run ``response_tick --forever`` alongside the workers: the Tasks API has no periodic tasks.
    """

    def wake(self) -> None:
        """Enqueue the tasks in a separate thread, as the backend may be slow or unreachable."""
        _enqueue_soon()


def _api() -> Any:
    """Return Django's module or the backport. Raises ``ImportError`` if there is neither."""
    return import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks")


def find_backend() -> Any:
    """Return the backend that ``RESPONSE_TASKS_BACKEND`` names.

    Raises ``ImportError`` if there is no Tasks API, and the API's own error if it has no
    such backend.
    """
    return _api().task_backends[settings.RESPONSE_TASKS_BACKEND]


def work_inbox() -> None:
    """Work on due requests until none is left."""
    work.finish_inbox()


def work_outbox() -> None:
    """Send due messages until none is left."""
    work.finish_outbox()


@functools.cache
def _tasks(backend: str) -> tuple[Any, Any]:
    task = _api().task
    return task(backend=backend)(work_inbox), task(backend=backend)(work_outbox)


def _enqueue() -> None:
    for task in _tasks(settings.RESPONSE_TASKS_BACKEND):
        task.enqueue()


_enqueue_soon = InBackground(_enqueue, "response-tasks")
