"""The incident: what saving it records, from wherever it is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save
from django.utils import timezone

from response.core.duration import in_words
from response.core.models import Event, ExternalUser, Incident, TimelineEvent, signals
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def updates(incident):
    return [
        (e.metadata["update_type"], e.metadata["old_value"], e.metadata["new_value"])
        for e in incident.timeline_events().filter(event_type="incident_update")
    ]


def test_create_incident():
    person = PersonFactory()
    incident = Incident.objects.create_incident(
        report="  Down  ", reporter=person, report_time=None, report_only=False, severity="1"
    )
    incident.refresh_from_db()
    assert incident.report == "Down"
    assert incident.start_time == incident.report_time
    assert incident.severity_text() == "critical"
    assert incident.status_text() == "live"
    assert not incident.is_closed()
    assert incident.comms_channel() is None
    assert Event.objects.get().event_type == "incident_event"
    assert updates(incident) == [("incident_declared", None, "Down")]
    assert incident.timeline_events().get().actor == person


def test_what_a_receiver_of_djangos_pre_save_changes_is_told():
    incident = IncidentFactory(severity="4")

    def rate(sender, instance, **kwargs):
        instance.severity = "2"

    pre_save.connect(rate, sender=Incident)
    try:
        incident.save()
    finally:
        pre_save.disconnect(rate, sender=Incident)
    told = {"id": "4", "text": "trivial"}, {"id": "2", "text": "major"}
    assert updates(incident) == [("incident_severity", *told)]


def test_a_field_that_was_not_touched_keeps_what_another_has_stored():
    mine = IncidentFactory(summary="before", impact="before")
    theirs = Incident.objects.get(pk=mine.pk)
    theirs.summary = "theirs"
    theirs.save()
    mine.impact = "mine"
    mine.save()
    assert (mine.summary, mine.impact) == ("theirs", "mine")
    mine.refresh_from_db()
    assert (mine.summary, mine.impact) == ("theirs", "mine")


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_that_does_not_fit(title):
    with pytest.raises(ValidationError):
        Incident.objects.create_incident(title, PersonFactory(), timezone.now(), False)
    assert not Incident.objects.exists()


def test_an_unknown_severity_is_refused():
    with pytest.raises(ValidationError):
        Incident.objects.create_incident("x", PersonFactory(), None, False, severity="P0")


def test_a_change_is_in_the_timeline_and_the_stream():
    incident = IncidentFactory(severity="4", summary="before")
    Event.objects.all().delete()
    incident.severity = "1"
    incident.summary = "after"
    incident.save()
    assert updates(incident) == [
        ("incident_severity", {"id": "4", "text": "trivial"}, {"id": "1", "text": "critical"}),
        ("incident_summary", "before", "after"),
    ] or updates(incident) == [
        ("incident_summary", "before", "after"),
        ("incident_severity", {"id": "4", "text": "trivial"}, {"id": "1", "text": "critical"}),
    ]
    assert Event.objects.count() == 1
    assert Event.objects.get().payload["severity"] == "1"


def test_saving_without_a_change_records_nothing():
    incident = IncidentFactory()
    Event.objects.all().delete()
    incident.save()
    Incident.objects.get().save()
    assert not Event.objects.exists()
    assert not TimelineEvent.objects.exists()


def test_lead_in_the_timeline():
    one, other = PersonFactory(display_name="Ann"), PersonFactory(display_name="Ben")
    incident = IncidentFactory()
    for lead in (one, other, None):
        incident.lead = lead
        incident.save()
    texts = [e.text for e in incident.timeline_events()]
    assert texts == [
        "Ann was added as incident lead",
        "Incident lead changed from Ann to Ben",
        "Ben was removed as incident lead",
    ]


def test_a_person_whose_name_is_not_known_yet_is_a_reference_in_the_text():
    unknown, _ = ExternalUser.objects.get_or_create_slack(external_id="U0NEW00000")
    incident = IncidentFactory()
    incident.lead = unknown
    incident.save()
    assert incident.timeline_events().get().text == "<@U0NEW00000> was added as incident lead"


def test_two_people_who_change_different_fields_both_get_their_way():
    incident = IncidentFactory(severity="4")
    one, other = Incident.objects.get(), Incident.objects.get()
    one.severity = "1"
    one.save()
    other.summary = "known now"
    other.save()
    incident.refresh_from_db()
    assert (incident.severity, incident.summary) == ("1", "known now")


def test_the_old_value_is_what_the_database_held():
    IncidentFactory(severity="4")
    one, other = Incident.objects.get(), Incident.objects.get()
    one.severity = "1"
    one.save()
    other.severity = "2"
    other.save()
    assert [(o["id"], n["id"]) for _, o, n in updates(other)] == [("4", "1"), ("1", "2")]


def test_closing_and_reopening():
    incident = IncidentFactory()
    same = Incident.objects.get()
    assert incident.close()
    assert not same.close()
    assert same.is_closed()
    assert same.end_time == incident.end_time
    assert incident.status_text() == "resolved"
    assert incident.reopen()
    assert not incident.reopen()
    assert [u[0] for u in updates(incident)] == ["incident_status", "incident_status"]


def test_reopening_what_was_closed_since_it_was_loaded():
    incident = IncidentFactory()
    stale = Incident.objects.get()
    assert incident.close()
    assert stale.reopen()
    assert not Incident.objects.get().is_closed()
    assert [u[0] for u in updates(incident)] == ["incident_status", "incident_status"]


def test_being_told_that_it_is_closed_is_no_change_of_ones_own():
    incident = IncidentFactory()
    stale = Incident.objects.get()
    incident.close()
    assert not stale.close()
    incident.reopen()
    stale.severity = "1"
    stale.save()
    assert not Incident.objects.get().is_closed()


def test_an_incident_cannot_end_before_it_started():
    incident = IncidentFactory()
    with pytest.raises(ValidationError):
        Incident(
            report="x", start_time=timezone.now(), end_time=timezone.now() - timedelta(days=1)
        ).clean()
    incident.close(at=incident.start_time - timedelta(hours=1))
    assert incident.end_time == incident.start_time


def test_nothing_of_a_private_incident_is_in_the_stream():
    incident = IncidentFactory(private=True)
    incident.severity = "1"
    incident.save()
    ActionFactory(incident=incident)
    assert not Event.objects.exists()
    assert len(updates(incident)) == 2


def test_what_no_database_takes_is_dropped_from_text():
    incident = IncidentFactory(report="a\x00b\ud800c\x07", summary="one\r\ntwo")
    incident.refresh_from_db()
    assert (incident.report, incident.summary) == ("abc", "one\ntwo")


def test_text_is_stored_as_typed():
    incident = IncidentFactory(report="<b>a & b</b>", summary="5 < 6 <script>")
    incident.refresh_from_db()
    assert (incident.report, incident.summary) == ("<b>a & b</b>", "5 < 6 <script>")


def test_an_action_that_is_done_is_dated():
    action = ActionFactory()
    assert action.done_date is None
    action.done = True
    action.save()
    assert action.done_date is not None
    action.done = False
    action.save()
    action.refresh_from_db()
    assert action.done_date is None
    assert Event.objects.filter(event_type="action_event").count() == 3


class Recorder:
    """A project's own event handler."""

    seen: list = []

    def handle(self, incident):
        self.seen.append(incident.report)


