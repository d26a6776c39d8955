"""The admin: every list opens, at a cost that does not grow, and saving tells Slack."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.core.models import Incident
from response.slack.models import OutboxMessage
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory

pytestmark = pytest.mark.django_db
OURS = sorted(m._meta.model_name for m in admin.site._registry if m._meta.app_label == "response")


@pytest.mark.parametrize("model", OURS)
def test_every_list(admin_client, model):
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert admin_client.get(f"/admin/response/{model}/").status_code == 200
        return len(queries)

    ActionFactory(incident=CommsChannelFactory().incident)
    cost()
    before = cost()
    for _ in range(15):
        ActionFactory(incident=CommsChannelFactory().incident)
    assert cost() == before


def test_saving_an_incident_queues_its_headline(admin_client):
    incident = IncidentFactory()
    OutboxMessage.objects.all().delete()
    page = admin_client.get(f"/admin/response/incident/{incident.pk}/change/")
    form = page.context["adminform"].form
    values = {k: form.initial.get(k) for k in form.fields}
    data = {
        "report": "Changed in the admin", "reporter": values["reporter"],
        "report_time_0": "2026-01-01", "report_time_1": "10:00", "start_time_0": "2026-01-01",
        "start_time_1": "10:00", "severity": "1", "action_set-TOTAL_FORMS": 0,
        "action_set-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = admin_client.post(f"/admin/response/incident/{incident.pk}/change/", data)
    assert answer.status_code == 302
    assert Incident.objects.get().report == "Changed in the admin"
    assert OutboxMessage.objects.get().method == "headline.sync"
    assert incident.timeline_events().count() == 2


def test_private_incidents_are_hidden_from_staff(client, django_user_model):
    from django.contrib.auth.models import Permission

    staff = django_user_model.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(staff)
    IncidentFactory(report="Open to all")
    IncidentFactory(report="Behind doors", private=True)
    page = client.get("/admin/response/incident/").content.decode()
    assert "Open to all" in page
    assert "Behind doors" not in page
