"""The rows of the queue."""

from response.jobs.models.outbox import OutboxMessage, OutboxQueue
from response.jobs.models.tick import Tick
from response.jobs.models.timer import Timer

__all__ = ["OutboxMessage", "OutboxQueue", "Tick", "Timer"]
