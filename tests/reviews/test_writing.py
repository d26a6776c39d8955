"""Writing a review: drafts, people, versions and conflicts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from response.core import editing, working_time
from response.core.actors import Actor, acting_as
from response.core.models import (
    Event,
    Review,
    ReviewRevision,
    ReviewTemplateSection,
    TimelineEvent,
    signals,
)
from response.core.reviews import differences, draft, writing
from response.webhooks.models import Webhook, WebhookDelivery
from tests.factories import ActionFactory, IncidentFactory

pytestmark = pytest.mark.django_db
ANNA, BO = Actor("anna"), Actor("bo")


def section_of(review, key="causes"):
    return review.sections.get(key=key)


def marks(section):
    return editing.marks(section, ["text"])


def write(review, text, *, key="causes", shown=None, kind=ReviewRevision.WRITTEN):
    section = section_of(review, key)
    return writing.write(section, text, marks(section) if shown is None else shown, kind=kind)


def test_a_review_is_begun_once_with_owner_due_date_and_sections(closed):
    first = writing.begin(closed)
    assert writing.begin(closed) == first
    assert (first.owner, first.status) == (closed.lead, Review.DRAFT)
    assert first.due_date > timezone.now() + timedelta(days=4)
    assert [s.key for s in first.sections.all()] == [
        "what-happened", "impact", "timeline", "causes", "went-well", "went-badly", "actions",
    ]  # fmt: skip
    assert closed.timeline_events().filter(metadata__update_type="review_started").count() == 1


def test_the_template_is_rows_that_a_project_changes(closed):
    ReviewTemplateSection.objects.filter(key="went-well").update(retired=True)
    ReviewTemplateSection.objects.create(
        key="lessons", name="Lessons", rank=5, description="What to remember."
    )
    review = writing.begin(closed)
    assert next(s.title for s in review.sections.all()) == "Lessons"
    assert not review.sections.filter(key="went-well").exists()
    assert section_of(review, "lessons").hint == "What to remember."


def test_without_rows_there_are_the_built_in_sections(closed):
    ReviewTemplateSection.objects.all().delete()
    ReviewTemplateSection.forget()
    assert writing.begin(closed).sections.count() == 7


def test_a_due_date_counts_working_days(settings):
    settings.USE_TZ = False
    friday = datetime(2026, 3, 6, 15, 0)
    assert working_time.end_of_day_after(friday, 1) == datetime(2026, 3, 9, 23, 59)
    assert working_time.end_of_day_after(friday, 5) == datetime(2026, 3, 13, 23, 59)
    saturday = datetime(2026, 3, 7, 15, 0)
    assert working_time.end_of_day_after(saturday, 0) == datetime(2026, 3, 9, 23, 59)
    assert not working_time.is_working(saturday)
    assert working_time.is_working(friday)
    assert not working_time.is_working(friday.replace(hour=18))


def test_no_due_date_where_the_project_wants_none(closed, settings):
    settings.RESPONSE_REVIEW_DUE_DAYS = 0
    assert writing.begin(closed).due_date is None


def test_the_draft_says_what_is_known(closed, review):
    TimelineEvent.objects.create(incident=closed, text="*Rolled* back [it]", starred=True)
    TimelineEvent.objects.create(incident=closed, text="Lunch")
    hidden = TimelineEvent.objects.create(incident=closed, text="Secret", starred=True, hidden=True)
    ActionFactory(incident=closed, details="Add an alert")
    with acting_as(ANNA):
        changed = writing.fill_in(review)
    texts = {s.key: s.text for s in review.sections.all()}
    assert changed == ["What happened", "Impact", "Timeline", "What we will do"]
    assert "Checkout is down" in texts["what-happened"]
    assert "lasted 2 hours" in texts["what-happened"]
    assert "Nobody could pay." in texts["what-happened"]
    assert "Lea Lead led the response." in texts["what-happened"]
    assert texts["impact"] == "All customers."
    assert r"\*Rolled\* back \[it\]" in texts["timeline"]
    assert "Lunch" not in texts["timeline"]
    assert hidden.text not in "".join(texts.values())
    assert f"http://response.example.com/incident/{closed.pk}/?entry=" in texts["timeline"]
    assert texts["actions"].startswith("- Add an alert (Person Number")
    assert texts["causes"] == ""
    assert draft.sections(closed) == draft.sections(closed)


def test_filling_in_never_touches_what_a_person_has_written(closed, review):
    with acting_as(ANNA):
        write(review, "My words", key="impact")
        write(review, "", key="impact")  # empty, and theirs
        writing.fill_in(review)
    assert section_of(review, "impact").text == ""
    assert section_of(review, "what-happened").text
    closed.impact = "Something else"
    closed.save()
    assert writing.fill_in(review) == []
    # What was only filled in is filled in again.
    closed.summary = "Cards could be used."
    closed.save()
    assert writing.fill_in(review) == ["What happened"]


def test_who_writes_over_a_fresh_draft_is_told(review):
    section = section_of(review, "what-happened")
    shown = marks(section)
    writing.fill_in(review)
    with pytest.raises(editing.Conflict):
        writing.write(section, "My words", shown)
    assert "My words" not in section_of(review, "what-happened").text


def test_of_two_writers_the_second_decides(review):
    shown = marks(section_of(review))
    with acting_as(ANNA):
        write(review, "Anna's", shown=shown)
    for kind in (ReviewRevision.WRITTEN, ReviewRevision.AUTOSAVED):
        with pytest.raises(editing.Conflict) as conflict, acting_as(BO):
            write(review, "Bo's", shown=shown, kind=kind)
        assert conflict.value.theirs == {"text": "Anna's"}
    # Who has changed nothing takes nothing back.
    with acting_as(BO):
        write(review, "", shown=shown)
    assert section_of(review).text == "Anna's"


def test_the_history_has_every_sitting(review):
    with acting_as(ANNA):
        write(review, "One")
        for text in ("One t", "One two", "One two three"):
            write(review, text, kind=ReviewRevision.AUTOSAVED)
    with acting_as(BO):
        write(review, "Bo's", kind=ReviewRevision.AUTOSAVED)
    section = section_of(review)
    told = [(r.text, r.actor_name, r.kind) for r in section.revisions.all()]
    assert told == [
        ("One", "anna", "written"), ("One two three", "anna", "autosaved"),
        ("Bo's", "bo", "autosaved"),
    ]  # fmt: skip
    assert (section.version, section.written) == (5, True)
    ReviewRevision.objects.update(at=timezone.now() - timedelta(hours=1))
    with acting_as(BO):
        write(review, "Bo's again", kind=ReviewRevision.AUTOSAVED)
    assert section.revisions.count() == 4


def test_publishing_is_announced_once(review, django_capture_on_commit_callbacks):
    hook = Webhook.objects.create(name="hook", url="https://hooks.example.com/")
    heard = []

    def hear(sender, review, incident, **kwargs):
        heard.append((review.pk, incident.pk))

    signals.review_published.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            for _n in range(2):
                writing.set_status(review, Review.PUBLISHED)
    finally:
        signals.review_published.disconnect(hear)
    assert heard == [(review.pk, review.incident_id)]
    review.refresh_from_db()
    assert review.published_at is not None
    event = Event.objects.get(event_type="review_event")
    assert event.payload["incident"] == review.incident_id
    assert Event.objects.without_private().filter(pk=event.pk).exists()
    deliveries = WebhookDelivery.objects.filter(arguments__webhook=hook.pk)
    told = [delivery.arguments["body"]["type"] for delivery in deliveries.order_by("pk")]
    assert told == ["incident.changed", "review.published"]
    kinds = [e.metadata["update_type"] for e in review.incident.timeline_events()]
    assert kinds == ["review_started", "milestone_review_published"]
    # The entry has a time, which its text does not say again.
    assert review.incident.timeline_events().last().text == "Review published"
    review.incident.refresh_from_db()
    assert review.incident.review_published_at == review.published_at
    # Made private later, it is in the stream no more.
    review.incident.private = True
    review.incident.save()
    assert not Event.objects.without_private().filter(pk=event.pk).exists()


def test_publishing_a_private_review_is_told_nobody(review):
    Webhook.objects.create(name="hook", url="https://hooks.example.com/")
    incident = review.incident
    incident.private = True
    incident.save()
    WebhookDelivery.objects.all().delete()
    writing.set_status(review, Review.PUBLISHED)
    assert not Event.objects.filter(event_type="review_event").exists()
    assert not WebhookDelivery.objects.exists()


def test_a_receiver_that_fails_undoes_the_publication(review):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    signals.review_publishing.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            writing.set_status(review, Review.PUBLISHED)
    finally:
        signals.review_publishing.disconnect(fail)
    review.refresh_from_db()
    assert review.status == Review.DRAFT


def test_only_what_is_over_has_a_review():
    assert not writing.can_begin(IncidentFactory())
    assert writing.can_begin(IncidentFactory(report_only=True))
    assert writing.can_begin(IncidentFactory(end_time=timezone.now()))


def test_differences_are_lines_in_their_surroundings():
    before = "\n".join(f"line {n}" for n in range(20))
    after = before.replace("line 10", "other")
    told = [(line.sign, line.text) for line in differences.lines(before, after)]
    assert told[0] == ("…", "")
    assert ("-", "line 10") in told
    assert ("+", "other") in told
    assert (" ", "line 7") in told
    assert (" ", "line 6") not in told
    assert differences.lines("same", "same") == [differences.Line("…", "")]


def test_differences_of_texts_without_a_line_in_common_are_shown_whole():
    before, after = "\n".join("ab" * 900), "\n".join("ba" * 900)
    told = differences.lines(before, after)
    assert [sum(line.sign == sign for line in told) for sign in "-+"] == [1800, 1800]
