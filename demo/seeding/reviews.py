"""The reviews of the demo's year: started, filled in, written by two people and published."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from demo.seeding.stories import Story
from response.core.actors import Actor, acting_as
from response.core.models import ReviewRevision, review
from response.core.reviews import writing
from response.models import ExternalUser, Incident, Review

#: How many are being written when the year ends. One of them is overdue.
OPEN = 4

_WENT_WELL = (
    "One person led, and everyone knew who.",
    "The summary was kept current, so that those who joined later did not have to ask.",
    "Support could answer customers from the first update on.",
    "We rolled back first and looked for the cause afterwards.",
)
_WENT_BADLY = (
    "It took a while until one of us said that this is an incident.",
    "The runbook for this is two years old.",
    "We tried several things at once, and cannot say which of them helped.",
    "The second person on call had no access to the dashboards.",
)
_LESSONS = (
    "Had it happened at night, it would have lasted longer.",
    "We were lucky that few people were in the shop at that hour.",
    "This is the second time in a year; the actions of the first time were not finished.",
    "None of this was new to us, and none of it was written down.",
)


def write_review(
    incident: Incident,
    story: Story,
    chance: random.Random,
    people: list[ExternalUser],
    published: datetime,
) -> Iterator[datetime]:
    """Have the review of an incident written between now and the time when it is published."""
    began, writer = timezone.now(), incident.lead or incident.reporter
    second = chance.choice([person for person in people if person != writer])
    with acting_as(Actor(person=writer)):
        _star(incident)
        started = start(incident)
    yield began + (published - began) * 0.4
    with acting_as(Actor(person=writer)):
        _write(started, review.CAUSES, _causes(story, chance))
        _write(started, review.WENT_WELL, _list(story.went_well, _WENT_WELL, chance))
    yield began + (published - began) * 0.7
    with acting_as(Actor(person=second)):
        badly = _list(story.went_badly, _WENT_BADLY, chance)
        _write(started, review.WENT_BADLY, badly)
        writing.set_status(started, Review.IN_REVIEW)
    yield published
    with acting_as(Actor(person=writer)):
        if chance.random() < 0.5:
            _write(started, review.WENT_BADLY, f"{badly}\n\n{chance.choice(_LESSONS)}")
        writing.set_status(started, Review.PUBLISHED)


def leave_some_open(until: datetime, stories: dict[int, Story], chance: random.Random
                    ) -> Iterator[datetime]:  # fmt: skip
    """Have some reviews begun that are not published when the year ends.

    ``stories`` are those of the incidents, by their primary keys.
    """
    yield until - timedelta(hours=6)
    over = Incident.objects.filter(pk__in=stories, end_time__isnull=False, review=None)
    newest = list(over.order_by("-end_time", "-pk")[:OPEN])
    for number, incident in enumerate(newest):
        with acting_as(Actor(person=incident.lead or incident.reporter)):
            started = start(incident)
            if number:
                _write(started, review.CAUSES, _causes(stories[incident.pk], chance))
            if number == 1:
                writing.set_status(started, Review.IN_REVIEW)
            if incident == newest[-1]:
                writing.assign(started, {"due_date": until - timedelta(hours=20)})
        yield timezone.now() + timedelta(minutes=50)


def start(incident: Incident) -> Review:
    """Start a review, and fill in what the incident's record knows."""
    started = writing.begin(incident, incident.reporter)
    writing.fill_in(started)
    return started


def _write(started: Review, key: str, text: str) -> None:
    started.sections.get(key=key).write(text, kind=ReviewRevision.WRITTEN)


def _star(incident: Incident) -> None:
    """Star what people noted, so that the review's timeline tells of it."""
    for event in incident.timelineevent_set.filter(event_type="text"):
        event.curate(starred=True)


def _causes(story: Story, chance: random.Random) -> str:
    causes = list(story.causes)
    chance.shuffle(causes)
    return "\n".join(f"{number}. {cause}" for number, cause in enumerate(causes, start=1))


def _list(own: tuple[str, ...], general: tuple[str, ...], chance: random.Random) -> str:
    lines = [*own, chance.choice(general)] if chance.random() < 0.7 else list(own)
    return "\n".join(f"- {line}" for line in lines)
