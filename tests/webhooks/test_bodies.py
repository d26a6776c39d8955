"""What webhooks are told, and what becomes of deliveries that cannot be made: without a network."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from response.core.models import Field, Incident, Role, Update
from response.jobs.errors import GiveUp
from response.models import OutboxMessage, Webhook
from response.webhooks import delivery, http, signing
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook():
    return Webhook.objects.create(name="Status page", url="https://hooks.example.com/")


def bodies(hook: Webhook) -> list[dict]:
    """What is to be delivered, as it would be sent."""
    jobs = OutboxMessage.objects.filter(method=delivery.DELIVER).order_by("pk")
    return [json.loads(json.dumps(job.arguments["body"])) for job in jobs]


def test_an_update_is_told_unless_the_incident_is_private(hook):
    incident = IncidentFactory()
    OutboxMessage.objects.all().delete()
    Update.objects.post(incident, "We know more")
    [body] = [body for body in bodies(hook) if body["type"] == "update.posted"]
    assert body["incident_id"] == incident.pk
    assert body["update"]["known"] == "We know more"
    Incident.objects.filter(pk=incident.pk).update(private=True)
    Update.objects.post(Incident.objects.get(pk=incident.pk), "We know it all")
    assert "it all" not in json.dumps(bodies(hook))


def test_details_are_told_in_json(hook):
    Role.objects.create(key="scribes", name="Scribes", several=True)
    for kind in ("number", "date", "person", "choices"):
        Field.objects.create(
            key=kind, name=kind, kind=kind, options=["eu", "us"] if kind == "choices" else []
        )
    anna = PersonFactory(display_name="anna", external_id="U0ANNA0001")
    incident = IncidentFactory()
    OutboxMessage.objects.all().delete()
    incident.set_details(
        roles={"scribes": [anna]},
        fields={
            "number": Decimal("12.000"), "date": "2026-03-01", "person": anna,
            "choices": ["eu", "us"],
        },
    )  # fmt: skip
    incident.save()
    changes: dict = {}
    for body in bodies(hook):
        changes |= body["changes"]
    new = {name.rpartition(".")[2].rpartition("_")[2]: c["new"] for name, c in changes.items()}
    who = {"app_id": "slack", "external_id": "U0ANNA0001", "display_name": "anna"}
    assert new == {
        "scribes": [who], "number": 12, "date": "2026-03-01", "person": who,
        "choices": ["eu", "us"],
    }  # fmt: skip


def test_a_status_that_stays_is_no_change(hook):
    """A time of the end that is corrected leaves it closed, as it was."""
    incident = IncidentFactory()
    incident.close()
    OutboxMessage.objects.all().delete()
    incident.end_time = incident.report_time
    incident.start_time = incident.report_time
    incident.save()
    [body] = bodies(hook)
    assert "end_time" in body["changes"]
    assert "status" not in body["changes"]


def test_a_delivery_whose_webhook_was_deleted_is_given_up(hook):
    delivery.queue(hook, {"type": "ping"}, None)
    job = OutboxMessage.objects.get(method=delivery.DELIVER)
    hook.delete()
    with pytest.raises(GiveUp, match="was deleted"):
        delivery.deliver(job)
    assert delivery.repeat(OutboxMessage.objects.filter(pk=job.pk)) == 0


def test_a_webhook_is_switched_off_once(hook, caplog):
    delivery.switch_off(hook, "It answered 410")
    delivery.switch_off(hook, "It answered 410")
    assert len([m for m in caplog.messages if "was switched off" in m]) == 1


@pytest.mark.parametrize("host", ["no such host", "x" * 64 + ".example.com"])
def test_a_name_without_an_address(host):
    with pytest.raises(http.Unreachable, match="is not known"):
        http.look_up(host, 443)


@pytest.mark.parametrize(
    ("secret", "said"), [("whsec_?", "not Base64"), ("whsec_c2hvcnQ=", "shorter than 24 bytes")]
)
def test_secrets_that_are_none(secret, said):
    with pytest.raises(ValueError, match=said):
        signing.key_of(secret)
