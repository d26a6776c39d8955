"""The admin: every list opens, at a cost that does not grow, and saving tells Slack."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.models import (
    Event,
    ExternalUser,
    Field,
    HeadlinePost,
    InboxRequest,
    Incident,
    Notification,
    OutboxMessage,
    OutboxQueue,
    PinnedMessage,
    Role,
    Rule,
    RuleRun,
    Severity,
    Status,
    Subscription,
    TimelineEvent,
    Timer,
    Update,
    UserStats,
)
from response.webhooks.models import DELIVER, Webhook
from tests.admin_pages import filled
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db
OURS = sorted(m._meta.model_name for m in admin.site._registry if m._meta.app_label == "response")


@pytest.mark.many
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
    assert incident.timeline_events().count() == 4  # two of them are corrected times


def test_private_incidents_are_hidden_from_staff(client, django_user_model):
    staff = django_user_model.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(staff)
    IncidentFactory(report="Open to all")
    IncidentFactory(report="Behind doors", private=True)
    page = client.get("/admin/response/incident/").content.decode()
    assert "Open to all" in page
    assert "Behind doors" not in page


def test_what_belongs_to_private_incidents_is_hidden_from_staff(client, django_user_model):
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


# Private incidents, on every page


@pytest.fixture
def staff(client, django_user_model):
    """An account that may do anything here, but for seeing private incidents."""
    account = django_user_model.objects.create_user("staff", is_staff=True)
    account.user_permissions.set(Permission.objects.exclude(codename="view_private_incident"))
    client.force_login(account)
    return account


@pytest.fixture
def hidden(staff) -> Incident:
    """A private incident with something of every kind, none of it the account's."""
    incident = CommsChannelFactory(
        incident__report="Behind doors", channel_name="inc-behind-doors"
    ).incident
    person = incident.reporter
    ActionFactory(incident=incident, user=person, details="Behind doors: an action")
    HeadlinePost.objects.get_or_create(incident=incident)
    Notification.objects.create(incident=incident, key="x")
    UserStats.objects.create(incident=incident, user=person)
    Update.objects.bulk_create([Update(incident=incident, known="Behind doors: known")])
    Subscription.objects.create(incident=incident, person=person)
    Timer.objects.set(incident.pk, "x", timezone.now(), "behind doors")
    RuleRun.objects.create(incident=incident, rule="x", cause="y", note="Behind doors")
    TimelineEvent.objects.create(incident=incident, text="Behind doors: said")
    PinnedMessage.objects.create(
        incident=incident, author=person, message_ts="1.2", text="Behind doors"
    )
    OutboxMessage.objects.all().delete()
    OutboxMessage.objects.create(
        queue=OutboxQueue.objects.create(name="webhook 1"),
        method=DELIVER,
        incident=incident,
        arguments={"webhook": 1, "name": "x", "delivery": "x", "body": {"said": "Behind doors"}},
    )
    Incident.objects.filter(pk=incident.pk).update(private=True)
    incident.refresh_from_db()
    return incident


def _rows_of(model: str, incident: Incident) -> list[Any]:
    """The rows of a registered model that belong to an incident, the incident's own included."""
    found = apps.get_model("response", model)
    if found is Incident:
        return [incident]
    if "incident" not in {field.name for field in found._meta.get_fields()}:
        return []
    return list(found._default_manager.filter(incident=incident))


@pytest.mark.many
@pytest.mark.parametrize("model", OURS)
def test_no_page_of_a_private_incidents_rows(client, hidden, model):
    for row in _rows_of(model, hidden):
        for page in ("change", "delete", "history"):
            answer = client.get(f"/admin/response/{model}/{row.pk}/{page}/")
            assert answer.status_code in (302, 403, 404), page
            assert b"ehind" not in answer.content
        answer = client.post(f"/admin/response/{model}/{row.pk}/delete/", {"post": "yes"})
        assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.many
@pytest.mark.parametrize("model", OURS)
def test_no_action_reaches_a_private_incidents_rows(client, hidden, model):
    options = admin.site._registry[apps.get_model("response", model)]
    for row in _rows_of(model, hidden):
        before = type(row)._default_manager.filter(pk=row.pk).values().get()
        for action in (*(options.actions or ()), "delete_selected"):
            answer = client.post(
                f"/admin/response/{model}/",
                {"action": action, "_selected_action": [row.pk], "post": "yes"},
                follow=True,
            )
            assert b"ehind" not in answer.content
        assert type(row)._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.many
