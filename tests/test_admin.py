"""The admin: every list opens, at a cost that does not grow, and saving tells Slack."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.models import (
    Event,
    HeadlinePost,
    InboxRequest,
    Incident,
    Notification,
    OutboxMessage,
    OutboxQueue,
    PinnedMessage,
    TimelineEvent,
    UserStats,
)
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


def test_what_belongs_to_private_incidents_is_hidden_from_staff(client, django_user_model):
    from django.contrib.auth.models import Permission

    staff = django_user_model.objects.create_user("staff", is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(
            codename="view_private_incident"
        )
    )
    client.force_login(staff)
    incident = CommsChannelFactory(
        incident__report="Behind doors", channel_name="inc-behind-doors"
    ).incident
    ActionFactory(incident=incident, details="Behind doors: an action")
    person = incident.reporter
    HeadlinePost.objects.create(incident=incident)
    Notification.objects.create(incident=incident, key="x")
    UserStats.objects.create(incident=incident, user=person)
    entry = TimelineEvent.objects.create(incident=incident, text="Behind doors: said")
    PinnedMessage.objects.create(
        incident=incident, author=person, message_ts="1.2", text="Behind doors"
    )
    shown = {model for model in OURS if _says(client, f"/admin/response/{model}/")}
    assert {"action", "commschannel", "headlinepost", "outboxmessage", "userstats"} <= shown
    event = Event.objects.filter(event_type="incident_event").latest("id")
    pages = [f"timelineevent/{entry.pk}", f"event/{event.pk}"]
    assert all(_says(client, f"/admin/response/{page}/change/") for page in pages)

    incident.private = True
    incident.save()
    assert {model for model in OURS if _says(client, f"/admin/response/{model}/")} == set()
    assert not any(_says(client, f"/admin/response/{page}/change/") for page in pages)


def _says(client, url):
    return "behind" in client.get(url).content.decode().casefold()


def test_names_of_files_and_channels_are_redacted(admin_client):
    row = InboxRequest.objects.create(
        kind="event", type="message", delivery="1", subject="1",
        payload='{"event": {"type": "message", "files": [{"id": "F1", "name": "Layoffs.xlsx"}]}}',
    )  # fmt: skip
    queue = OutboxQueue.objects.create(name="x")
    job = OutboxMessage.objects.create(
        queue=queue, method="comms_channel.make", progress={"creating": "inc-layoffs"}
    )
    page = admin_client.get(f"/admin/response/inboxrequest/{row.pk}/change/").content.decode()
    assert "F1" in page
    assert "Layoffs" not in page
    page = admin_client.get(f"/admin/response/outboxmessage/{job.pk}/change/").content.decode()
    assert "layoffs" not in page
