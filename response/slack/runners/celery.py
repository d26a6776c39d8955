"""Work in Celery's workers. Needs the extra ``[celery]``."""

from __future__ import annotations

from response.slack.runners.base import InBackground, Runner


class CeleryRunner(Runner):
    """Publishes a task for each of the two boxes; any worker takes it.

    What the broker loses is made good by the next sweep or tick of Celery beat (see
    ``response.slack.celery.BEAT_SCHEDULE``).
    """

    def wake(self) -> None:
        """Publish, in a thread of its own: the broker may be slow or gone."""
        _publish_soon()


def _publish() -> None:
    from celery import current_app

    from response import tasks

    # Left to itself, Celery tries to reach a dead broker for ever; and a wake-up call that
    # comes late is worth nothing.
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0)
        for task in (tasks.work_inbox, tasks.work_outbox):
            task.apply_async(connection=broker, retry=False)


_publish_soon = InBackground(_publish, "response-celery")
