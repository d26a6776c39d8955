"""The registry of job handlers.

A handler is a function that takes the job's row (:class:`~response.jobs.models.OutboxMessage`)
and is registered under the name stored in the row's ``method``. It stores its progress in
``row.progress``, returns when the job is done, and otherwise raises
:class:`~response.jobs.errors.RetryLater` or :class:`~response.jobs.errors.GiveUp`. Stored names
outlive a deployment: a renamed job must be registered under its old name as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Handler = Callable[[Any], None]
FailureHandler = Callable[[Any, Exception], None]

_handlers: dict[str, Handler] = {}
_on_failure: dict[str, FailureHandler] = {}
_fallbacks: list[tuple[Callable[[str], bool], Handler]] = []


def job_handler(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of jobs called ``name``."""

    def register(fn: Handler) -> Handler:
        _handlers[name] = fn
        return fn

    return register


def on_failure(name: str) -> Callable[[FailureHandler], FailureHandler]:
    """Register ``fn(row, error)`` to be called when a job called ``name`` has failed for good.

    It runs in the transaction that marks the row as failed.
    """

    def register(fn: FailureHandler) -> FailureHandler:
        _on_failure[name] = fn
        return fn

    return register


def register_fallback(accepts: Callable[[str], bool], fn: Handler) -> None:
    """Register a handler for names that ``accepts`` approves and that have no other handler."""
    _fallbacks.append((accepts, fn))


def find(name: str) -> Handler | None:
    """Return the handler of jobs called ``name``, or None if this process has none."""
    handler = _handlers.get(name)
    if handler is not None:
        return handler
    return next((fn for accepts, fn in _fallbacks if accepts(name)), None)


def failed(row: Any, error: Exception) -> None:
    """Call the failure handler, if any, of a row that is being marked as failed."""
    handler = _on_failure.get(row.method)
    if handler is not None:
        handler(row, error)
