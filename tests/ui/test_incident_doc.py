"""The incident document."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.core.models import Action, TimelineEvent, milestones
from response.slack.models import UserStats
from response.templatetags.response_pages import moment
from response.ui import document as views
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory
from tests.queries import READER, tables

pytestmark = pytest.mark.django_db

PIN = {
    "author": {"display_name": "bo", "full_name": "Bo Zhang"},
    "message_ts": "1789379221.381449",
    "channel_id": "C042",
}


def raw(client, incident, query: str = "") -> str:
    answer = client.get(f"/incident/{incident.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def page(client, incident, query: str = "") -> str:
    return unescape(raw(client, incident, query))


def event(incident, text="something", **fields) -> TimelineEvent:
    return TimelineEvent.objects.create(incident=incident, text=text, **fields)


def test_what_is_going_on_comes_first(reading):
    incident = IncidentFactory(
        report="Checkout down", severity="1", lead=PersonFactory(full_name="Lea Lead"), summary="S"
    )
    CommsChannelFactory(incident=incident, channel_id="C042", channel_name="inc-42")
    text = page(reading, incident)
    head = text[text.index("doc-marks") : text.index("Summary</h2>")]
    for piece in ("Checkout down", "Live", "critical", "Lea Lead", "#inc-42", "C042"):
        assert piece in head


def test_everything_else(reading):
    PersonFactory(external_id="U012ABC", display_name="anna")
    person = PersonFactory(full_name="Dana Doer")
    start = timezone.now() - timedelta(hours=3)
    incident = IncidentFactory(
        summary="**Broken** by <@U012ABC> :fire:",
        impact="| who |\n|-|\n| all |",
        start_time=start,
        end_time=start + timedelta(hours=2),
        reporter=PersonFactory(full_name="Rita Reporter"),
    )
    ActionFactory(incident=incident, user=person, details="Write `it` down", priority="1")
    late = timezone.now() - timedelta(days=2)
    ActionFactory(incident=incident, user=person, details="Too late", due_date=late)
    ActionFactory(incident=incident, user=person, details="Was easy", done=True)
    UserStats.objects.create(incident=incident, user=person, message_count=5, join_time=start)
    text = page(reading, incident)
    for piece in (
        "<strong>Broken</strong> by @anna 🔥", "<td>all</td>", "Rita Reporter", "Dana Doer",
        "Resolved", "2 h", "Write <code>it</code> down", "priority high", "overdue since",
        'aria-checked="true"',
        "2 open of 3", "5 messages", "joined",
    ):  # fmt: skip
        assert piece in text


def test_what_is_missing_says_so(reading):
    text = page(reading, IncidentFactory(reporter=None))
    for piece in (
        "no lead yet",
        "not set",
        "No summary yet",
        "No impact",
        "No actions",
        "Nothing yet",
    ):
        assert piece in text


def test_the_timeline_is_grouped_by_day(reading):
    incident = IncidentFactory(end_time=timezone.now())
    zone = timezone.get_default_timezone()
    times = [
        datetime(2026, 3, day, hour, 5, tzinfo=zone) for day, hour in ((1, 9), (1, 10), (2, 8))
    ]
    for at in times:
        naive_or_not = at if timezone.is_aware(timezone.now()) else at.replace(tzinfo=None)
        event(incident, f"at {at:%d %H}", timestamp=naive_or_not)
    text = page(reading, incident)
    pieces = [
        "Sunday 1 March 2026",
        "09:05",
        "at 01 09",
        "at 01 10",
        "Monday 2 March 2026",
        "at 02 08",
    ]
    positions = [text.index(piece) for piece in pieces]
    assert positions == sorted(positions)
    assert text.count("timeline-day") == 2


def test_a_pinned_message(reading):
    incident = IncidentFactory()
    files = [
        {"name": "e.png", "title": "Error rate", "mimetype": "image/png", "permalink": "https://s.example/1"},
        {"name": "no address.txt"},
        {"name": "bad", "permalink": "javascript:alert(1)"},
        "not a file",
    ]  # fmt: skip
    event(
        incident,
        "**Rolled back**",
        event_type="slack_pin",
        metadata={**PIN, "permalink": "https://s.example/p1", "files": files, "edited": True},
    )
    text = page(reading, incident)
    for piece in (
        "Pinned message", "Bo Zhang", "<strong>Rolled back</strong>", 'href="https://s.example/p1"',
        'href="https://s.example/1"', "Error rate", "image/png", "no address.txt", "edited",
    ):  # fmt: skip
        assert piece in text
    assert "javascript:" not in text


def test_a_pin_of_an_older_release_leads_to_its_channel(reading):
    incident = IncidentFactory()
    event(incident, event_type="slack_pin", metadata=PIN)
    assert "app_redirect?channel=C042&message_ts=1789379221.381449" in page(reading, incident)


@pytest.mark.parametrize("mark", [True, "2026-03-01T10:00:00+00:00", "2026-99-99T99:99", "soon", 1])
def test_a_deleted_message_is_marked_and_not_lost(reading, mark):
    incident = IncidentFactory()
    event(incident, "It was DNS", event_type="slack_pin", metadata={**PIN, "deleted": mark})
    text = page(reading, incident)
    assert "It was DNS" in text
    assert "deleted in Slack" in text


def test_updates_read_as_before_and_after(reading):
    incident = IncidentFactory(severity="3", summary="short")
    bo, anna = PersonFactory(full_name="Bo Zhang"), PersonFactory(full_name="Anna Liddell")
    incident.severity = "1"
    incident.lead = bo
    incident.save()
    incident.lead = anna
    incident.summary = "First **line**\n\nsecond line"
    incident.save()
    incident.close()
    text = page(reading, incident)
    assert '"change-before">minor</span>' in text
    assert '"change-after">critical</span>' in text
    assert '"change-before">Bo Zhang</span>' in text
    assert '"change-after">Anna Liddell</span>' in text
    assert '"change-after">resolved</span>' in text
    assert "First <strong>line</strong>" in text[text.index("<ol class") :]


def milestones_on(text: str) -> str:
    """The timeline on a page."""
    return text[text.index('<ol class="timeline"') :].partition("</section>")[0]


def test_a_milestone_that_is_noted_at_once_has_the_time_of_its_entry(reading):
    incident = IncidentFactory()
    incident.timelineevent_set.all().delete()
    milestones.record(incident, "mitigated", timezone.now())
    entry = incident.timelineevent_set.get()
    assert entry.text == "Mitigated"
    text = milestones_on(page(reading, incident))
    assert text.count("<time") == 1
    assert "<p>Mitigated</p>" in text
    # One that an earlier version noted, with the time in its text, reads the same.
    TimelineEvent.objects.filter(pk=entry.pk).update(text="Mitigated: 2026-03-01 10:00 UTC")
    text = milestones_on(page(reading, incident))
    assert text.count("<time") == 1
    assert "10:00 UTC" not in text
    # What a person makes of it stays.
    entry.curate(text="Mitigated by bo")
    assert "<p>Mitigated by bo</p>" in milestones_on(page(reading, incident))


def test_a_milestone_of_another_time_says_it_in_the_readers_zone(reading):
    incident = IncidentFactory(start_time=timezone.now() - timedelta(days=2))
    incident.timelineevent_set.all().delete()
    first, second = (timezone.now().replace(microsecond=0) - timedelta(hours=h) for h in (2, 1))
    for at in (first, second, None):
        milestones.record(incident, "detected", at)
    noted = [entry.text for entry in incident.timeline_events()]
    assert noted[0].startswith("Detected: 20")
    assert noted[1].startswith("Detected: corrected from 20")
    assert noted[2].startswith("Detected: removed; it was 20")
    text = milestones_on(page(reading, incident))
    # Each is an element that the page's script turns into the reader's zone.
    shown = re.findall(r'change-(before|after)"><time datetime="([^"]+)"[^>]* data-moment', text)
    one, two = (re.search(r'datetime="([^"]+)"', str(moment(at)))[1] for at in (first, second))
    newest_first = [("before", two), ("before", one), ("after", two), ("after", one)]
    assert shown == newest_first
    assert " UTC" not in re.sub(r"<time.*?</time>", "", text)


@pytest.mark.parametrize(
    "value", ["soon", 7, {"at": 1}, "9999-12-31T23:59:59Z", "0001-01-01T00:00Z"]
)
def test_no_value_of_a_milestone_breaks_the_page(reading, value):
    incident = IncidentFactory()
    event(
        incident, "Detected", event_type="incident_update",
        metadata={"update_type": "milestone_detected", "old_value": value, "new_value": value},
    )  # fmt: skip
    assert "Detected" in page(reading, incident)


def test_an_update_with_words_of_its_own_keeps_them(reading):
    incident = IncidentFactory()
    event(
        incident,
        "The robot chose *this*",
        event_type="incident_update",
        metadata={
            "update_type": "incident_severity",
            "old_value": None,
            "new_value": {"text": "major"},
        },
    )
    text = page(reading, incident)
    assert "The robot chose <em>this</em>" in text
    assert '"change-after">major</span>' in text


@pytest.mark.many
@pytest.mark.parametrize("event_type", ["text", "slack_pin", "incident_update", "deploy.done", ""])
@pytest.mark.parametrize(
    "metadata",
    [
        None, True, False, 0, 10**30, 1.5, "text", "", [], [1, ["<b>", None]], {}, {"author": None},
        {"author": "Bo"}, {"author": {"full_name": 5}}, {"author": []}, {"files": {}},
        {"files": [None, 1, {}, {"name": 3, "title": None}]}, {"permalink": 5, "channel_id": ["C"]},
        {"update_type": [], "old_value": [1], "new_value": {"a": {"b": None}}},
        {"update_type": "incident_lead", "old_value": {"display_name": None}, "new_value": 0},
        {"old_value": {}, "new_value": True}, {"edited": {}, "deleted": [1]},
    ],
)  # fmt: skip
def test_no_shape_of_metadata_breaks_the_page(reading, event_type, metadata):
    incident = IncidentFactory()
    event(incident, "still **here**", event_type=event_type, metadata=metadata)
    text = raw(reading, incident)
    assert "still <strong>here</strong>" in text
    assert "<b>" not in text


def test_metadata_of_an_unknown_type_is_shown(reading):
    incident = IncidentFactory()
    event(incident, "Deployed", event_type="deploy_finished", metadata={"build": "<9872>"})
    text = raw(reading, incident)
    assert "Deploy finished" in text
    assert "&lt;9872&gt;" in text


def test_a_long_timeline_comes_in_pages(reading, monkeypatch):
    monkeypatch.setattr(views, "TIMELINE_SIZE", 3)
    incident = IncidentFactory()
    start = timezone.now() - timedelta(hours=1)
    events = [
        event(incident, f"entry-{n}.", timestamp=start + timedelta(minutes=n)) for n in range(7)
    ]

    def shown(query: str = "") -> list[int]:
        text = page(reading, incident, query)
        found = {text.index(f"entry-{n}."): n for n in range(7) if f"entry-{n}." in text}
        return [found[at] for at in sorted(found)]

    assert shown() == [6, 5, 4]
    assert shown("?page=2") == [3, 2, 1]
    assert shown("?page=3") == [0]
    assert shown("?order=oldest") == [0, 1, 2]
    assert shown(f"?entry={events[2].pk}") == [3, 2, 1]
    assert "The timeline has no page 9." in page(reading, incident, "?page=9")
    assert "There is no page “x”" in page(reading, incident, "?page=x")
    incident.close()
    assert shown() == [0, 1, 2]
    assert shown(f"?entry={events[2].pk}") == [0, 1, 2]
    assert shown("?order=newest&page=2") == [4, 3, 2]


def test_choosing_kinds_of_entries(reading):
    incident = IncidentFactory(severity="3")
    event(incident, "a note")
    event(incident, "a star", starred=True)
    event(incident, "not for all", hidden=True)
    incident.severity = "1"
    incident.save()

    def shown(kind: str) -> list[str]:
        text = page(reading, incident, f"?kind={kind}")
        text = text[text.index('id="timeline"') :]
        return [w for w in ("a note", "a star", "not for all", "minor") if w in text]

    assert shown("") == ["a note", "a star", "minor"]
    assert shown("messages") == ["a note", "a star"]
    assert shown("changes") == ["minor"]
    assert shown("starred") == ["a star"]
    assert shown("hidden") == ["not for all"]
    assert "no kind of entry “x”" in page(reading, incident, "?kind=x")


def test_small_changes_in_a_row_are_folded(reading):
    incident = IncidentFactory(end_time=timezone.now(), severity="3")
    for severity in ("1", "2", "3", "4"):
        incident.severity = severity
        incident.save()
    assert "4 changes: Severity" in page(reading, incident)
    incident.timelineevent_set.first().curate(starred=True)
    assert "changes:" not in page(reading, incident)


@pytest.mark.many
def test_the_cost_does_not_grow_with_what_happened(reading):
    incident = IncidentFactory(summary="<@U1>", lead=PersonFactory())
    CommsChannelFactory(incident=incident)

    def more(count: int) -> None:
        people = [PersonFactory() for _ in range(min(count, 40))]
        TimelineEvent.objects.bulk_create(
            TimelineEvent(
                incident=incident,
                text=f"**{n}** <@{people[n % len(people)].external_id}> <#C{n}>",
                event_type=["text", "slack_pin", "incident_update"][n % 3],
                metadata=[None, PIN, {"old_value": f"<@U{n}>", "new_value": "x"}][n % 3],
            )
            for n in range(count)
        )
        Action.objects.bulk_create(
            Action(incident=incident, user=person, details="<@U2>") for person in people
        )
        UserStats.objects.bulk_create(
            UserStats(incident=incident, user=person, message_count=2) for person in people
        )

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(reading, incident)
        return len(queries)

    more(3)
    page(reading, incident)
    few = cost()
    more(1_000)
    assert cost() == few <= 10  # two of them for the names of channels that texts speak of


@pytest.mark.many
@pytest.mark.parametrize("entries", [20, 2_000])
def test_the_document_takes_eight_queries(reading, entries):
    incident = IncidentFactory(summary="<@U1>", lead=PersonFactory())
    CommsChannelFactory(incident=incident)
    TimelineEvent.objects.bulk_create(
        TimelineEvent(incident=incident, text=f"{n} <@U{n}>", event_type="slack_pin", metadata=PIN)
        for n in range(entries)
    )
    page(reading, incident)  # a process remembers the workspace's address for a minute
    with CaptureQueriesContext(connection) as queries:
        page(reading, incident)
    assert tables(queries) == [
        *READER,
        "response_incident",  # with its people, channel, review, and whether the reader may see it
        "response_timelineevent",
        "response_action",
        "response_userstats",
        "response_update",
        "response_externaluser",
    ]


@override_settings(LANGUAGE_CODE="ar")
def test_right_to_left(reading):
    text = raw(reading, IncidentFactory(report="خدمة الدفع متوقفة"))
    assert 'dir="rtl"' in text
    assert 'dir="auto">خدمة' in text


def test_nothing_on_a_page_needs_an_exception_from_a_strict_policy(reading):
    incident = IncidentFactory(summary="x")
    event(incident)
    for text in (raw(reading, incident), reading.get("/").content.decode()):
        assert "<style" not in text
        assert " style=" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count("<script src=")
        assert "https://cdn" not in text
