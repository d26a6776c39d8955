"""A year of incidents, made as people make them: declared, worked on and closed, step by step.

Every step goes through the models' own methods, at the time at which it happened (the clock is
set, see ``time_machine``): so timelines, event stream and whatever else follows a change are what
they would be after such a year. All chance comes from the seed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import time_machine
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from demo.sandbox import seed as sandbox
from demo.sandbox.models import Channel, Membership
from demo.seeding.reviews import leave_some_open, write_review
from demo.seeding.roles import seed_roles
from demo.seeding.statuses import WORKED_AROUND, seed_statuses
from demo.seeding.stories import LIVE, STORIES, Story
from response.core import chat
from response.core.actors import Actor, acting_as
from response.core.models.milestones import record
from response.models import (
    Action,
    CommsChannel,
    ExternalUser,
    Incident,
    OutboxMessage,
    Role,
    Status,
    TimelineEvent,
    Update,
    UserStats,
)

YEAR = timedelta(days=365)
#: How likely an incident is in each hour of the day: most follow what people do.
HOURS = (2, 1, 1, 1, 1, 2, 3, 5, 8, 11, 12, 11, 8, 9, 11, 12, 11, 9, 6, 5, 4, 4, 3, 2)
#: Minutes until the end, in the middle: by severity.
LASTS = {"1": 80, "2": 120, "3": 210, "4": 420}
#: Of a hundred incidents.
REPORTED_LATER, PRIVATE, REOPENED, CHANGED_LEAD, CHANGED_SEVERITY = 12, 5, 4, 15, 22

#: Of a hundred incidents: those whose time is noted, and those whose review is published.
DETECTED, MITIGATED, REVIEWED = 70, 65, 55
#: Of a hundred incidents: those that have statuses, updates and roles besides the lead, and those
#: that are closed with a status of their own.
STATUSES, UPDATES, ROLES, WORKED_AROUND_OF = 45, 35, 40, 8

NEEDED = "Please send customers who ask to the status page."


class AlreadyThere(Exception):
    """There are incidents of the past year."""


def seed_year(*, seed: str = "1", count: int = 120, until: datetime | None = None) -> int:
    """Make ``count`` incidents in the year before ``until`` (now); returns how many.

    The last two are live: their headlines and channels appear once the demo runs. Of the others
    nothing is sent. Raises :class:`AlreadyThere` if there are incidents of that year.
    """
    until = until or timezone.now()
    began = until - YEAR
    if Incident.objects.filter(report_time__lt=until - timedelta(days=2)).exists():
        raise AlreadyThere(
            "There are incidents of the past year already, so none were invented. "
            "`rm -rf .demo` resets it."
        )
    chance = random.Random(f"{seed} when")
    seed_roles()
    seed_statuses()
    starts = sorted(_moment(chance, began, until) for _ in range(count - len(LIVE)))
    lives = [_Life(f"{seed} {n}", until) for n in range(count)]
    steps = [lives[n].acting(lives[n].past(start)) for n, start in enumerate(starts)]
    steps += [
        life.acting(life.live(story, until - timedelta(hours=26 if n == 0 else 1)))
        for n, (life, story) in enumerate(zip(lives[-len(LIVE) :], LIVE, strict=True))
    ]
    steps.append(_open_reviews(lives, until, random.Random(f"{seed} open reviews")))
    with transaction.atomic():
        _play(steps)
        # They were closed long ago, so no one is notified. The live ones' jobs stay.
        over = [life.incident.pk for life in lives if life.incident and life.is_past]
        OutboxMessage.objects.waiting().filter(incident__in=over).delete()
    return count


def _moment(chance: random.Random, began: datetime, until: datetime) -> datetime:
    """Return when an incident begins: somewhat rarer by the end of the year, and at weekends."""
    while True:
        day = chance.randrange(1, 363)
        at = (began + timedelta(days=day)).replace(minute=0, second=0, microsecond=0)
        at = at.replace(hour=chance.choices(range(24), HOURS)[0], minute=chance.randrange(60))
        keep = 1 - 0.45 * day / 365
        if at.weekday() >= 5:
            keep *= 0.4
        if chance.random() < keep and at < until - timedelta(days=2):
            return at


def _open_reviews(lives: list[_Life], until: datetime, chance: random.Random) -> Iterator[datetime]:
    """Begin reviews at the end of the year, when it is known which incidents have none."""
    yield until - timedelta(hours=7)
    stories = {life.incident.pk: life.story for life in lives if life.incident and life.story}
    yield from leave_some_open(until, stories, chance)


def _play(lives: list[Iterator[datetime]]) -> None:
    """Have everything happen in the order in which it happened."""
    due: list[tuple[datetime, int]] = []
    for number, life in enumerate(lives):
        heapq.heappush(due, (next(life), number))
    with time_machine.travel(due[0][0], tick=False) as clock:
        while due:
            at, number = heapq.heappop(due)
            at = at.replace(microsecond=0)
            clock.move_to(at if timezone.is_aware(at) else timezone.make_aware(at))
            later = next(lives[number], None)
            if later is not None:
                heapq.heappush(due, (max(later, at), number))


class _Life:
    """One incident. Its steps are generators: each yields when it goes on."""

    def __init__(self, seed: str, until: datetime) -> None:
        self.chance = random.Random(seed)
        # What came later has chances of its own, so that a seed still makes the same incidents.
        self.later = random.Random(f"{seed} later")
        self.in_review = random.Random(f"{seed} review")
        self.has = {
            what: self.later.randrange(100) < percent
            for what, percent in (
                ("statuses", STATUSES), ("updates", UPDATES), ("roles", ROLES),
                ("end", WORKED_AROUND_OF),
            )
        }  # fmt: skip
        self.until = until
        self.incident: Incident | None = None
        self.story: Story | None = None
        self.is_past = True
        self.people = list(
            ExternalUser.objects.filter(external_id__in=[p[0] for p in sandbox.PEOPLE]).order_by(
                "external_id"
            )
        )

    def _in(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def _person(self) -> ExternalUser:
        return self.chance.choice(self.people)

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(
            minutes=self.chance.randrange(least, most), seconds=self.chance.randrange(60)
        )

    def acting(self, steps: Iterator[datetime]) -> Iterator[datetime]:
        """Have whoever leads it do what happens, or whoever reported it."""
        while True:
            with acting_as(Actor(person=self._in_charge)):
                at = next(steps, None)
            if at is None:
                return
            yield at

    def _in_charge(self) -> ExternalUser | None:
        return self.incident and (self.incident.lead or self.incident.reporter)

    def past(self, began: datetime) -> Iterator[datetime]:
        """Play an incident that is over, and what was done about it afterwards."""
        private = self._in(PRIVATE)
        story = self.chance.choice([s for s in STORIES if s.private == private])
        self.story = story
        severity = self.chance.choices(story.severities, (60, 30, 10)[: len(story.severities)])[0]
        lasts = timedelta(seconds=int(60 * LASTS[severity] * self.chance.lognormvariate(0, 0.75)))
        lasts = min(max(lasts, timedelta(minutes=9)), timedelta(days=1, hours=12))
        if self._in(REPORTED_LATER):
            yield from self._reported(story, severity, began, lasts)
            return
        now = began + self._minutes(1, 25)
        yield now
        incident = self._declare(story, severity, began)
        if self._in(DETECTED):
            span = timezone.now() - began
            record(incident, "detected", began + span * self.chance.uniform(0.2, 0.9))
        now += self._minutes(1, 6)
        yield now
        self._open_channel(incident)
        yield from self._work(incident, story, now, lasts)
        now = max(now + lasts, timezone.now() + self._minutes(1, 5))
        if self._in(MITIGATED):
            yield now - (now - timezone.now()) * 0.4
            record(incident, "mitigated", timezone.now())
        yield now
        if not (self.has["end"] and self._set_status(incident, WORKED_AROUND)):
            incident.close()
        if self._in(REOPENED):
            yield now + self._minutes(20, 60)
            incident.reopen()
            self._note(incident, "It has come back")
            now += self._minutes(100, 200)
            yield now
            incident.close()
        yield from self._afterwards(incident, story, now)

    def live(self, story: Story, began: datetime) -> Iterator[datetime]:
        """Play an incident that still goes on when the year ends."""
        self.is_past = False
        now = began + timedelta(minutes=4)
        yield now
        incident = self._declare(story, story.severities[0], began)
        chat.get().request_channel(incident, incident.reporter)
        yield now + timedelta(minutes=6)
        incident.lead = self.people[1]
        incident.summary = story.summary
        incident.save()
        self._give_roles(incident)
        self._set_status(incident, "investigating")
        yield now + timedelta(minutes=15)
        incident.impact = story.impact
        incident.save()
        self._note(incident, story.notes[0])
        self._act(incident, story.actions[0])
        self._set_status(incident, "identified")
        self._update(incident, story.impact, "We are working on the cause.", NEEDED)

    def _declare(self, story: Story, severity: str, began: datetime) -> Incident:
        title, reporter = self.chance.choice(story.titles), self._person()
        with acting_as(Actor(person=reporter)):
            self.incident = Incident.objects.create_incident(
                title,
                reporter,
                private=story.private,
                severity=severity if self._in(70) or not self.is_past else None,
                start_time=began,
            )
        return self.incident

    def _reported(
        self, story: Story, severity: str, began: datetime, lasts: timedelta
    ) -> Iterator[datetime]:
        yield min(began + lasts + self._minutes(60, 1500), self.until - timedelta(hours=30))
        title, reporter = self.chance.choice(story.titles), self._person()
        with acting_as(Actor(person=reporter)):
            self.incident = Incident.objects.create_incident(
                title,
                reporter,
                report_only=True,
                private=story.private,
                severity=severity,
                summary=story.summary,
                impact=story.impact,
                lead=self._person(),
                start_time=began,
            )
        yield timezone.now() + self._minutes(1, 9)
        self.incident.close(min(began + lasts, timezone.now()))
        yield from self._afterwards(self.incident, story, timezone.now())

    def _work(
        self, incident: Incident, story: Story, now: datetime, lasts: timedelta
    ) -> Iterator[datetime]:
        """Do what happens between the declaration and the end: each part at its share of it."""
        if self._in(92):
            yield now + lasts * 0.05
            incident.lead = self._person()
            incident.save()
        if self.has["roles"]:
            self._give_roles(incident)
        if self.has["statuses"]:
            self._set_status(incident, "investigating")
        yield now + lasts * 0.12
        incident.summary = story.summary
        if incident.severity is None and self._in(85):
            incident.severity = self.chance.choice(story.severities)
        incident.save()
        for number, note in enumerate(story.notes[:-1]):
            yield now + lasts * (0.2 + 0.5 * number / len(story.notes))
            self._note(incident, note)
            if number == 0:
                incident.impact = story.impact
                incident.save()
                if self.has["statuses"]:
                    self._set_status(incident, "identified")
                if self.has["updates"]:
                    self._update(incident, story.impact, "We are looking for the cause.", NEEDED)
        if self._in(CHANGED_SEVERITY) and incident.severity in ("2", "3"):
            yield now + lasts * 0.72
            incident.severity = str(int(incident.severity) + self.chance.choice((-1, 1)))
            incident.save()
        if self._in(CHANGED_LEAD) and incident.lead:
            yield now + lasts * 0.8
            others = [person for person in self.people if person != incident.lead]
            incident.lead = self.chance.choice(others)
            incident.save()
        yield now + lasts * 0.95
        self._note(incident, story.notes[-1])
        if self.has["statuses"]:
            self._set_status(incident, "monitoring")
        if self.has["updates"]:
            self._update(incident, story.notes[-1], "We watch whether it stays so.")

    def _afterwards(self, incident: Incident, story: Story, now: datetime) -> Iterator[datetime]:
        """Write down what is to be done about it, how much of that was done, and the review."""
        reviewed = timezone.now() + timedelta(days=self.chance.lognormvariate(1.6, 0.6))
        actions = []
        for action in story.actions:
            if self._in(75):
                now += self._minutes(5, 90)
                yield min(now, self.until)
                actions.append(self._act(incident, action))
        if self._in(REVIEWED) and reviewed < self.until:
            now = max(now, reviewed)
            yield from write_review(incident, story, self.in_review, self.people, now)
        for action in actions:
            if self._in(72):
                done = now + timedelta(days=self.chance.lognormvariate(2, 0.9))
                if done < self.until:
                    now = max(now, done)
                    yield now
                    action.done = True
                    action.save()

    def _open_channel(self, incident: Incident) -> None:
        """Store the channel as it is left: archived, with those who took part."""
        name = f"inc-{incident.pk}-{slugify(incident.report)}"[:80].strip("-")
        channel = Channel.objects.create(
            id=f"C0YEAR{incident.pk:05d}",
            name=name,
            creator=sandbox.PEOPLE[0][0],
            created=int(timezone.now().timestamp()),
            is_private=incident.private,
            is_archived=True,
        )
        CommsChannel.objects.create(
            incident=incident, channel_id=channel.id, channel_name=name, archived=True
        )
        for person in self.chance.sample(self.people, self.chance.randrange(2, 6)):
            Membership.objects.create(channel=channel, member_id=person.external_id)
            UserStats.objects.create(
                incident=incident,
                user=person,
                join_time=timezone.now() + self._minutes(0, 20),
                message_count=self.chance.randrange(1, 45),
            )

    def _set_status(self, incident: Incident, key: str) -> bool:
        """Give it a status, if there is such a one."""
        row = Status.with_key(key)
        return row is not None and not row.retired and incident.set_status(row)

    def _give_roles(self, incident: Incident) -> None:
        """Give each role that is offered to a person who does not lead."""
        others = [person for person in self.people if person != incident.lead]
        for role in Role.offered():
            incident.set_people(role, [self.later.choice(others)])
        incident.save()

    def _update(self, incident: Incident, known: str, doing: str, needed: str = "") -> None:
        with acting_as(Actor(person=incident.lead or incident.reporter)):
            Update.objects.post(incident, known, doing=doing, needed=needed)

    def _note(self, incident: Incident, text: str) -> None:
        TimelineEvent.objects.create(
            incident=incident, text=f"<@{self._person().external_id}>: {text}", event_type="text"
        )

    def _act(self, incident: Incident, action: tuple[str, str, str]) -> Action:
        details, kind, priority = action
        days = self.chance.choice((7, 14, 30, 60))
        return Action.objects.create(
            incident=incident,
            details=details,
            user=incident.lead or self._person(),
            type=kind,
            priority=priority,
            due_date=timezone.now() + timedelta(days=days) if self._in(60) else None,
        )
