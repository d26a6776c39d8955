"""The admin's pages for webhooks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from response.models import Incident, Webhook, WebhookDelivery

HOOKS = "admin:response_webhook_changelist"
DELIVERIES = "admin:response_webhookdelivery_changelist"


@pytest.fixture
def clerk(client, django_user_model):
    """A user who may see webhooks but change nothing."""
    user = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
    names = ("view_webhook", "view_webhookdelivery")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


def test_a_webhook_is_made_with_a_secret_of_its_own(admin_client):
    page = admin_client.get(reverse("admin:response_webhook_add"))
    assert "whsec_" in page.content.decode()
    form = page.context["adminform"].form
    sent = {
        "name": "Status page", "url": "https://status.example.com/hook", "active": "on",
        "events": ["incident.closed"], "secret": form["secret"].value(),
    }  # fmt: skip
    answer = admin_client.post(reverse("admin:response_webhook_add"), sent)
    assert answer.status_code == 302, answer.context["errors"]
    hook = Webhook.objects.get()
    assert hook.events == ["incident.closed"]
    assert hook.secret.startswith("whsec_")


def test_a_url_that_must_not_be_is_a_form_error(admin_client):
    sent = {"name": "x", "url": "https://169.254.169.254/", "secret": "whsec_" + "A" * 44}
    answer = admin_client.post(reverse("admin:response_webhook_add"), sent)
    assert "not a public address" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_a_test_is_sent(admin_client, webhook, receiver, deliver):
    sent = {"action": "send_a_test", "_selected_action": [webhook.pk]}
    answer = admin_client.post(reverse(HOOKS), sent, follow=True)
    assert "A test is being sent to 1 webhook." in answer.content.decode()
    deliver()
    assert receiver.types == ["ping"]


def test_deliveries_are_seen_and_repeated(admin_client, webhook, receiver, deliver):
    receiver.answers = [{"status": 500, "body": "<b>out of disk</b>"}]
    Incident.objects.create_incident("Down", None)
    deliver()
    page = admin_client.get(reverse(DELIVERIES) + f"?webhook={webhook.pk}").content.decode()
    assert "incident.declared" in page
    assert "out of disk" in page
    assert "<b>out" not in page
    deliver()
    delivery = WebhookDelivery.objects.get()
    detail = reverse("admin:response_webhookdelivery_change", args=[delivery.pk])
    assert "&quot;report&quot;: &quot;Down&quot;" in admin_client.get(detail).content.decode()
    sent = {"action": "deliver_again", "_selected_action": [delivery.pk]}
    admin_client.post(reverse(DELIVERIES), sent)
    deliver()
    assert len(receiver.requests) == 3
    assert len({body["id"] for body in receiver.bodies}) == 1


def test_switching_it_on_again_forgets_how_it_failed(admin_client, webhook):
    from response.webhooks.delivery import switch_off

    switch_off(webhook, "it answered 500")
    webhook.refresh_from_db()
    change = reverse("admin:response_webhook_change", args=[webhook.pk])
    assert "it answered 500" in admin_client.get(change).content.decode()
    sent = {"name": webhook.name, "url": webhook.url, "active": "on", "secret": webhook.secret}
    assert admin_client.post(change, sent).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.active, webhook.disabled_because, webhook.disabled_at) == (True, "", None)


def test_the_secret_is_for_those_who_may_change_it(clerk, webhook):
    change = reverse("admin:response_webhook_change", args=[webhook.pk])
    assert webhook.secret not in clerk.get(change).content.decode()


def test_deliveries_about_private_incidents_are_private(clerk, admin_client, webhook):
    Webhook.objects.update(include_private=True)
    Incident.objects.create_incident("Somebody left", None, private=True)
    delivery = WebhookDelivery.objects.get()
    detail = reverse("admin:response_webhookdelivery_change", args=[delivery.pk])
    assert clerk.get(detail).status_code == 302
    assert "Somebody left" not in clerk.get(reverse(DELIVERIES)).content.decode()


def test_lists_cost_the_same_for_many(admin_client, webhook):
    def cost(name: str) -> int:
        admin_client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse(name))
        return len(queries)

    Incident.objects.create_incident("One", None)
    few = cost(HOOKS), cost(DELIVERIES)
    for n in range(20):
        Webhook.objects.create(name=f"{n}", url=webhook.url, events=["incident.closed"])
        Incident.objects.create_incident(f"{n}", None)
    assert (cost(HOOKS), cost(DELIVERIES)) == few