class OldRecorder:
    """One written for 0.5.1: a receiver of post_save."""

    seen: list = []

    @staticmethod
    def handle(sender, instance, **kwargs):
        OldRecorder.seen.append((sender, instance.report))


@pytest.mark.parametrize("as_path", [True, False])
def test_a_projects_own_event_handler(settings, as_path):
    Recorder.seen.clear()
    settings.INCIDENT_EVENT_HANDLER_CLASS = (
        "tests.core.test_incident.Recorder" if as_path else Recorder
    )
    IncidentFactory(report="Mine")
    assert Recorder.seen == ["Mine"]
    assert not Event.objects.exists()


def test_an_event_handler_of_0_5_1(settings):
    OldRecorder.seen.clear()
    settings.INCIDENT_EVENT_HANDLER_CLASS = OldRecorder
    IncidentFactory(report="Mine")
    assert OldRecorder.seen == [(Incident, "Mine")]


def test_an_event_handler_of_0_5_1_that_builds_on_the_one_there_was(settings):
    from response.core.signals import IncidentEventHandler

    class Louder(IncidentEventHandler):
        @staticmethod
        def handle(sender, instance, **kwargs):
            IncidentEventHandler.handle(sender, instance, **kwargs)
            Event.objects.create(event_type="louder", payload={"id": instance.pk})

    settings.INCIDENT_EVENT_HANDLER_CLASS = Louder
    IncidentFactory(report="Mine")
    assert [e.event_type for e in Event.objects.all()] == ["incident_event", "louder"]


@pytest.fixture
def told():
    received: list = []

    def receiver(sender, **kwargs):
        kwargs.pop("signal")
        received.append(kwargs)

    for signal in (signals.incident_created, signals.incident_changed, signals.action_changed):
        signal.connect(receiver)
    yield received
    for signal in (signals.incident_created, signals.incident_changed, signals.action_changed):
        signal.disconnect(receiver)


def test_others_are_told_after_the_commit(told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        incident = IncidentFactory()
        incident.severity = "1"
        incident.save()
        assert told == []
    for callback in callbacks:
        callback()
    assert told == [
        {"incident": incident},
        {"incident": incident, "changes": {"severity": (None, "1")}},
    ]


def test_a_receiver_that_fails_hinders_nobody(told, django_capture_on_commit_callbacks, caplog):
    def broken(sender, **kwargs):
        raise RuntimeError("broken receiver")

    signals.incident_created.connect(broken)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            IncidentFactory()
    finally:
        signals.incident_created.disconnect(broken)
    assert len(told) == 1
    assert "broken" in caplog.text


def test_who_sees_private_incidents():
    mine = PersonFactory(owner=User.objects.create_user("ann"))
    led = IncidentFactory(private=True, lead=mine)
    IncidentFactory(private=True)
    public = IncidentFactory()

    def seen(user):
        return set(Incident.objects.visible_to(user))

    assert seen(AnonymousUser()) == {public}
    assert seen(User.objects.create_user("ben")) == {public}
    assert seen(mine.owner) == {public, led}
    warden = User.objects.create_user("cat")
    warden.user_permissions.add(Permission.objects.get(codename="view_private_incident"))
    assert len(seen(User.objects.get(username="cat"))) == 3
    led.userstats_set.create(user=PersonFactory(owner=User.objects.get(username="ben")))
    assert seen(User.objects.get(username="ben")) == {public, led}


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "less than a second"),
        (timedelta(seconds=-5), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=5, seconds=10), "5 minutes 10 seconds"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(days=1, hours=3, minutes=59), "1 day 3 hours"),
    ],
)
def test_durations_in_words(span, words):
    assert in_words(span) == words
