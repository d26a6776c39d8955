"""The rows of the queue."""

from response.jobs.models.outbox import OutboxMessage, OutboxQueue
from response.jobs.models.tick import Tick

__all__ = ["OutboxMessage", "OutboxQueue", "Tick"]
