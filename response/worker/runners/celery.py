"""Work in Celery's workers. Needs the extra ``[celery]``."""

from __future__ import annotations

from response.worker.runners.base import InBackground, Runner


class CeleryRunner(Runner):
    """Publishes a task for each of the two boxes; any worker takes it.

    What the broker loses is made good by the next sweep or tick of Celery beat (see
    ``response.worker.celery_beat.BEAT_SCHEDULE``).
    """

    def wake(self) -> None:
        """Publish, in a thread of its own: the broker may be slow or gone."""
        _publish_soon()


def _publish() -> None:
    # Celery is an extra: this module is also imported where it is not installed.
    from celery import current_app

    # Left to itself, Celery tries to reach a dead broker for ever; and a wake-up call that
    # comes late is worth nothing.
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0)
        for name in ("response.work_inbox", "response.work_outbox"):
            current_app.signature(name).apply_async(connection=broker, retry=False, expires=60)


_publish_soon = InBackground(_publish, "response-celery")
