"""Reviews in the API."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from response.core.models import Event, Incident, Review, ReviewTemplateSection, signals
from response.core.reviews import writing
from response.webhooks.models import Webhook, WebhookDelivery
from tests.api.conftest import allow
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def moment_of(text: str) -> datetime:
    """A time of the API, as the database stores it."""
    moment = datetime.fromisoformat(text)
    if settings.USE_TZ or timezone.is_naive(moment):
        return moment
    return timezone.make_naive(moment)


def patch(client, address, data, **headers):
    return client.patch(address, data, content_type="application/json", headers=headers)


def test_reading(reading, closed, review):
    writing.write(review.sections.get(key="causes"), "**DNS**", {})
    found = reading.get("/core/reviews/").json()
    assert found["count"] == 1
    [told] = found["results"]
    assert (told["incident"], told["status"]) == (closed.pk, "draft")
    causes = told["sections"][3]
    assert (causes["text"], causes["version"], causes["written"]) == ("**DNS**", 1, True)
    assert causes["text_ui"] == "<p><strong>DNS</strong></p>"
    assert reading.get(f"/core/reviews/{review.pk}/").json() == told
    for query, count in (
        ("status=published", 0), ("status=draft,published", 1), (f"incident={closed.pk}", 1),
        ("search=dns", 1), ("search=dns+bgp", 0),
    ):  # fmt: skip
        assert reading.get(f"/core/reviews/?{query}").json()["count"] == count, query
    for query in ("colour=red", "incident=-1e3000", "incident=1.5", "incident=NaN"):
        assert reading.get(f"/core/reviews/?{query}").status_code == 400, query


def test_of_two_writers_the_second_is_refused(reading, review):
    section = review.sections.get(key="causes")
    address = f"/core/reviews/{review.pk}/sections/{section.pk}/"
    tag = reading.get(address)["ETag"]
    assert patch(reading, address, {"text": "first", "version": 0}).json()["version"] == 1
    for answer in (
        patch(reading, address, {"text": "second", "version": 0}),
        patch(reading, address, {"text": "second"}, **{"If-Match": tag}),
    ):
        assert answer.status_code == 412
    section.refresh_from_db()
    assert section.text == "first"
    tag = reading.get(address)["ETag"]
    assert patch(reading, address, {"text": "third"}, **{"If-Match": tag}).status_code == 200
    section.refresh_from_db()
    assert (section.text, section.version, section.revisions.count()) == ("third", 2, 2)
    assert section.revisions.last().actor.owner.username == "anna"


def test_nothing_else_can_be_written(reading, review):
    section = review.sections.get(key="causes")
    address = f"/core/reviews/{review.pk}/sections/{section.pk}/"
    patch(reading, address, {"title": "x", "key": "x", "written": True})
    section.refresh_from_db()
    assert (section.title, section.key, section.written) == ("Contributing causes", "causes", False)
    assert reading.delete(address).status_code == 405
    assert reading.post(f"/core/reviews/{review.pk}/", {}).status_code == 405
    assert reading.delete(f"/core/reviews/{review.pk}/").status_code == 405
    elsewhere = f"/core/reviews/{review.pk + 1}/sections/{section.pk}/"
    assert reading.get(elsewhere).status_code == 404


# Starting, changing and publishing one


def start(client, incident, **more):
    return post(client, {"incident": incident.pk, **more})


def post(client, data):
    return client.post("/core/reviews/", data, content_type="application/json")


def test_starting_one_as_on_the_page(reading, closed):
    answer = start(reading, closed)
    assert answer.status_code == 201
    made = Review.objects.get()
    assert answer["Location"].endswith(f"/core/reviews/{made.pk}/")
    assert answer.json() == reading.get(answer["Location"]).json()
    told = answer.json()
    assert (told["incident"], told["status"]) == (closed.pk, "draft")
    assert told["owner"]["full_name"] == "Lea Lead"
    assert told["due_date"] is not None
    sections = {section["key"]: section for section in told["sections"]}
    assert list(sections) == [row.key for row in ReviewTemplateSection.offered()]
    assert "Nobody could pay." in sections["what-happened"]["text"]
    assert not any(section["written"] for section in told["sections"])
    [entry] = closed.timeline_events()
    assert (entry.metadata["update_type"], entry.actor_name) == ("review_started", "Anna Ames")


def test_starting_one_with_all_that_can_be_said(reading, closed):
    bo = PersonFactory(display_name="bo", email="bo@example.com")
    due = "2030-02-14T17:00:00Z"
    sent = {"owner": {"email": "bo@example.com"}, "due_date": due, "status": "in_review"}
    told = start(reading, closed, **sent).json()
    assert (told["owner"]["external_id"], told["status"]) == (bo.external_id, "in_review")
    made = Review.objects.get()
    assert (made.owner, made.status) == (bo, "in_review")
    assert moment_of(told["due_date"]) == moment_of(due)


def test_without_a_lead_it_belongs_to_the_person_of_the_account(reading, closed):
    Incident.objects.update(lead=None)
    assert start(reading, closed).json()["owner"]["display_name"] == "anna"


def test_one_incident_has_one_review(reading, closed, review):
    answer = start(reading, closed, status="published")
    assert (answer.status_code, answer.json()["code"]) == (409, "review_exists")
    review.refresh_from_db()
    assert review.status == "draft"
    assert Review.objects.count() == 1


def test_what_goes_on_has_none_yet(reading):
    answer = start(reading, IncidentFactory())
    assert (answer.status_code, answer.json()["code"]) == (409, "incident_open")
    assert not Review.objects.exists()
    assert start(reading, IncidentFactory(report_only=True)).status_code == 201


def test_of_what_may_not_be_seen_there_is_none(reading, closed):
    IncidentFactory(private=True, end_time=closed.end_time, report="Hidden")
    private, missing = closed.pk + 1, closed.pk + 2
    answers = [start(reading, Incident(pk=pk)) for pk in (private, missing)]
    assert [answer.status_code for answer in answers] == [400, 400]
    for answer, pk in zip(answers, (private, missing), strict=True):
        assert answer.json()["errors"] == {"incident": [f"There is no incident {pk}."]}
    hidden = writing.begin(Incident.objects.get(pk=private))
    for data in ({}, {"status": "published"}, {"status": "nothing"}):
        assert patch(reading, f"/core/reviews/{hidden.pk}/", data).status_code == 404
    hidden.refresh_from_db()
    assert hidden.status == "draft"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"incident": None}, "incident"),
        ({"incident": "x"}, "incident"),
        ({"incident": 10**30}, "incident"),
        ({"status": "done"}, "status"),
        ({"owner": {"email": "no@example.com"}}, "owner.email"),
        ({"owner": "anna"}, "owner"),
        ({"due_date": "tomorrow"}, "due_date"),
        ({"due_date": "0001-01-01T00:00:00Z"}, "due_date"),
    ],
)
def test_what_cannot_be(reading, closed, sent, field):
    answer = post(reading, {"incident": closed.pk, **sent})
    assert answer.status_code == 400
    assert [name.removesuffix(".non_field_errors") for name in answer.json()["errors"]] == [field]
    assert not Review.objects.exists()
    made = writing.begin(closed)
    before = reading.get(f"/core/reviews/{made.pk}/").json()
    answer = patch(reading, f"/core/reviews/{made.pk}/", sent)
    assert answer.status_code == 400
    assert reading.get(f"/core/reviews/{made.pk}/").json() == before


def test_apps_and_those_who_left_own_none(reading, review):
    address = f"/core/reviews/{review.pk}/"
    left = PersonFactory(display_name="bo", deleted=True)
    for person in (left, PersonFactory(bot=True)):
        answer = patch(reading, address, {"owner": {"external_id": person.external_id}})
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {"owner"})
    # What was read can be written back.
    Review.objects.update(owner=left)
    assert patch(reading, address, reading.get(address).json()).status_code == 200


def test_changing_owner_and_due_date(reading, review):
    bo = PersonFactory(display_name="bo")
    address = f"/core/reviews/{review.pk}/"
    before = reading.get(address).json()
    told = patch(reading, address, {"owner": {"external_id": bo.external_id}}).json()
    assert (told["owner"]["display_name"], told["due_date"]) == ("bo", before["due_date"])
    assert told["modified"] > before["modified"]
    told = patch(reading, address, {"owner": None, "due_date": None}).json()
    assert (told["owner"], told["due_date"]) == (None, None)
    assert patch(reading, address, {}).json() == told
    unset = patch(reading, address, {"status": None})
    assert unset.json()["errors"] == {"status": ["This can be changed, but not unset."]}
    assert reading.get(address).json() == told
    review.refresh_from_db()
    assert (review.owner, review.due_date) == (None, None)


def test_publishing_does_what_the_page_does(reading, closed, review):
    Webhook.objects.create(name="hook", url="https://hooks.example.com/")
    address = f"/core/reviews/{review.pk}/"
    told = patch(reading, address, {"status": "published"}).json()
    review.refresh_from_db()
    closed.refresh_from_db()
    assert (review.status, told["status"]) == ("published", "published")
    assert review.published_at == closed.review_published_at
    assert moment_of(told["published_at"]) == review.published_at
    assert Event.objects.get(event_type="review_event").payload["status"] == "published"
    bodies = [d.arguments["body"] for d in WebhookDelivery.objects.order_by("pk")]
    assert [body["type"] for body in bodies] == ["incident.changed", "review.published"]
    assert bodies[1]["review"]["published_at"] == told["published_at"]
    # Again, it is told no second time.
    assert patch(reading, address, {"status": "published"}).json() == told
    assert Event.objects.filter(event_type="review_event").count() == 1
    back = patch(reading, address, {"status": "draft"}).json()
    assert (back["status"], back["published_at"]) == ("draft", None)
    [_started, *entries] = closed.timeline_events().filter(event_type="incident_update")
    assert {entry.actor_name for entry in entries} == {"Anna Ames"}


def test_a_receiver_that_fails_undoes_all_of_a_write(reading, review):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    signals.review_publishing.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            patch(reading, f"/core/reviews/{review.pk}/", {"owner": None, "status": "published"})
    finally:
        signals.review_publishing.disconnect(fail)
    review.refresh_from_db()
    assert (review.owner.full_name, review.status) == ("Lea Lead", "draft")


def test_nothing_is_published_that_was_not_read(reading, review):
    address = f"/core/reviews/{review.pk}/"
    tag = reading.get(address)["ETag"]
    assert reading.get(address)["ETag"] == tag
    writing.write(review.sections.get(key="causes"), "Something else", {})
    stale = patch(reading, address, {"status": "published"}, **{"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    review.refresh_from_db()
    assert review.status == "draft"
    tag = reading.get(address)["ETag"]
    written = patch(reading, address, {"status": "published"}, **{"If-Match": tag})
    assert written.status_code == 200
    assert written["ETag"] == reading.get(address)["ETag"] != tag
    assert patch(reading, address, {"owner": None}, **{"If-Match": tag}).status_code == 412
    assert patch(reading, address, {"owner": None}, **{"If-Match": "*"}).status_code == 200


def test_a_client_may_write_back_what_it_read(reading, closed, review):
    address = f"/core/reviews/{review.pk}/"
    read = reading.get(address).json()
    sent = {**read, "sections": [], "created": None}
    written = reading.put(address, sent, content_type="application/json")
    assert written.status_code == 200
    assert written.json() == read
    other = IncidentFactory(end_time=closed.end_time)
    for sent in ({**read, "incident": other.pk}, {"incident": other.pk}):
        answer = patch(reading, address, sent)
        assert answer.json()["errors"] == {"incident": ["This cannot be changed."]}
    assert reading.put(address, {}, content_type="application/json").status_code == 400


@override_settings(RESPONSE_API_MODEL_PERMISSIONS=True)
def test_whoever_may_change_the_incident_writes_its_review(client, anna, closed):
    client.force_login(anna)
    assert start(client, closed).status_code == 403
    allow(anna, "add_review", "change_review", "add_incident")
    assert start(client, closed).status_code == 403
    allow(anna, "change_incident")
    made = start(client, closed).json()
    address = f"/core/reviews/{made['id']}/"
    assert patch(client, address, {"status": "published"}).status_code == 200
    anna.user_permissions.clear()
    assert client.get(address).status_code == 200
    for data in ({"status": "draft"}, {"owner": None}, {}):
        assert patch(client, address, data).status_code == 403
    section = f"{address}sections/{made['sections'][0]['id']}/"
    assert patch(client, section, {"text": "x"}).status_code == 403
    assert Review.objects.get().status == "published"


def test_without_a_login_nothing_is_written(client, closed, review):
    assert start(client, closed).status_code == 403
    answer = patch(client, f"/core/reviews/{review.pk}/", {"status": "published"})
    assert answer.status_code == 403
    review.refresh_from_db()
    assert review.status == "draft"
