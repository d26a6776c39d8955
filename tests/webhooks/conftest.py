"""A receiver, and a webhook that leads to it."""

from __future__ import annotations

import pytest

from response.models import OutboxMessage, OutboxQueue, Webhook
from response.worker import sending
from tests.receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def webhook(transactional_db, settings, receiver):
    settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.INCIDENT_CHANNEL_ID = "C0SANDBOX02"
    return Webhook.objects.create(name="Status page", url=receiver.url)


@pytest.fixture
def deliver():
    """Delivers what waits for webhooks, whatever it waits for."""

    def now() -> None:
        queues = OutboxQueue.objects.filter(name__startswith="webhook")
        queues.update(paused_until=None)
        for pk in queues.values_list("pk", flat=True):
            while OutboxMessage.objects.waiting().filter(queue=pk).exists():
                before = OutboxMessage.objects.waiting().filter(queue=pk).count()
                sending.send_queue(pk)
                if OutboxMessage.objects.waiting().filter(queue=pk).count() == before:
                    break

    return now