@pytest.mark.parametrize("model", OURS)
def test_no_form_offers_or_names_a_private_incident(client, hidden, model):
    relations = [
        field
        for field in apps.get_model("response", model)._meta.fields
        if field.is_relation and field.related_model._meta.app_label == "response"
    ]
    for field in relations:
        rows = _rows_of(field.related_model._meta.model_name, hidden)
        for row in rows:
            page = client.get(f"/admin/response/{model}/add/?{field.name}={row.pk}")
            assert b"ehind" not in page.content
    page = client.get(f"/admin/response/{model}/?q=behind")
    assert b"doors" not in page.content
    for field in relations:
        found = client.get(
            "/admin/autocomplete/",
            {"app_label": "response", "model_name": model, "field_name": field.name, "term": "b"},
        )
        assert b"ehind" not in found.content


@pytest.mark.parametrize("model", ["action", "timelineevent", "commschannel", "notification"])
def test_nothing_is_put_or_moved_into_a_private_incident(client, hidden, model):
    own = CommsChannelFactory(incident__report="Open to all").incident
    ActionFactory(incident=own)
    TimelineEvent.objects.create(incident=own, text="x")
    Notification.objects.create(incident=own, key="y")
    found = apps.get_model("response", model)._default_manager
    row, before = _rows_of(model, own)[-1], found.filter(incident=hidden).count()
    for address in ("add", f"{row.pk}/change"):
        url = f"/admin/response/{model}/{address}/"
        data = filled(client.get(f"/admin/response/{model}/{row.pk}/change/"))
        answer = client.post(url, {**data, "incident": hidden.pk})
        assert answer.status_code == 200
        assert "incident" in answer.context["adminform"].form.errors
    assert found.filter(incident=hidden).count() == before


def test_the_delete_page_of_a_person_lists_nothing_private(client, hidden):
    person = hidden.reporter
    url = f"/admin/response/externaluser/{person.pk}/delete/"
    assert b"ehind" not in client.get(url).content
    client.post(url, {"post": "yes"})
    other = PersonFactory()
    ActionFactory(incident=hidden, user=other, details="Behind doors: more")
    url = f"/admin/response/externaluser/{other.pk}/delete/"
    assert b"ehind" not in client.get(url).content
    client.post(url, {"post": "yes"})
    assert ExternalUser.objects.filter(pk=other.pk).exists()
    nobody = PersonFactory()
    client.post(f"/admin/response/externaluser/{nobody.pk}/delete/", {"post": "yes"})
    assert not ExternalUser.objects.filter(pk=nobody.pk).exists()


def test_nobody_becomes_a_person_who_sees_more(client, hidden, staff):
    url = f"/admin/response/externaluser/{hidden.reporter.pk}/change/"
    data = filled(client.get(url))
    answer = client.post(url, {**data, "owner": staff.pk, "external_id": "U0STAFF"})
    assert answer.status_code == 302
    person = ExternalUser.objects.get(pk=hidden.reporter.pk)
    assert (person.owner, person.external_id) == (None, hidden.reporter.external_id)
    assert not Incident.objects.visible_to(staff).filter(pk=hidden.pk).exists()


def test_only_those_who_see_private_incidents_have_them_told(client, hidden, admin_client):
    data = {"name": "x", "url": "https://example.com/", "active": "on", "include_private": "on",
            "secret": "whsec_" + "A" * 32}  # fmt: skip
    client.post("/admin/response/webhook/add/", data)
    assert not Webhook.objects.get().include_private
    Webhook.objects.update(include_private=True)
    url = f"/admin/response/webhook/{Webhook.objects.get().pk}/change/"
    assert client.post(url, {**data, "url": "https://example.org/"}).status_code == 403
    assert Webhook.objects.get().url == "https://example.com/"
    assert Webhook.objects.get().secret not in client.get(url).content.decode()


