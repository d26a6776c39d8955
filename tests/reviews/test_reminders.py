"""Reminders of what is overdue, and the request for a review."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.sandbox.models import Message
from response.core import overdue
from response.core.models import Incident, OverdueReminder, Review, Role
from response.core.models.role import RoleAssignment
from response.core.reviews import writing
from response.jobs.models import OutboxMessage
from response.slack.features import overdue_reminders, people
from response.slack.models import UserStats
from response.worker import tick
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory


def moment(day: int, hour: int = 10) -> datetime:
    """A time in March 2026, in which the 2nd is a Monday."""
    naive = datetime(2026, 3, day, hour)
    return naive.replace(tzinfo=UTC) if project.USE_TZ else naive


def queued(method: str) -> int:
    return OutboxMessage.objects.filter(method=method).count()


@pytest.mark.django_db
class TestActions:
    def test_once_a_day_in_working_hours(self):
        person = PersonFactory()
        for _n in range(3):
            ActionFactory(user=person, due_date=moment(1))
        ActionFactory(due_date=moment(30))
        ActionFactory(due_date=moment(1), done=True)
        times = [(day, hour) for day in range(2, 10) for hour in (8, 9, 12, 17, 18)]
        sent = [time for time in times if overdue_reminders.send_due(moment(*time))]
        assert sent == [(2, 9), (3, 9), (4, 9), (5, 9), (6, 9), (9, 9)]

    def test_not_what_is_put_off(self):
        action = ActionFactory(due_date=timezone.now() - timedelta(days=2))
        now = timezone.now()
        assert overdue.people_to_remind(now) == [action.user_id]
        until = overdue.snooze(action)
        assert overdue.people_to_remind(now) == []
        assert overdue.people_to_remind(until) == [action.user_id]

    def test_two_ticks_at_once_remind_once(self):
        action = ActionFactory(due_date=moment(1))
        now = moment(2)
        assert overdue.people_to_remind(now) == [action.user_id]
        assert overdue.claim(action.user_id, now)
        assert not overdue.claim(action.user_id, now)
        assert overdue_reminders.send_due(now) == 0

    def test_a_kill_before_the_commit_loses_no_reminder(self, monkeypatch):
        action = ActionFactory(due_date=moment(1))

        def die(user_id: int) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(overdue_reminders.requests, "remind_of_actions", die)
            with pytest.raises(KeyboardInterrupt):
                overdue_reminders.send_due(moment(2))
        assert not OverdueReminder.objects.filter(user=action.user, sent__isnull=False).exists()
        assert overdue_reminders.send_due(moment(2)) == 1
        assert queued("actions.remind") == 1

    def test_not_of_private_incidents_that_the_owner_does_not_see(self):
        incident = IncidentFactory(private=True)
        action = ActionFactory(incident=incident, due_date=moment(1))
        assert overdue.people_to_remind(moment(2)) == []
        UserStats.objects.create(incident=incident, user=action.user)
        assert overdue.people_to_remind(moment(2)) == [action.user_id]

    @pytest.mark.parametrize("part", ["lead", "reporter", "role", "participant", "outsider"])
    def test_of_private_incidents_who_may_see_them(self, part):
        """The rule is the one by which people see the incident."""
        incident = IncidentFactory(private=True)
        action = ActionFactory(incident=incident, due_date=moment(1))
        person = action.user
        if part in ("lead", "reporter"):
            Incident.objects.filter(pk=incident.pk).update(**{part: person})
        elif part == "role":
            role = Role.objects.create(key="comms", name="Comms lead")
            RoleAssignment.objects.create(incident=incident, role=role, person=person)
        elif part == "participant":
            UserStats.objects.create(incident=incident, user=person)
        person.owner = get_user_model().objects.create_user("owner")
        person.save()
        sees = part != "outsider"
        incident = Incident.objects.get(pk=incident.pk)
        assert overdue.people_to_remind(moment(2)) == [person.pk] * sees
        assert people.can_view_incident(incident, person.external_id) is sees
        visible = Incident.objects.visible_to(person.owner)
        assert visible.filter(pk=incident.pk).exists() is sees
        # Those of another incident make no difference.
        other = ActionFactory(incident=IncidentFactory(private=True), due_date=moment(1))
        found = set(overdue.actions(moment(2)))
        assert found == ({action} if sees else set())
        assert other.user_id not in overdue.people_to_remind(moment(2))

    def test_nothing_due_costs_two_queries_and_none_at_night(self):
        for hour, cost in ((10, 2), (3, 0)):
            with CaptureQueriesContext(connection) as queries:
                assert overdue_reminders.send_due(moment(2, hour)) == 0
            assert len(queries) == cost


@pytest.mark.django_db
class TestReviews:
    @pytest.fixture
    def overdue_review(self, closed):
        CommsChannelFactory(incident=closed)
        found = writing.begin(closed)
        Review.objects.update(due_date=moment(2, 23))
        return found

    def test_the_owner_first_and_the_channel_later(self, overdue_review):
        told = []
        for day in range(2, 12):
            for hour in (9, 15):
                overdue_reminders.send_due(moment(day, hour))
                jobs = OutboxMessage.objects.filter(method="review.remind").order_by("pk")
                told += [
                    (day, hour, "channel" if job.arguments["channel"] else "owner") for job in jobs
                ]
                jobs.delete()
        assert told == [
            (3, 9, "owner"), (4, 9, "owner"), (5, 9, "owner"), (5, 9, "channel"),
            (6, 9, "owner"), (6, 9, "channel"), (9, 9, "owner"), (9, 9, "channel"),
            (10, 9, "owner"), (10, 9, "channel"), (11, 9, "owner"), (11, 9, "channel"),
        ]  # fmt: skip

    def test_nobody_is_reminded_of_what_is_published(self, overdue_review):
        writing.set_status(overdue_review, Review.PUBLISHED)
        assert overdue_reminders.send_due(moment(4)) == 0

    def test_not_for_ever(self, overdue_review):
        sent = sum(overdue_reminders.send_due(moment(day)) for day in range(2, 31))
        assert sent == 15

    @pytest.fixture
    def reminded_of_all(self, overdue_review):
        """A review of which all reminders were sent, the last on the 16th."""
        for day in range(3, 17):
            overdue_reminders.send_due(moment(day))
        assert overdue_reminders.send_due(moment(17)) == 0
        OutboxMessage.objects.filter(method="review.remind").delete()
        return overdue_review

    def told(self, days: range) -> list[tuple[int, str]]:
        """Who was told on which day."""
        told = []
        for day in days:
            for hour in (9, 15):
                overdue_reminders.send_due(moment(day, hour))
            jobs = OutboxMessage.objects.filter(method="review.remind").order_by("pk")
            told += [(day, "channel" if job.arguments["channel"] else "owner") for job in jobs]
            jobs.delete()
        return told

    def test_a_later_due_date_reminds_anew(self, reminded_of_all):
        writing.assign(reminded_of_all, {"due_date": moment(18, 23)})
        assert self.told(range(17, 25)) == [
            (19, "owner"), (20, "owner"), (23, "owner"), (23, "channel"),
            (24, "owner"), (24, "channel"),
        ]  # fmt: skip

    def test_an_earlier_due_date_reminds_anew(self, reminded_of_all):
        writing.assign(reminded_of_all, {"due_date": moment(1)})
        assert self.told(range(17, 19)) == [
            (17, "owner"), (17, "channel"), (18, "owner"), (18, "channel"),
        ]  # fmt: skip

    def test_one_that_is_moved_on_the_day_of_a_reminder_sends_no_second_one(self, overdue_review):
        assert overdue_reminders.send_due(moment(3)) == 1
        overdue_review.due_date = moment(1)
        overdue_review.save()
        assert overdue_reminders.send_due(moment(3, 15)) == 0
        overdue_review.refresh_from_db()
        assert (overdue_review.owner_reminders, overdue_review.channel_reminders) == (0, 0)

    @pytest.mark.parametrize("change", ["the same date", "the owner", "the status"])
    def test_other_changes_begin_nothing_again(self, reminded_of_all, change):
        stored = Review.objects.get()
        if change == "the same date":
            writing.assign(stored, {"due_date": stored.due_date})
        elif change == "the owner":
            writing.assign(stored, {"owner": PersonFactory()})
        else:
            writing.set_status(stored, Review.IN_REVIEW)
        stored = Review.objects.get()
        stored.save()
        assert self.told(range(17, 24)) == []

    def test_a_date_that_is_moved_while_the_tick_looks_counts_for_nothing(self, overdue_review):
        seen = Review.objects.get()
        writing.assign(seen, {"due_date": moment(9)})
        assert overdue_reminders._remind(seen, moment(3)) == 0
        assert Review.objects.get().owner_reminders == 0


def test_the_owner_is_told_and_can_put_it_off(slack):
    incident, _channel = slack.incident_with_channel("Cards & <pay>")
    owner = Incident.objects.get().reporter
    action = ActionFactory(
        incident=incident, user=owner, details="Add an **alert**",
        due_date=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    overdue_reminders.requests.remind_of_actions(owner.pk)
    slack.settle()
    assert slack.direct_messages("ada")[-1] == "⏰ You have 1 overdue action."
    message = Message.objects.filter(channel__is_im=True).latest("pk")
    assert "Add an *alert*" in slack.shown(message)
    slack.people.press("ada", message, "snooze-actions-button")
    slack.settle()
    assert action.snooze.until > timezone.now()
    message.refresh_from_db()
    assert "You will not be reminded of these until" in slack.shown(message)
    # A reminder that was queued before says nothing any more.
    count = len(slack.direct_messages("ada"))
    overdue_reminders.requests.remind_of_actions(owner.pk)
    slack.settle()
    assert len(slack.direct_messages("ada")) == count


def test_an_overdue_review_is_told_to_its_owner_and_to_the_channel(slack):
    incident, channel = slack.incident_with_channel()
    incident.close()
    review = writing.begin(incident, Incident.objects.get().reporter)
    Review.objects.update(due_date=timezone.now() - timedelta(days=1))
    for to_channel in (False, True):
        overdue_reminders.requests.remind_of_review(incident.pk, channel=to_channel)
    slack.settle()
    assert any("was due" in text for text in slack.direct_messages("ada"))
    told = [m.text for m in slack.messages(channel) if "was due" in m.text]
    assert len(told) == 1
    assert f"/incident/{incident.pk}/review/" in told[0]
    writing.set_status(review, Review.PUBLISHED)
    overdue_reminders.requests.remind_of_review(incident.pk, channel=True)
    slack.settle()
    assert len([m for m in slack.messages(channel) if "was due" in m.text]) == 1


def test_whoever_closes_it_wherever_the_lead_is_asked_once(slack):
    incident, channel = slack.incident_with_channel()
    incident = Incident.objects.get()
    incident.close()  # as a page or the API does
    slack.settle()
    asked = [text for text in slack.direct_messages("ada") if "write its review" in text]
    assert len(asked) == 1
    assert f"/incident/{incident.pk}/review/" in asked[0]
    assert any(f"/incident/{incident.pk}/review/" in m.text + slack.shown(m)
               for m in slack.messages(channel))  # fmt: skip
    # Where the review is published already, there is nothing to ask for.
    writing.set_status(writing.begin(incident), Review.PUBLISHED)
    Incident.objects.get().reopen()
    Incident.objects.get().close()
    slack.settle()
    asked = [text for text in slack.direct_messages("ada") if "write its review" in text]
    assert len(asked) == 1


@pytest.mark.django_db
def test_nobody_is_asked_about_what_is_entered_long_after():
    incident = IncidentFactory(start_time=timezone.now() - timedelta(days=40))
    incident.close(timezone.now() - timedelta(days=39))
    assert queued("report.ask") == 0
    report = IncidentFactory(report_only=True)
    report.close()
    assert queued("report.ask") == 0


@pytest.mark.django_db
def test_the_tick_reminds(monkeypatch):
    called = []
    monkeypatch.setattr(overdue_reminders, "send_due", lambda: called.append(1))
    tick.minute(alone=False)
    assert called == [1]
