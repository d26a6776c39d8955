"""The outbox job that delivers an event to a webhook; the outbox keeps the order and retries."""

from __future__ import annotations

import json
import logging
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from response.conf import settings
from response.core import chat
from response.core.models import Incident
from response.db import atomic
from response.jobs import outbox
from response.jobs.errors import GiveUp, JobError, RetryLater
from response.jobs.job_handlers import job_handler
from response.jobs.models import OutboxMessage
from response.webhooks import addresses, http, signing
from response.webhooks.models import DELIVER, Webhook

logger = logging.getLogger(__name__)

#: How long a webhook may fail before it is switched off.
PATIENCE = timedelta(days=1)
#: Seconds: the first wait between two tries, and the longest, also if the receiver asks.
FIRST_WAIT, LONGEST_WAIT = 5, 900


def queue(hook: Webhook, body: dict[str, Any], incident: int | None, delivery: str = "") -> None:
    """Queue a delivery, in the transaction of the change.

    ``delivery`` is the id by which the receiver recognises a repetition.
    """
    delivery = delivery or f"msg_{uuid.uuid4().hex}"
    with outbox.low_priority():
        outbox.enqueue(
            DELIVER,
            queue=hook.queue,
            incident=incident,
            webhook=hook.pk,
            name=hook.name,
            delivery=delivery,
            body={"id": delivery, **body},
        )


def repeat(deliveries: models.QuerySet[OutboxMessage]) -> int:
    """Queue deliveries again under their old ids. Returns how many."""
    hooks = Webhook.objects.in_bulk()
    count = 0
    for message in deliveries.order_by("id"):
        hook = hooks.get(message.arguments["webhook"])
        if hook is not None:
            arguments = message.arguments
            queue(hook, arguments["body"], message.incident_id, arguments["delivery"])
            count += 1
    return count


@job_handler(DELIVER)
def deliver(job: OutboxMessage) -> None:
    """Post a delivery. Raises ``RetryLater`` or ``GiveUp`` if the receiver did not accept it."""
    hook = Webhook.objects.filter(pk=job.arguments["webhook"]).first()
    if hook is None:
        raise GiveUp(_("The webhook was deleted"))
    if not hook.active:
        raise GiveUp(_("The webhook is switched off"))
    if _is_private_now(job) and not hook.include_private:
        raise GiveUp(_("The incident has become private"))
    try:
        answer = _post(hook, job)
    except (addresses.Forbidden, http.Unreachable, ValueError) as error:
        _note(job, {"error": str(error)})
        raise _failed(hook, job, str(error)) from error
    _note(job, {"status": answer.status, "said": answer.excerpt})
    if answer.taken:
        if hook.failing_since:
            Webhook.objects.filter(pk=hook.pk).update(failing_since=None)
        return
    values = {"name": hook.name, "status": answer.status}
    if 300 <= answer.status < 400:
        why = _("%(name)s answered %(status)d, and redirections are not followed") % values
    else:
        why = _("%(name)s answered %(status)d") % values
    if answer.status == 410:
        switch_off(hook, why)
        raise GiveUp(why)
    raise _failed(hook, job, why, answer.retry_after)


def _is_private_now(job: OutboxMessage) -> bool:
    return bool(Incident.objects.filter(pk=job.incident_id, private=True).exists())


def _post(hook: Webhook, job: OutboxMessage) -> http.Answer:
    body = json.dumps(job.arguments["body"], ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "django-incident-response",
        **signing.headers(hook.secret, job.arguments["delivery"], int(time.time()), body),
    }
    allowed = addresses.networks(settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS)
    return http.post(hook.url, body, headers, allowed)


def _note(job: OutboxMessage, answer: dict[str, Any]) -> None:
    job.progress = {"answer": {**answer, "at": timezone.now().isoformat()}}
    job.save(update_fields=["progress"])


def _failed(
    hook: Webhook, job: OutboxMessage, why: str, retry_after: float | None = None
) -> JobError:
    now = timezone.now()
    if hook.failing_since is None:
        Webhook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    elif now - hook.failing_since >= PATIENCE:
        switch_off(hook, why)
        return GiveUp(why)
    wait = FIRST_WAIT * 2 ** min(job.attempts - 1, 10)
    return RetryLater(why, min(max(wait, retry_after or 0), LONGEST_WAIT))


def switch_off(hook: Webhook, why: str) -> None:
    """Disable a webhook and notify people."""
    with atomic():
        switched = Webhook.objects.filter(pk=hook.pk, active=True).update(
            active=False, disabled_at=timezone.now(), disabled_because=why
        )
        if not switched:
            return
        logger.error("The webhook %s was switched off: %s", hook.name, why)
        chat.get().announce(
            _(
                "⚠️ The webhook “%(name)s” has been switched off: %(why)s. What it has missed "
                "is kept and can be delivered again (Admin › Webhook deliveries)."
            )
            % {"name": hook.name, "why": why}
        )