def test_only_those_who_see_private_incidents_let_rules_act_on_them(client, hidden, admin_client):
    add = "/admin/response/rule/add/"
    data = {"name": "Me too", "key": "me", "rank": 1, "active": "on", "include_private": "on",
            "invite_users": "U0STAFF00"}  # fmt: skip
    assert client.post(add, data).status_code == 302
    rule = Rule.objects.get()
    assert (rule.invite_users, rule.include_private) == (["U0STAFF00"], False)
    url = f"/admin/response/rule/{rule.pk}/change/"
    assert client.post(url, {**data, "name": "Mine"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.include_private) == ("Mine", False)
    assert admin_client.post(url, data).status_code == 302
    rule.refresh_from_db()
    assert rule.include_private
    assert client.post(url, {**data, "invite_users": "U0STAFF01"}).status_code == 403
    rule.refresh_from_db()
    assert rule.invite_users == ["U0STAFF00"]


def test_tracebacks_quote_nothing(client, staff, admin_client):
    error = (
        'Traceback (most recent call last):\n  File "a.py", line 3, in work\n    work("x")\n'
        "ValueError: Behind doors\nBehind: more\n\nDuring handling of the above exception, another "
        'exception occurred:\n\nTraceback (most recent call last):\n  File "b.py", line 4, in go\n'
        "KeyError: 'Behind doors'\n"
    )
    row = InboxRequest.objects.create(
        kind="event", type="message", delivery="1", subject="1", payload="{}", error=error
    )
    for url in ("", f"{row.pk}/change/"):
        page = client.get(f"/admin/response/inboxrequest/{url}").content.decode()
        assert "KeyError" in page
        assert "ehind" not in page
    page = admin_client.get(f"/admin/response/inboxrequest/{row.pk}/change/").content.decode()
    assert "Behind: more" in page


def test_nobody_is_linked_to_a_person_by_an_address_they_wrote(client, hidden, staff):
    person = hidden.reporter
    type(staff).objects.filter(pk=staff.pk).update(email="staff@example.com")
    ExternalUser.objects.filter(pk=person.pk).update(email="staff@example.com")
    client.post(
        "/admin/response/externaluser/",
        {"action": "link_by_email", "_selected_action": [person.pk]},
    )
    assert ExternalUser.objects.get(pk=person.pk).owner is None
    # Nor is the address for them to write, for a person with the permission to find.
    for url in (f"{person.pk}/change/", "add/"):
        page = client.get(f"/admin/response/externaluser/{url}").content.decode()
        assert 'name="display_name"' in page
        assert 'name="email"' not in page


def test_people_elsewhere_are_not_linked_by_an_address(admin_client, admin_user):
    """It is what a client of the API says, not what Slack says."""
    people = [
        ExternalUser.objects.create(
            app_id=app_id, external_id="P1", display_name="P1", email=admin_user.email
        )
        for app_id in ("pager", "slack")
    ]
    admin_client.post(
        "/admin/response/externaluser/",
        {"action": "link_by_email", "_selected_action": [person.pk for person in people]},
    )
    assert [p.owner for p in ExternalUser.objects.order_by("pk")] == [None, admin_user]


# Severities and statuses


def test_a_severity_is_configured(admin_client):
    add = "/admin/response/severity/add/"
    values = {"key": "sev0", "name": "SEV0", "emoji": ":fire:", "colour": "red", "rank": "5",
              "aliases": "p0\n on fire \n", "description": ""}  # fmt: skip
    assert admin_client.post(add, values).status_code == 302
    row = Severity.objects.get(key="sev0")
    assert (row.emoji, row.aliases) == ("🔥", ["p0", "on fire"])
    page = f"/admin/response/severity/{row.pk}/change/"
    assert "p0\non fire" in admin_client.get(page).content.decode()
    assert admin_client.post(page, {**values, "key": "other", "name": "SEV 0"}).status_code == 302
    row.refresh_from_db()
    assert (row.key, row.name) == ("sev0", "SEV 0")
    again = admin_client.post(add, values)
    assert again.status_code == 200
    refused = admin_client.post(page, {**values, "default": "on", "retired": "on"})
    assert "cannot be retired" in refused.content.decode()


def test_rows_are_ordered_and_retired_in_the_list(admin_client):
    address = "/admin/response/severity/"
    assert admin_client.get(address).status_code == 200
    rows = list(Severity.objects.order_by("rank"))
    data = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "4", "_save": "Save"}
    for number, row in enumerate(rows):
        data |= {f"form-{number}-id": str(row.pk), f"form-{number}-rank": str(100 - number)}
    assert admin_client.post(address, data).status_code == 302
    assert [row.key for row in Severity.offered()] == ["4", "3", "2", "1"]
    chosen = {"action": "retire", "_selected_action": [row.pk for row in rows]}
    answer = admin_client.post(address, chosen, follow=True)
    assert "At least one severity must be on offer" in answer.content.decode()
    assert len(Severity.offered()) == 1


def test_a_row_that_is_used_is_not_deleted(admin_client):
    IncidentFactory(severity="2", status="monitoring")
    used = [Severity.objects.get(key="2"), Status.objects.get(key="monitoring"),
            Status.objects.get(key="live")]  # fmt: skip
    for row in used:
        address = f"/admin/response/{row._meta.model_name}/{row.pk}/delete/"
        assert admin_client.post(address, {"post": "yes"}).status_code == 403
        row.refresh_from_db()
    free = Severity.objects.get(key="3")
    delete = f"/admin/response/severity/{free.pk}/delete/"
    assert admin_client.post(delete, {"post": "yes"}).status_code == 302
    assert not Severity.objects.filter(key="3").exists()


def test_what_is_retired_is_kept_on_its_incident_and_not_offered(admin_client):
    incident = IncidentFactory(severity="3", status="monitoring")
    other = IncidentFactory(severity="2")
    Severity.objects.get(key="3").delete()
    row = Severity(key="3", name="old words", retired=True)
    row.save()
    for pk, offered in ((incident.pk, True), (other.pk, False)):
        page = admin_client.get(f"/admin/response/incident/{pk}/change/").content.decode()
        assert ("old words" in page) is offered
    found = admin_client.get("/admin/response/incident/?status=monitoring").content.decode()
    assert f"/incident/{incident.pk}/change/" in found
    assert f"/incident/{other.pk}/change/" not in found


