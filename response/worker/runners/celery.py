"""Runs work in Celery workers. Needs the extra ``[celery]``."""

from __future__ import annotations

from response.worker.runners.base import InBackground, Runner


class CeleryRunner(Runner):
    """Publishes one task for the inbox and one for the outbox; any worker can run them.

    If the broker loses a task, the next sweep or tick of Celery beat does the work (see
    ``response.worker.celery_beat.BEAT_SCHEDULE``).
    """

    def wake(self) -> None:
        """Publish the tasks in a separate thread, as the broker may be slow or unreachable."""
        _publish_soon()


def _publish() -> None:
    # Celery is an extra: this module is also imported where it is not installed.
    from celery import current_app

    # By default Celery retries an unreachable broker without end, and a late wake-up call is
    # of no use.
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0)
        for name in ("response.work_inbox", "response.work_outbox"):
            current_app.signature(name).apply_async(connection=broker, retry=False, expires=60)


_publish_soon = InBackground(_publish, "response-celery")
