"""The demo's year: what is in it, and that the same seed makes the same one."""

from __future__ import annotations

import html
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from demo.sandbox.models import Channel
from demo.seeding.management.commands.seed_year import Command
from demo.seeding.people import seed_people
from demo.seeding.year import AlreadyThere, seed_year
from response.models import (
    Action,
    CommsChannel,
    Event,
    Incident,
    OutboxMessage,
    Review,
    ReviewSection,
    Status,
    TimelineEvent,
    Timer,
    Update,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def until(settings) -> datetime:
    end = datetime(2030, 1, 31, 12, tzinfo=UTC)
    return end if settings.USE_TZ else end.replace(tzinfo=None)


def everything() -> list[tuple]:
    """What there is, without the database's own numbers."""
    incidents = Incident.objects.order_by("report_time", "report")
    return [
        (
            *(getattr(i, name) for name in ("report", "severity", "private", "report_only",
                                            "start_time", "report_time", "end_time", "summary")),
            i.lead and i.lead.external_id,
            [(e.timestamp, e.event_type, e.text) for e in i.timeline_events()],
            [(u.created, u.known, u.actor and u.actor.external_id) for u in i.updates.all()],
            [(role.key, [p.external_id for p in people]) for role, people in i.roles()],
            [(a.details, a.done, a.done_date, a.due_date) for a in i.action_items()],
            [(r.status, r.created, r.published_at, r.due_date, written(r))
             for r in Review.objects.filter(incident=i)],
        )
        for i in incidents
    ]  # fmt: skip


def written(review: Review) -> list[str]:
    """The texts that people wrote: others have links with the database's numbers in them."""
    return [section.text for section in review.sections.all() if section.written]


@pytest.mark.many
def test_the_same_seed_makes_the_same_year(until):
    seed_people()
    years = []
    for seed in ("1", "1", "2"):
        seed_year(seed=seed, count=8, until=until)
        years.append(everything())
        Incident.objects.all().delete()
        Channel.objects.filter(id__startswith="C0YEAR").delete()
    assert years[0] == years[1] != years[2]


@pytest.mark.many
def test_a_year(until, client, settings):
    """One test for all of it, since a year takes seconds to make."""
    seed_people()
    seed_year(seed="1", count=60, until=until)
    has_something_of_everything(until)
    has_reviews(until)
    happened_in_order(until)
    only_the_live_ones_are_posted()
    can_be_shown(client, settings)
    with pytest.raises(AlreadyThere, match="none were invented"):
        seed_year(until=until)


def has_something_of_everything(year: datetime) -> None:
    incidents = Incident.objects.all()
    assert incidents.count() == 60
    severities = Counter(incidents.values_list("severity", flat=True))
    assert {"1", "2", "3", "4"} <= set(severities)
    assert severities["3"] > severities["1"]
    assert len({(i.report_time.year, i.report_time.month) for i in incidents}) >= 11
    assert incidents.filter(report_only=True).exists()
    assert incidents.filter(private=True).exists()
    assert incidents.filter(lead=None).exists()
    assert incidents.open().count() == 2
    assert Action.objects.filter(done=True).exists()
    assert Action.objects.filter(done=False, due_date__lt=year).exists()
    entries = TimelineEvent.objects.exclude(metadata__isnull=True)
    # It is known who did what.
    assert not TimelineEvent.objects.filter(event_type="incident_update", actor=None).exists()
    kinds = {metadata["update_type"] for metadata in entries.values_list("metadata", flat=True)}
    assert {"incident_lead", "incident_severity", "incident_summary", "incident_status"} <= kinds
    assert CommsChannel.objects.filter(archived=True).count() > 40
    assert Status.with_key("worked-around") in {i.current_status() for i in incidents}
    assert {i.status_key for i in incidents.open()} == {"identified"}
    changes = entries.filter(metadata__update_type="incident_status")
    texts = set(changes.values_list("text", flat=True))
    for word in ("investigating", "monitoring", "worked around"):
        assert any(word in text for text in texts), texts
    updates = Update.objects.all()
    assert {update.incident for update in updates} >= set(incidents.open())
    assert updates.count() > 10
    assert None not in {update.actor for update in updates}
    assert 10 < incidents.exclude(role_assignments=None).distinct().count() < 50
    assert not Timer.objects.exclude(incident__in=incidents.open()).exclude(due=None).exists()


def has_reviews(year: datetime) -> None:
    published = Review.objects.filter(status=Review.PUBLISHED)
    over = Incident.objects.exclude(end_time=None)
    assert published.count() > 0.4 * over.count()
    assert {review.incident for review in published} <= set(over)
    for review in published:
        assert review.incident.review_published_at == review.published_at
        texts = {section.key: section.text for section in review.sections.all()}
        for key in ("what-happened", "causes", "went-well", "went-badly"):
            assert texts[key], (review, key)
    others = Review.objects.exclude(status=Review.PUBLISHED)
    assert set(others.values_list("status", flat=True)) == {Review.DRAFT, Review.IN_REVIEW}
    assert others.filter(due_date__lt=year).count() == 1
    assert others.filter(due_date__gt=year).count() == others.count() - 1 > 0
    causes = ReviewSection.objects.filter(key="causes", written=True)
    assert len(set(causes.values_list("text", flat=True))) > 0.5 * causes.count()
    assert TimelineEvent.objects.filter(starred=True).exists()
    writers = {r.actor for section in causes for r in section.revisions.all()}
    assert None not in writers


def happened_in_order(year: datetime) -> None:
    """Nothing has the time at which it was made, and all is in order."""
    began = year - timedelta(days=366)
    for model, name in ((TimelineEvent, "timestamp"), (Event, "timestamp"),
                        (Action, "created_date"), (Incident, "report_time"),
                        (Review, "created"), (Review, "modified")):  # fmt: skip
        times = [getattr(row, name) for row in model.objects.all()]
        assert times
        assert min(times) >= began
        assert max(times) <= year
    for incident in Incident.objects.exclude(end_time=None):
        assert incident.start_time < incident.end_time <= year
        assert incident.start_time <= incident.report_time
        if not incident.report_only:
            assert incident.report_time <= incident.end_time
    for review in Review.objects.exclude(published_at=None):
        assert review.incident.end_time <= review.created < review.published_at <= year
    in_order = list(Event.objects.order_by("id").values_list("timestamp", flat=True))
    assert in_order == sorted(in_order)


def only_the_live_ones_are_posted() -> None:
    live = set(Incident.objects.open().values_list("pk", flat=True))
    jobs = OutboxMessage.objects.waiting()
    assert {job.incident_id for job in jobs} == live


def can_be_shown(client, settings) -> None:
    settings.RESPONSE_LOGIN_REQUIRED = False
    assert client.get("/").status_code == 200
    for incident in Incident.objects.filter(private=False)[:10]:
        assert client.get(f"/incident/{incident.pk}/").status_code == 200
        incident.full_clean()
    reviews = client.get("/reviews/").content.decode()
    assert reviews.count('class="col-title"') > 10
    found = client.get("/reviews/?q=had+no+limit+and+no+pause").content.decode()
    assert 0 < found.count('class="col-title"') < reviews.count('class="col-title"')
    review = Review.objects.filter(incident__private=False, status=Review.PUBLISHED)[0]
    cause = review.sections.get(key="causes").text.split("\n")[0].removeprefix("1. ")
    for path in ("", "export.md", "export.html", "export.json"):
        answer = client.get(f"/incident/{review.incident_id}/review/{path}")
        assert answer.status_code == 200, path
        assert cause in html.unescape(answer.content.decode()), path


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"incidents": "many"}, "--incidents is 'many'"),
        ({"incidents": "2"}, "from 3 to 5000"),
        ({"incidents": "5001"}, "from 3 to 5000"),
        ({"until": "tomorrow"}, "--until is 'tomorrow'"),
        ({"until": "2030-02-30"}, "a day like 2030-01-31"),
    ],
)
def test_wrong_arguments_are_sentences(options, sentence):
    whole = {"seed": "1", "incidents": "3", "until": "", **options}
    with pytest.raises(CommandError, match=sentence):
        Command().handle(**whole)
    assert not Incident.objects.exists()


def test_the_command(capsys):
    Command().handle(seed="7", incidents="3", until="2030-01-31")
    said = capsys.readouterr().out
    assert "3 invented incidents of the year before 2030-01-31." in said
    assert f"Their reviews: {Review.objects.count()}." in said
    assert Incident.objects.filter(report_time__gt=timezone.now()).count() == 3