def test_what_rules_would_do_is_shown_before_they_are_switched_on(
    admin_client, client, django_user_model
):
    incident = CommsChannelFactory(incident__severity="1").incident
    Rule.objects.create(
        key="ops", name="Page ops", severities=["1"], invite_users=["U0NOBODY"],
        post_channel="general", post_text="Look at {title}", archive_after=7,
    )  # fmt: skip
    Rule.objects.create(key="minor", name="Minor ones", severities=["3"], remind_if="lead",
                        remind_after=5)  # fmt: skip
    page = admin_client.get(f"/admin/response/rule/trial/?incident={incident.pk}")
    shown = page.content.decode()
    assert [(v.rule.key, v.would) for v in page.context["verdicts"]] == [
        ("minor", False), ("ops", True), ("ops", True), ("ops", False), ("ops", False),
    ]  # fmt: skip
    assert "invite U0NOBODY" in shown
    assert "post in general: Look at The checkout is down" in shown
    assert "The rule is not for this severity" in shown
    assert not RuleRun.objects.exists()
    assert not OutboxMessage.objects.filter(method="rules.run").exists()
    assert "trial/" in admin_client.get("/admin/response/rule/").content.decode()
    assert admin_client.get("/admin/response/rule/trial/?incident=x").status_code == 200
    assert client.get("/admin/response/rule/trial/").status_code == 302
    client.force_login(django_user_model.objects.create_user("other", is_staff=True))
    assert client.get("/admin/response/rule/trial/").status_code == 403


def test_what_rules_would_do_costs_the_same_for_many(admin_client):
    incident = CommsChannelFactory().incident

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(f"/admin/response/rule/trial/?incident={incident.pk}")
        return len(queries)

    Rule.objects.create(key="one", name="One", invite_users=["U1"], invite_groups=["S1"])
    cost()
    before = cost()
    for number in range(20):
        Rule.objects.create(key=f"r{number}", name="x", invite_users=[f"U{number}"])
    assert cost() == before


def test_what_rules_would_do_with_private_incidents_is_not_shown(client, hidden, admin_client):
    shown = client.get(f"/admin/response/rule/trial/?incident={hidden.pk}").content.decode()
    assert "ehind" not in shown
    assert "you cannot see it" in shown
    shown = admin_client.get(f"/admin/response/rule/trial/?incident={hidden.pk}").content.decode()
    assert "ehind" in shown


def test_a_rule_is_made_with_lists_as_lines(admin_client):
    data = {
        "key": "ops", "name": "Page ops", "rank": "100", "active": "on", "severities": "1\n2\n",
        "invite_users": " U012ABCDEF \n\nU012ABCDEF", "post_channel": "general",
        "post_text": "{nope}",
    }  # fmt: skip
    refused = admin_client.post("/admin/response/rule/add/", data)
    assert "cannot be filled in" in refused.content.decode()
    admin_client.post("/admin/response/rule/add/", {**data, "post_text": "{title}"})
    made = Rule.objects.get()
    assert (made.severities, made.invite_users) == (["1", "2"], ["U012ABCDEF"])
    assert made.since is not None
    page = admin_client.get(f"/admin/response/rule/{made.pk}/change/").content.decode()
    assert "1\n2</textarea>" in page


@pytest.mark.parametrize("name", ["role", "field"])
def test_roles_and_fields_are_kept_in_the_admin(admin_client, name):
    address = f"/admin/response/{name}/"
    sent = {"key": "one", "name": "One <b>", "aliases": "", "rank": "5", "description": "x"}
    if name == "field":
        wrong = {**sent, "kind": "choice", "options": "", "severities": ""}
        assert "List the options." in admin_client.post(f"{address}add/", wrong).content.decode()
        sent |= {"kind": "choice", "options": "api", "severities": ""}
    answer = admin_client.post(f"{address}add/", sent)
    assert answer.status_code == 302, answer.content.decode()
    row = (Role if name == "role" else Field).objects.get()
    assert "One &lt;b&gt;" in admin_client.get(address).content.decode()
    page = admin_client.get(f"{address}{row.pk}/change/").content.decode()
    assert 'name="key"' not in page
    incident = IncidentFactory(private=True)
    incident.set_details(
        {"one": [incident.reporter]} if name == "role" else {},
        {"one": "api"} if name == "field" else {},
    )
    incident.save()
    assert admin_client.get(f"{address}{row.pk}/delete/").status_code == 403
    assert "delete_selected" not in admin_client.get(address).content.decode()
