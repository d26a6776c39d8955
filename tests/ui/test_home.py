"""The incidents list."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.core.models import Incident
from response.slack.models import CommsChannel
from response.ui import home as views
from tests.factories import CommsChannelFactory, IncidentFactory, PersonFactory
from tests.queries import PERMISSIONS, READER, tables

pytestmark = pytest.mark.django_db


def page(client, query: str = "") -> str:
    answer = client.get("/" + query)
    assert answer.status_code == 200
    assert "response/home.html" in [template.name for template in answer.templates]
    return unescape(answer.content.decode())


def titles(client, query: str = "", block: str = "rows") -> list[str]:
    return [row.incident.report for row in client.get("/" + query).context[block]]


def closed(report: str, **fields) -> Incident:
    return IncidentFactory(report=report, end_time=timezone.now(), **fields)


def test_a_newcomer_learns_what_to_type(reading):
    assert "/incident what is wrong" in page(reading)


def test_live_ones_are_on_top_and_the_others_below_newest_first(reading):
    now = timezone.now()
    for hours, report in ((3, "older"), (1, "newer"), (2, "between")):
        closed(report, report_time=now - timedelta(hours=hours))
    IncidentFactory(report="burning", report_time=now - timedelta(days=9))
    IncidentFactory(report="told later", report_only=True, report_time=now - timedelta(days=10))
    assert titles(reading, block="live") == ["burning"]
    assert titles(reading) == ["newer", "between", "older", "told later"]
    text = page(reading)
    assert text.index("Live now") < text.index("burning") < text.index("newer")
    for word in ("Live", "Resolved", "Reported"):
        assert word in text


def test_nothing_live_is_said(reading):
    closed("past")
    assert "Nothing is going on." in page(reading)


def test_a_row_says_how_bad_who_leads_and_where_to_talk(reading):
    start = timezone.now() - timedelta(hours=2)
    incident = IncidentFactory(
        report="Down :fire: for <@U012ABC>",
        severity="2",
        lead=PersonFactory(full_name="Lea Lead"),
        start_time=start,
    )
    PersonFactory(external_id="U012ABC", display_name="anna")
    CommsChannelFactory(incident=incident, channel_id="C042", channel_name="inc-42")
    text = page(reading)
    for piece in ("Down 🔥 for @anna", "major", "Lea Lead", "#inc-42", "C042", "2 h<"):
        assert piece in text
    assert f'datetime="{start:%Y-%m-%dT%H:%M}' in text


def test_filters(reading):
    IncidentFactory(report="one", severity="1", summary="the queue is full")
    closed("two", severity="2", summary="100% of orders")
    closed("three", severity="1", summary=None)
    closed("four", severity=None)
    closed("five", severity="")
    IncidentFactory(report="six", report_only=True, severity="3")
    assert titles(reading, "?status=open") == ["one"]
    assert titles(reading, "?status=closed") == ["five", "four", "three", "two"]
    assert titles(reading, "?status=reported") == ["six"]
    assert titles(reading, "?severity=1") == ["three", "one"]
    assert titles(reading, "?severity=none") == ["five", "four"]
    assert titles(reading, "?severity=1&status=closed") == ["three"]
    assert titles(reading, "?q=QUEUE") == ["one"]
    assert titles(reading, "?q=%25") == ["two"]
    assert titles(reading, "?q=+six+") == ["six"]
    assert len(titles(reading, "?status=all&severity=&q=")) == 5


def test_the_filter_is_shown_and_kept_when_paging(reading, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    for n in range(5):
        closed(f"a & b {n}", severity="2")
    text = page(reading, "?q=a+%26+b&severity=2&page=2")
    assert 'value="a & b"' in text
    assert '<option value="2" selected>Major</option>' in text
    assert "?severity=2&q=a+%26+b&page=1" in text
    assert "?severity=2&q=a+%26+b&page=3" in text


def test_nothing_found_offers_a_way_back(reading):
    closed("past")
    assert "No incidents match this filter." in page(reading, "?q=nowhere")


@pytest.mark.parametrize(
    ("query", "remark"),
    [
        ("?page=abc", "There is no page “abc”"),
        ("?page=" + "9" * 5000, "There is no page “999"),
        ("?page=7", "There is no page 7: page 1 of 1 is shown."),
        ("?page=0", "There is no page 0: page 1 of 1"),
        ("?page=-1", "There is no page -1: page 1 of 1"),
        ("?status=<b>", "There is no status “<b>”"),
        ("?severity=9", "There is no severity “9”"),
        ("?q=" + "x" * 300, "cut to its first 200 characters"),
        ("?q=%00&severity=%00", "There is no severity"),
    ],
)
def test_what_makes_no_sense_is_ignored_with_a_sentence(reading, query, remark):
    closed("past")
    assert remark in page(reading, query)


def test_a_null_character_in_the_search_is_no_error(reading):
    closed("past")
    assert titles(reading, "?q=pa%00st") == ["past"]


def test_paging(reading, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    now = timezone.now()
    for n in range(5):
        closed(f"number {n}", report_time=now - timedelta(hours=n))
    assert titles(reading) == ["number 0", "number 1"]
    assert titles(reading, "?page=3") == ["number 4"]
    assert "Page 3 of 3" in page(reading, "?page=3")
    assert "Page 3 of 3" in page(reading, "?page=44").replace("page 3 of 3 is shown", "")


def test_hostile_names_and_titles_are_text(reading):
    evil = "<script>alert('x')</script>\" onmouseover=\"x"
    incident = IncidentFactory(
        report=evil, lead=PersonFactory(display_name=evil, full_name=None), severity="<b>"
    )
    CommsChannelFactory(incident=incident, channel_name=evil, channel_id='"><script>')
    raw = (
        reading.get("/").content.decode()
        + reading.get(f"/incident/{incident.pk}/").content.decode()
    )
    assert "<script>" not in raw
    assert 'onmouseover="x' not in raw
    assert raw.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 5


def test_the_cost_does_not_grow_with_the_number_of_incidents(reading):
    def many(count: int) -> None:
        person = PersonFactory()
        now = timezone.now()
        made = Incident.objects.bulk_create(
            Incident(
                report=f"<@{person.external_id}> {n} <#C042>",
                reporter=person,
                lead=person,
                severity="1",
                end_time=None if n % 5 == 0 else now,
            )
            for n in range(count)
        )
        CommsChannel.objects.bulk_create(
            CommsChannel(incident=i, channel_id=f"C{i.pk}", channel_name=f"inc-{i.pk}")
            for i in made[::2]
        )

    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(reading, query)
        return len(queries)

    many(10)
    page(reading)
    few = [cost(query) for query in ("", "?status=open", "?q=1&severity=1")]
    many(990)
    assert [cost(query) for query in ("", "?status=open", "?q=1&severity=1")] == few
    assert max(few) <= 10  # two of them for the names of channels that titles speak of


def test_the_list_takes_eight_queries(reading):
    person = PersonFactory()
    Incident.objects.bulk_create(
        Incident(report=f"{n} <@{person.external_id}>", end_time=None if n % 5 else timezone.now())
        for n in range(100)
    )
    with CaptureQueriesContext(connection) as queries:
        page(reading)
    assert tables(queries) == [
        *READER,
        *PERMISSIONS,
        "count",
        "response_incident",  # live
        "response_incident",  # the others
        "response_externaluser",
    ]


def test_searching_numbers_people_and_timelines(reading):
    lead, reporter = PersonFactory(full_name="Lea Lead"), PersonFactory(full_name="Rita Reporter")
    first = IncidentFactory(report="first", lead=lead, reporter=reporter, summary="the queue")
    other = closed("other")
    private = IncidentFactory(report="hidden", private=True, lead=lead)
    for incident in (first, private):
        incident.timelineevent_set.create(text="the gateway did it")
    other.timelineevent_set.create(text="the gateway is taboo", hidden=True)
    for query in (f"%23{first.pk}", str(first.pk), "lea+lead", "rita", "queue", "gateway"):
        assert "first" in titles(reading, f"?q={query}"), query
    assert titles(reading, "?q=gateway") == ["first"]
    assert titles(reading, f"?q=%23{private.pk}") == []
    assert titles(reading, "?lead=%40lea") == ["first"]
    assert "There is no time" in page(reading, "?since=never")


def test_sorting(reading):
    now = timezone.now()
    for n, (title, severity) in enumerate([("b", "2"), ("A", None), ("c", "1")]):
        closed(title, severity=severity, start_time=now - timedelta(hours=[3, 1, 2][n]))
    assert titles(reading, "?sort=title") == ["A", "b", "c"]
    assert titles(reading, "?sort=-title") == ["c", "b", "A"]
    assert titles(reading, "?sort=severity") == ["c", "b", "A"]
    assert titles(reading, "?sort=number") == ["b", "A", "c"]
    assert titles(reading, "?sort=started") == ["b", "c", "A"]
    assert titles(reading, "?sort=duration") == ["A", "c", "b"]
    assert 'aria-sort="descending"' in page(reading, "?sort=-duration")
    assert "cannot be sorted" in page(reading, "?sort=x")


def test_what_is_live_is_there_on_the_first_page_only_worst_first(reading, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 1)
    closed("past")
    closed("older past")
    for severity in ("3", "1", None):
        IncidentFactory(report=f"live {severity}", severity=severity)
    assert titles(reading, block="live") == ["live 1", "live 3", "live None"]
    assert titles(reading, "?page=2", block="live") == []
    assert "Live now" not in page(reading, "?page=2")


def test_forgotten_ones_are_marked_and_reports_are_not_going_on(reading):
    long_ago = timezone.now() - timedelta(days=15, hours=2)
    forgotten = IncidentFactory(report="forgotten", start_time=long_ago)
    IncidentFactory(report="only told", start_time=long_ago, report_only=True)
    text = page(reading)
    assert text.count("Forgotten?") == 1
    assert text.count("15 d 2 h") == 1
    assert reading.post(f"/incident/{forgotten.pk}/close/", {"from": "home"}).url == "/"
    assert "Forgotten?" not in page(reading)
