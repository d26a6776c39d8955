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
    from response import tasks

    # Not tried again: a wake-up call that comes late is worth nothing.
    tasks.work_inbox.apply_async(retry=False)
    tasks.work_outbox.apply_async(retry=False)


_publish_soon = InBackground(_publish, "response-celery")
