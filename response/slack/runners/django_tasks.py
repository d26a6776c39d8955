"""Work in the workers of Django's Tasks API, where the project has configured ``TASKS``.

Django has it from 6.0 on; for 5.2 there is the backport ``django-tasks``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django

from response.conf import settings
from response.slack.runners.base import InBackground, Runner


class DjangoTasksRunner(Runner):
    """Enqueues a task for each of the two boxes in ``RESPONSE_TASKS_BACKEND``.

    ``response_tick --forever`` runs beside the workers: the Tasks API has nothing that
    looks in from time to time.
    """

    def wake(self) -> None:
        """Enqueue, in a thread of its own: the backend may be slow or gone."""
        _enqueue_soon()


def find_task_decorator() -> Callable[..., Any]:
    """Django's ``task``, or the backport's. Raises ``ImportError`` if there is neither."""
    place = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
    task: Callable[..., Any] = import_module(place).task
    return task


def work_inbox() -> None:
    """Work on the accepted requests that are due, until none is left."""
    from response.slack import work

    work.finish_inbox()


def work_outbox() -> None:
    """Send the messages that are due, until none is left."""
    from response.slack import work

    work.finish_outbox()


@functools.cache
def _tasks(backend: str) -> tuple[Any, Any]:
    task = find_task_decorator()
    return task(backend=backend)(work_inbox), task(backend=backend)(work_outbox)


def _enqueue() -> None:
    for task in _tasks(settings.RESPONSE_TASKS_BACKEND):
        task.enqueue()


_enqueue_soon = InBackground(_enqueue, "response-tasks")
