"""Working on an incident on its page."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.utils import timezone

from response.core.models import Action, Incident, TimelineEvent
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def form_of(client, address: str) -> dict[str, str]:
    """The values that a form shows, as a browser would send them."""
    answer = client.get(address)
    assert answer.status_code == 200
    form = answer.context["form"]
    return {
        name: _as_sent(form, name)
        for name in form.fields
        if form[name].value() not in (None, False, "")
    }


def _as_sent(form, name: str) -> str:
    html = str(form[name])
    if match := re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", html, re.DOTALL):
        return unescape(match[1])
    if "<select" in html:
        return str(form[name].value())
    match = re.search(r'value="([^"]*)"', html)
    return unescape(match[1]) if match else "on"


def edit(client, incident, part: str, **changed):
    address = f"/incident/{incident.pk}/edit/{part}/"
    return client.post(address, {**form_of(client, address), **changed})


def test_every_field_is_changed_in_its_place(reading, reader):
    me = PersonFactory(owner=reader, full_name="Me Myself")
    lead = PersonFactory(full_name="Lea Lead", display_name="lea", email="lea@example.com")
    incident = IncidentFactory(severity="3", summary="old")
    lost = edit(reading, incident, "details", private="on")
    assert "not be able to see it yourself" in lost.content.decode()
    assert not Incident.objects.get().private
    Incident.objects.update(reporter=me)
    assert edit(reading, incident, "summary", summary="**new**").status_code == 302
    assert edit(reading, incident, "impact", impact="all of them").status_code == 302
    answer = edit(
        reading, incident, "details", report="  Other   title ", severity="1",
        lead="LEA@example.com", start_time="2026-03-01T14:05", zone="Asia/Kolkata", private="on",
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    incident = Incident.objects.get()
    assert (incident.report, incident.summary, incident.impact) == (
        "Other title", "**new**", "all of them",
    )  # fmt: skip
    assert (incident.severity, incident.lead, incident.private) == ("1", lead, True)
    start = incident.start_time
    if timezone.is_aware(start):
        assert start.isoformat() == "2026-03-01T08:35:00+00:00"
    told = {e.metadata["update_type"]: e for e in incident.timeline_events()}
    assert {e.actor for e in told.values()} == {me}
    assert {"incident_summary", "incident_lead", "incident_severity", "incident_private"} <= set(
        told
    )


def test_saving_a_form_as_it_was_changes_nothing(reading):
    incident = IncidentFactory(
        severity="3",
        summary="one\r\ntwo",
        lead=PersonFactory(deleted=True),
        end_time=timezone.now(),
    )
    before = Incident.objects.values().get()
    for part in ("details", "summary", "impact"):
        assert edit(reading, incident, part).status_code == 302
    assert Incident.objects.values().get() == before
    assert not incident.timeline_events().exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"report": "   "}, "Say in a few words what is wrong."),
        ({"report": "x" * 201}, "This has 201 characters"),
        ({"severity": ""}, "This field is required"),
        ({"severity": "9"}, "is not one of the available choices"),
        ({"lead": "Nobody Here"}, "No person called “Nobody Here” was found"),
        ({"lead": "twin"}, "Several people are called “twin”"),
        ({"lead": "robot"}, "That is an app"),
        ({"lead": "Slackbot"}, "That is an app"),
        ({"lead": "gone"}, "no longer has an account"),
        ({"start_time": "soon"}, "Give a date and a time"),
        ({"start_time": "0001-01-01T00:00"}, "between the years"),
        ({"start_time": ""}, "This field is required"),
        ({"end_time": "2000-01-01T00:00"}, "cannot end before it started"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_stored(reading, changed, words):
    for _n in range(2):
        PersonFactory(display_name="twin")
    PersonFactory(display_name="robot", bot=True)
    PersonFactory(display_name="Slackbot", external_id="USLACKBOT")
    PersonFactory(display_name="gone", deleted=True)
    incident = IncidentFactory(severity="2", end_time=timezone.now())
    before = Incident.objects.values().get()
    answer = edit(reading, incident, "details", **changed)
    assert answer.status_code == 200
    assert words in unescape(answer.content.decode())
    assert Incident.objects.values().get() == before


def test_two_people_in_one_field_lose_nothing(reading):
    incident = IncidentFactory(summary="old")
    address = f"/incident/{incident.pk}/edit/summary/"
    mine = form_of(reading, address)
    edit(reading, incident, "summary", summary="Anna's <b>words</b>")
    answer = reading.post(address, {**mine, "summary": "Bo's words"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Anna&#x27;s &lt;b&gt;words&lt;/b&gt;" in text
    assert "Bo&#x27;s words" in text
    assert Incident.objects.get().summary == "Anna's <b>words</b>"
    # A merge that can be worked on, then the decision.
    merged = reading.post(address, {**mine, "summary": "Bo's words", "together": "1"})
    assert merged.context["form"]["summary"].value() == "Anna's <b>words</b>\n\nBo's words"
    told = answer.context["form"].data["shown"]
    merged = reading.post(address, {"summary": "Bo's words", "shown": told, "together": "1"})
    assert merged.context["form"]["summary"].value() == "Anna's <b>words</b>\n\nBo's words"
    assert Incident.objects.get().summary == "Anna's <b>words</b>"
    assert reading.post(address, {"summary": "Both", "shown": told}).status_code == 302
    assert Incident.objects.get().summary == "Both"


def test_who_was_told_is_told_again_if_it_changed_once_more(reading):
    incident = IncidentFactory(summary="old")
    address = f"/incident/{incident.pk}/edit/summary/"
    mine = form_of(reading, address)
    edit(reading, incident, "summary", summary="second")
    told = reading.post(address, {**mine, "summary": "mine"}).context["form"].data["shown"]
    edit(reading, incident, "summary", summary="third")
    answer = reading.post(address, {"summary": "mine", "shown": told})
    assert "third" in answer.content.decode()
    assert Incident.objects.get().summary == "third"


@pytest.mark.parametrize("shown", ["", "x", "[]", '{"summary": 5}', "[" * 1000])
def test_marks_that_make_no_sense_do_no_harm(reading, shown):
    incident = IncidentFactory(summary="old")
    answer = reading.post(
        f"/incident/{incident.pk}/edit/summary/", {"summary": "new", "shown": shown}
    )
    assert answer.status_code == 302
    assert Incident.objects.get().summary == "new"


def test_the_mark_of_no_value_is_that_of_another_one(reading):
    incident = IncidentFactory(summary="old")
    answer = reading.post(
        f"/incident/{incident.pk}/edit/summary/", {"summary": "new", "shown": '{"summary": ""}'}
    )
    assert answer.status_code == 200  # the form again, with both values
    assert Incident.objects.get().summary == "old"


def test_closing_and_reopening(reading):
    incident = IncidentFactory()
    assert reading.post(f"/incident/{incident.pk}/close/").status_code == 302
    assert Incident.objects.get().is_closed()
    assert reading.get(f"/incident/{incident.pk}/close/").status_code == 405
    assert reading.post(f"/incident/{incident.pk}/reopen/").status_code == 302
    assert not Incident.objects.get().is_closed()


def test_taking_the_lead(reading, reader):
    incident = IncidentFactory()
    reading.post(f"/incident/{incident.pk}/take-lead/")
    assert "not linked to a person" in reading.get(f"/incident/{incident.pk}/").content.decode()
    me = PersonFactory(owner=reader)
    reading.post(f"/incident/{incident.pk}/take-lead/")
    assert Incident.objects.get().lead == me


def test_declaring(reading, reader):
    me = PersonFactory(owner=reader)
    address = "/incident/declare/"
    assert reading.get(address).status_code == 200
    wrong = reading.post(address, {"report": " ", "incident_type": "live", "lead": "who"})
    assert set(wrong.context["form"].errors) == {"report", "lead"}
    assert not Incident.objects.exists()
    answer = reading.post(
        address,
        {"report": "Down <b>", "incident_type": "live", "severity": "1", "summary": "It is",
         "private": "on"},
    )  # fmt: skip
    incident = Incident.objects.get()
    assert answer.url == f"/incident/{incident.pk}/"
    assert (incident.reporter, incident.severity, incident.private) == (me, "1", True)
    assert incident.timeline_events().get().actor == me


def test_a_form_that_is_sent_twice_declares_once(reading, reader):
    PersonFactory(owner=reader)
    address = "/incident/declare/"
    shown = reading.get(address).context["form"]
    assert shown["form_key"].value() != reading.get(address).context["form"]["form_key"].value()
    sent = {"report": "Down", "incident_type": "live", "form_key": shown["form_key"].value()}
    answers = [reading.post(address, sent) for _ in range(2)]
    assert answers[0].url == answers[1].url == f"/incident/{Incident.objects.get().pk}/"
    # Who goes back and changes something declares another one.
    reading.post(address, {**sent, "summary": "Everything"})
    # And who fills in another form means it.
    reading.post(address, {**sent, "form_key": "another"})
    for _ in range(2):
        reading.post(address, {"report": "Down", "incident_type": "live"})
    assert Incident.objects.count() == 5


def test_actions_from_beginning_to_end(reading, reader):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/action/"
    nobody = reading.post(address, {"details": "Write it down"})
    assert "Enter who does it" in nobody.content.decode()
    me, bo = PersonFactory(owner=reader), PersonFactory(full_name="Bo Zhang", display_name="bo")
    assert reading.post(address, {"details": "Write it down"}).status_code == 302
    action = Action.objects.get()
    assert (action.user, action.details, action.priority) == (me, "Write it down", None)
    form = form_of(reading, f"{address}{action.pk}/")
    changed = {**form, "user": "bo", "due_date": "2026-03-01", "priority": "1"}
    assert reading.post(f"{address}{action.pk}/", changed).status_code == 302
    action = Action.objects.get()
    assert (action.user, action.priority, f"{action.due_date:%Y-%m-%d}") == (bo, "1", "2026-03-01")
    due = action.due_date
    assert "overdue since" in reading.get(f"/incident/{incident.pk}/").content.decode()
    reading.post(f"{address}{action.pk}/done/", {"done": "1"})
    assert Action.objects.get().done_date
    reading.post(f"{address}{action.pk}/done/", {"done": "0"})
    assert not Action.objects.get().done
    assert (
        reading.post(
            f"{address}{action.pk}/", form_of(reading, f"{address}{action.pk}/")
        ).status_code
        == 302
    )
    assert Action.objects.get().due_date == due


def test_the_timeline_is_curated(reading):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/entry/"
    added = {"text": "It was DNS", "timestamp": "2026-03-01T14:05", "zone": "America/New_York"}
    assert reading.post(address, added).status_code == 302
    entry = TimelineEvent.objects.get()
    if timezone.is_aware(entry.timestamp):
        assert entry.timestamp.isoformat() == "2026-03-01T19:05:00+00:00"
    assert (entry.event_type, entry.actor_name) == ("text", "reader")
    form = form_of(reading, f"{address}{entry.pk}/")
    assert reading.post(f"{address}{entry.pk}/", {**form, "text": "No"}).status_code == 302
    stale = reading.post(f"{address}{entry.pk}/", {**form, "text": "Yes"})
    assert stale.status_code == 200
    assert "This was changed elsewhere" in stale.content.decode()
    for mark in ("star", "hide"):
        assert reading.post(f"{address}{entry.pk}/{mark}/").status_code == 302
    entry.refresh_from_db()
    assert (entry.text, entry.starred, entry.hidden) == ("No", True, True)
    assert [r.actor_name for r in entry.revisions.all()] == ["reader"] * 3
    assert reading.post(f"{address}{entry.pk}/explode/").status_code == 404


def test_only_what_belongs_to_the_incident_is_changed_with_it(reading):
    incident, other = IncidentFactory(), IncidentFactory()
    action = ActionFactory(incident=other)
    entry = TimelineEvent.objects.create(incident=other, text="x")
    for address in (f"action/{action.pk}/", f"entry/{entry.pk}/", f"entry/{2**64}/"):
        assert reading.get(f"/incident/{incident.pk}/{address}").status_code == 404


PLACES = (
    "edit/details/", "edit/summary/", "close/", "reopen/", "take-lead/", "action/", "entry/",
    "live/",
)  # fmt: skip


def test_a_private_incident_is_not_there_for_others(reading):
    incident = IncidentFactory(report="A secret", private=True)
    action = ActionFactory(incident=incident)
    entry = TimelineEvent.objects.create(incident=incident, text="A secret")
    for place in (
        *PLACES, f"action/{action.pk}/", f"action/{action.pk}/done/", f"entry/{entry.pk}/",
        f"entry/{entry.pk}/star/",
    ):  # fmt: skip
        for method in (reading.get, reading.post):
            answer = method(f"/incident/{incident.pk}/{place}")
            assert answer.status_code in (404, 405), place
            assert "A secret" not in answer.content.decode()
    for query in ("", "?state=all", "?owner=person"):
        text = reading.get(f"/actions/{query}").content.decode()
        assert action.details not in text
    assert not Incident.objects.get().is_closed()


@override_settings(RESPONSE_API_MODEL_PERMISSIONS=True)
def test_permissions_are_those_of_the_api(reading, reader):
    incident = IncidentFactory()
    for place in ("edit/details/", "edit/summary/"):
        assert reading.get(f"/incident/{incident.pk}/{place}").status_code == 403
    answer = reading.post(f"/incident/{incident.pk}/close/")
    assert (answer.status_code, Incident.objects.get().end_time) == (403, None)
    assert "Your account may not do this" in answer.content.decode()
    text = reading.get(f"/incident/{incident.pk}/").content.decode()
    assert "/edit/" not in text
    assert "/incident/declare/" not in text
    reader.user_permissions.add(Permission.objects.get(codename="change_incident"))
    assert reading.post(f"/incident/{incident.pk}/close/").status_code == 302


@override_settings(RESPONSE_LOGIN_REQUIRED=False)
def test_reading_without_login_is_not_writing(client):
    incident = IncidentFactory()
    answer = client.post(f"/incident/{incident.pk}/close/")
    assert answer.status_code == 302
    assert "/login/" in answer.url
    assert not Incident.objects.get().is_closed()
    assert client.get("/incident/declare/").status_code == 302


def test_live_pieces(reading):
    incident = IncidentFactory(summary="old")
    address = f"/incident/{incident.pk}/live/"
    marks = reading.get(f"/incident/{incident.pk}/").context["marks"]
    names = {"head": "incident", "summary": "incident", "actions": "actions",
             "timeline": "timeline"}  # fmt: skip
    query = {name: marks[part] for name, part in names.items()}
    assert reading.get(address, query).status_code == 204
    TimelineEvent.objects.create(incident=incident, text="something new")
    text = reading.get(address, query).content.decode()
    assert "something new" in text
    assert 'id="timeline"' in text
    assert 'id="head"' not in text
    entry = TimelineEvent.objects.get()
    query["timeline"] = reading.get(f"/incident/{incident.pk}/").context["marks"]["timeline"]
    assert reading.get(address, query).status_code == 204
    entry.curate(text="something else")
    assert "something else" in reading.get(address, query).content.decode()


def test_open_actions_of_all_incidents(reading, reader):
    me = PersonFactory(owner=reader, full_name="Me Myself")
    now = timezone.now()
    ActionFactory(details="late", due_date=now - timedelta(days=2), user=me)
    ActionFactory(details="soon", due_date=now + timedelta(days=2), priority="1")
    ActionFactory(details="whenever")
    ActionFactory(details="over", done=True)

    def shown(query: str = "") -> list[str]:
        return [a.details for a in reading.get(f"/actions/{query}").context["actions"]]

    assert shown() == ["late", "soon", "whenever"]
    assert shown("?state=overdue") == shown("?owner=me") == shown("?owner=myself") == ["late"]
    assert shown("?priority=1") == ["soon"]
    assert shown("?state=done") == ["over"]
    assert len(shown("?state=all&sort=age")) == 4
    assert "cannot be chosen" in reading.get("/actions/?state=x").content.decode()
    action = Action.objects.get(details="soon")
    answer = reading.post(
        f"/incident/{action.incident_id}/action/{action.pk}/done/", {"done": "1", "from": "actions"}
    )
    assert answer.url == "/actions/"
    assert shown() == ["late", "whenever"]


def test_a_preview_is_safe(reading):
    html = reading.post("/incident/preview/", {"text": "**a** <script>x</script>"}).content.decode()
    assert "<strong>a</strong>" in html
    assert "<script>" not in html
