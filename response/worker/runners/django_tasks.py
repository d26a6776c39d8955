"""Work in the workers of Django's Tasks API, where the project has configured ``TASKS``.

Django has it from 6.0 on; for 5.2 there is the backport ``django-tasks``.
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
    """Enqueues a task for each of the two boxes in ``RESPONSE_TASKS_BACKEND``.

    ``response_tick --forever`` runs beside the workers: the Tasks API has nothing that
    looks in from time to time.
    """

    def wake(self) -> None:
        """Enqueue, in a thread of its own: the backend may be slow or gone."""
        _enqueue_soon()


def _api() -> Any:
    """Django's module, or the backport. Raises ``ImportError`` if there is neither."""
    return import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks")


def find_backend() -> Any:
    """The backend that ``RESPONSE_TASKS_BACKEND`` names.

    Raises ``ImportError`` if there is no Tasks API, and the API's own error if it has no
    such backend.
    """
    return _api().task_backends[settings.RESPONSE_TASKS_BACKEND]


def work_inbox() -> None:
    """Work on the accepted requests that are due, until none is left."""
    work.finish_inbox()


def work_outbox() -> None:
    """Send the messages that are due, until none is left."""
    work.finish_outbox()


@functools.cache
def _tasks(backend: str) -> tuple[Any, Any]:
    task = _api().task
    return task(backend=backend)(work_inbox), task(backend=backend)(work_outbox)


def _enqueue() -> None:
    for task in _tasks(settings.RESPONSE_TASKS_BACKEND):
        task.enqueue()


_enqueue_soon = InBackground(_enqueue, "response-tasks")
