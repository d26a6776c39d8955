"""Every page that the URLconf has, and every page of the admin, in the pseudo-translation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from response.core.models import (
    Field,
    Measurement,
    ReviewTemplateSection,
    Role,
    Severity,
    Status,
    Subscription,
)
from response.core.reviews import writing
from response.models import (
    Event,
    ExternalUser,
    FieldValue,
    InboxRequest,
    Incident,
    OutboxMessage,
    OutboxQueue,
    Review,
    RoleAssignment,
    Rule,
    RuleRun,
    Update,
    Webhook,
)
from response.slack.jobs import names as job_names
from response.ui import incident_edit
from response.ui import urls as pages
from response.worker import tick
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory
from tests.language.pseudo import visible

pytestmark = [pytest.mark.django_db, pytest.mark.many]

#: Words of rows in the admin, which are shown as they are stored; and of Django's own templates.
STORED = [
    "slack", "minute", "daily", "incident", "event", "update", "action", "text", "invite", "team",
    "comms", "webhook", "deliver", "example.com", "Search", "True", "False", "None", "null",
    "Live", "people", "welcome", "changes", "headline", "action_set", "person",
    *(value for name, value in vars(job_names).items() if name.isupper()),
    *(word for kind in (Severity, Status, ReviewTemplateSection, Measurement)
      for row in kind.built_in() for word in (row.key, row.name, row.description) if word),
]  # fmt: skip


#: Names, and what people write here; words that are typed or shown as they stand in code.
KNOWN = [
    "xqz-title", "xqz", "anna", "nonsense", "Person Number", "-test", "/incident", "Django", "UTC",
    "Esc", "Response", "Slack", "CSV", "JSON", "Markdown", "Prometheus", "Alertmanager",
    "key=value", "C0TEST", "U0TEST", "inc-",
    # The timeline's own sentences are stored in English, see docs/guides/languages.md.
    "Action added", "Review started", "Incident reopened", "Incident status updated", "What we do",
    "from resolved to live",
]  # fmt: skip


@pytest.fixture(autouse=True)
def names(reader) -> None:
    reader.known = KNOWN


@pytest.fixture
def anna(client, django_user_model):
    """A person who may do everything, logged in."""
    user = django_user_model.objects.create_superuser("anna")
    PersonFactory(full_name="xqz", display_name="xqz", owner=user)
    client.force_login(user)
    return user


@pytest.fixture
def record(anna) -> dict[str, Any]:
    """One of everything: what stands in the addresses, by its name there."""
    return fill(ExternalUser.objects.get(owner=anna))


def fill(person: ExternalUser | None = None) -> dict[str, Any]:
    """Create one row of everything."""
    now = timezone.now()
    person = person or PersonFactory(display_name="xqz")
    incident = IncidentFactory(
        report="xqz-title", summary="xqz", impact="xqz", severity="1", lead=person, reporter=person,
        report_time=now - timedelta(days=2), end_time=now - timedelta(days=1),
    )  # fmt: skip
    CommsChannelFactory(incident=incident)
    live = IncidentFactory(report="xqz-title", severity="2", report_time=now - timedelta(days=40))
    role = Role.objects.create(key="comms", name="xqz")
    RoleAssignment.objects.create(incident=incident, role=role, person=person)
    field = Field.objects.create(key="team", name="xqz", in_form=True)
    FieldValue.objects.create(incident=incident, field=field, text="xqz", lookup="xqz")
    action = ActionFactory(
        incident=incident, details="xqz", user=person, due_date=now - timedelta(days=1)
    )
    ActionFactory(incident=live, details="xqz", user=person, done=True)
    entry = incident.timelineevent_set.create(
        timestamp=now, text="xqz", event_type="text", metadata={}
    )
    entry.text = "xqz xqz"
    entry.save()
    Update.objects.create(incident=incident, known="xqz", doing="xqz", next_update=now)
    Update.objects.create(incident=live, known="xqz", next_update=now - timedelta(hours=1))
    Subscription.objects.create(incident=live, person=person)
    review = writing.begin(incident)
    section = review.sections.order_by("rank").first()
    section.write("xqz", kind="written")
    Rule.objects.create(
        key="xqz", name="xqz", active=True, severities=["1"], invite_users=["U0TEST1"],
        post_channel="xqz", post_text="xqz", remind_if="lead", remind_after=10, archive_after=1,
    )  # fmt: skip
    RuleRun.objects.create(rule="xqz", cause="invite", incident=incident)
    hook = Webhook.objects.create(name="xqz", url="https://xqz.example.com", failing_since=now)
    queue = OutboxQueue.objects.create(name=f"webhook {hook.pk}")
    OutboxMessage.objects.create(
        queue=queue,
        method="webhook.deliver",
        arguments={"webhook": hook.pk, "body": {}, "delivery": "1"},
    )
    InboxRequest.objects.create(
        kind="event", type="xqz", delivery="1", subject="1", payload="{}", status="failed"
    )
    tick.minute(alone=False)
    Event.objects.all().delete()  # what programs read is not for translation
    Event.objects.create(event_type="incident_event", payload={})
    return {
        "incident_id": incident.pk, "action_id": action.pk, "event_id": entry.pk, "mark": "star",
        "table": "months", "form": "md", "key": section.key, "part": "summary", "live": live.pk,
    }  # fmt: skip


def patterns() -> list[URLPattern]:
    return [pattern for pattern in pages.urlpatterns if pattern.name]


#: What answers a page with something else: parts of one, files, results of a button.
NO_PAGES = {
    "response_preview", "metrics_csv", "response_incidents_csv", "response_actions_csv",
    "response_timeline_csv", "response_review_export", "response_review_autosave",
    "response_review_suggest", "response_close", "response_reopen", "response_take_lead",
    "response_create_channel",
    "response_action_done", "response_subscribe", "response_entry_mark", "response_review_begin",
    "response_review_fill", "response_review_status", "response_action_snooze",
}  # fmt: skip


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_every_page(reader, client, record, pattern):
    names = pattern.pattern.converters
    address = reverse(pattern.name, kwargs={name: record[name] for name in names})
    answer = client.get(address)
    if pattern.name in NO_PAGES:
        assert answer.status_code in (200, 302, 404, 405), address
    else:
        assert answer.status_code in (200, 204), address
    if (
        answer.headers.get("Content-Type", "").startswith("text/html")
        and pattern.name not in NO_PAGES
    ):
        reader.check(visible(answer.content.decode()), address)
    # What is refused.
    answer = client.post(address, {"severity": "nonsense", "report": "", "start_time": "nonsense"})
    assert answer.status_code < 500, address
    if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
        reader.check(visible(answer.content.decode()), f"posting to {address}")
    elif answer.headers.get("Content-Type", "").startswith("application/json"):
        reader.check(" | ".join(_sentences(answer.json())), f"posting to {address}")
    if answer.status_code == 302:
        said = client.get(answer.url).content.decode()
        # As the timeline stores them.
        reader.check(visible(said), f"after {address}", "resolved", "live")


def _sentences(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _sentences(item)
    elif isinstance(value, str):
        yield value


PARTS = list(incident_edit.PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_that_is_edited(reader, client, record, part):
    address = reverse("response_edit", args=[record["live"], part])
    answer = client.get(address)
    reader.check(visible(answer.content.decode()), address)
    for data in ({}, {"lead": "nonsense", "severity": "x", "start_time": "x", "status": "x"}):
        answer = client.post(address, data)
        reader.check(visible(answer.content.decode()), f"posting to {address}")


@pytest.mark.parametrize("address", [
    "/?status=all", "/?status=live", "/?q=nothing-of-the-kind", "/?severity=1&lead=me",
    "/actions/?done=all", "/metrics/?months=12", "/reviews/?status=all", "/incident/{live}/",
])  # fmt: skip
@pytest.mark.parametrize("empty", [True, False])
def test_lists_that_are_full_or_empty(reader, client, record, address, empty):
    if empty and "{" not in address:
        Review.objects.all().delete()
        Incident.objects.all().delete()
    answer = client.get(address.format(**record))
    assert answer.status_code == 200
    reader.check(visible(answer.content.decode()), address)


def test_what_is_refused(reader, client, record, django_user_model, settings):
    """403, 404, 405, 409, 413: each is a sentence."""
    stranger = django_user_model.objects.create_user("anna2")
    private = IncidentFactory(report="xqz-title", private=True)
    permission = settings.REST_FRAMEWORK
    settings.RESPONSE_API_MODEL_PERMISSIONS = True
    client.force_login(stranger)
    for address in (f"/incident/{private.pk}/", "/incident/999999/", "/incident/declare/"):
        reader.check(visible(client.get(address).content.decode()), address)
    for address, data in (
        ("/incident/declare/", {"report": "xqz"}),
        (f"/incident/{record['live']}/close/", {}),
        (f"/incident/{record['live']}/edit/summary/", {"summary": "xqz"}),
    ):
        answer = client.post(address, data)
        assert answer.status_code in (403, 404, 405), address
        reader.check(visible(answer.content.decode()), f"posting to {address}")
    assert permission == settings.REST_FRAMEWORK


def test_two_people_in_one_field(reader, client, record):
    address = f"/incident/{record['live']}/edit/summary/"
    form = client.get(address).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields}
    Incident.objects.filter(pk=record["live"]).update(summary="xqz xqz")
    answer = client.post(address, {**shown, "summary": "xqz xqz xqz"})
    assert answer.status_code == 200
    reader.check(visible(answer.content.decode()), address)


def test_what_the_api_refuses(reader, client, record, settings, django_user_model):
    incident = f"/core/incidents/{record['live']}/"
    calls = [
        client.post("/core/incidents/", "[]", content_type="application/json"),
        client.post("/core/incidents/", "x", content_type="text/plain"),
        client.put("/core/actions/", "{}", content_type="application/json"),
        client.get("/core/incidents/?limit=x&started_since=x&severity=x&ordering=x"),
        client.get("/core/events/?from=x"),
        client.get("/core/metrics/?from=x"),
        client.get("/core/incidents/", headers={"Accept": "image/png"}),
        client.patch(incident, '{"severity": "x"}', content_type="application/json"),
        client.patch(incident, '{"report": ""}', content_type="application/json"),
        client.patch(
            incident, '{"report": "x"}', content_type="application/json",
            headers={"If-Match": '"old"'},
        ),
        client.post(f"{incident}actions/", "{}", content_type="application/json"),
        client.post(f"{incident}updates/", "{}", content_type="application/json"),
        client.post(f"{incident}timeline/events/", "{}", content_type="application/json"),
    ]  # fmt: skip
    settings.RESPONSE_API_MODEL_PERMISSIONS = True
    client.force_login(django_user_model.objects.create_user("anna2"))
    calls.append(client.post("/core/incidents/", "{}", content_type="application/json"))
    client.logout()
    calls.append(client.get("/core/incidents/"))
    for answer in calls:
        assert 400 <= answer.status_code < 500, answer
        body = answer.json()
        said = [str(body.get("detail", "")), *_sentences(body.get("errors", {}))]
        known = ("DELETE", "PUT", "application/json", "image/png", "text/plain", "JSON", "list")
        reader.check(" | ".join(said), str(answer.request["PATH_INFO"]), *known)


# The admin


OURS = sorted(m._meta.model_name for m in admin.site._registry if m._meta.app_label == "response")


@pytest.mark.parametrize("model", OURS)
def test_every_page_of_the_admin(reader, client, record, model):
    start = f"/admin/response/{model}/"
    found = apps.get_model("response", model)._default_manager.first()
    addresses = [start, f"{start}?q=xqz", f"{start}add/"]
    if found is not None:
        addresses += [f"{start}{found.pk}/{page}/" for page in ("change", "history", "delete")]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code in (200, 302, 403, 404), address
        if answer.status_code == 200:  # the others are Django's own
            reader.check(visible(answer.content.decode()), address, *STORED)
    refused = client.post(f"{start}add/", {})
    if refused.status_code == 200:
        reader.check(visible(refused.content.decode()), f"posting to {start}add/", *STORED)
    for name, _function in _actions(model):
        answer = client.post(
            start, {"action": name, "_selected_action": [found.pk if found else 0]}, follow=True
        )
        reader.check(visible(answer.content.decode()), f"{name} in {start}", *STORED)


def _actions(model: str) -> Iterator[tuple[str, Any]]:
    of = next(a for m, a in admin.site._registry.items() if m._meta.model_name == model)
    for name in of.actions or ():
        yield (name if isinstance(name, str) else name.__name__), name


def test_the_other_pages_of_the_admin(reader, client, record):
    for address in (
        "/admin/", "/admin/response/", "/admin/response/rule/trial/",
        f"/admin/response/rule/trial/?incident={record['incident_id']}",
        f"/admin/response/rule/trial/?incident={record['live']}",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        reader.check(visible(answer.content.decode()), address)


def test_a_webhook_that_cannot_be(reader, client, anna):
    for url in (
        "",
        "ftp://xqz.example.com",
        "https://10.0.0.1/",
        "https://user:pass@xqz.example.com",
    ):
        answer = client.post(
            "/admin/response/webhook/add/", {"name": "xqz", "url": url, "events": ["x"]}
        )
        assert answer.status_code == 200
        reader.check(visible(answer.content.decode()), url, "ftp")


def test_the_patterns_are_all_of_them():
    """No page is beside the list that is walked through."""
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {pattern.name for pattern in patterns()} <= names
    assert len(patterns()) > 35
    assert {pattern.name for pattern in patterns()} > NO_PAGES
