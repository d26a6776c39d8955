"""The pages of reviews."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.core.models import (
    Action,
    ActionSnooze,
    Incident,
    Review,
    ReviewRevision,
    TimelineEvent,
)
from response.core.reviews import writing
from tests.factories import ActionFactory, IncidentFactory, PersonFactory
from tests.queries import PERMISSIONS, READER, tables

pytestmark = pytest.mark.django_db


def at(incident, rest=""):
    return f"/incident/{incident.pk}/review/{rest}"


def text_of(answer):
    content = b"".join(answer) if answer.streaming else answer.content
    return unescape(content.decode())


def shown_of(client, address):
    return json.loads(client.get(address).context["form"].initial["shown"])


def test_from_the_closed_incident_to_the_published_review(reading, closed, anna):
    document = text_of(reading.get(f"/incident/{closed.pk}/"))
    assert "Start the review" in document
    assert reading.post(at(closed, "begin/")).url == at(closed)
    page = text_of(reading.get(at(closed)))
    assert "Nobody could pay." in page
    assert "No one has written in it yet." in page
    assert "There is rarely just one." in page  # the hint of an empty section
    section = at(closed, "section/causes/")
    shown = json.dumps(shown_of(reading, section))
    answer = reading.post(section, {"text": "**DNS**", "shown": shown})
    assert answer.url == f"{at(closed)}#section-causes"
    revision = ReviewRevision.objects.get(section__key="causes")
    assert (revision.text, revision.actor.owner, revision.kind) == ("**DNS**", anna, "written")
    assert "<strong>DNS</strong>" in text_of(reading.get(at(closed)))
    for status in ("in_review", "published"):
        assert reading.post(at(closed, "status/"), {"status": status}).url == at(closed)
    assert Review.objects.get().is_published
    assert "Checkout is down" in text_of(reading.get("/reviews/"))
    document = text_of(reading.get(f"/incident/{closed.pk}/"))
    assert f'href="{at(closed)}"' in document
    assert "Start the review" not in document


def test_a_live_incident_has_no_review(reading):
    incident = IncidentFactory()
    assert "Start the review" not in text_of(reading.get(f"/incident/{incident.pk}/"))
    assert "once the incident is closed" in text_of(reading.get(at(incident)))
    reading.post(at(incident, "begin/"))
    assert not Review.objects.exists()


def test_two_people_in_one_section_lose_nothing(reading, closed, review):
    section = at(closed, "section/causes/")
    mine = json.dumps(shown_of(reading, section))
    reading.post(section, {"text": "Anna's <b>words</b>", "shown": mine})
    for address in (section, at(closed, "section/causes/autosave/")):
        answer = reading.post(address, {"text": "Bo's words", "shown": mine})
        assert answer.status_code == 200
        if address != section:
            assert answer.json() == {"saved": False, "conflict": True}
        assert review.sections.get(key="causes").text == "Anna's <b>words</b>"
    told = text_of(reading.post(section, {"text": "Bo's words", "shown": mine}))
    assert "This was changed elsewhere" in told
    assert "data-autosave=" not in told  # nothing is saved by itself while that is open
    answer = reading.post(section, {"text": "Bo's words", "shown": mine, "together": "1"})
    form = answer.context["form"]
    assert form["text"].value() == "Anna's <b>words</b>\n\nBo's words"
    decided = {"text": form["text"].value(), "shown": form["shown"].value()}
    assert reading.post(section, decided).status_code == 302
    assert review.sections.get(key="causes").text == "Anna's <b>words</b>\n\nBo's words"


def test_autosave_tells_the_marks_of_what_it_has_stored(reading, closed, review):
    section, autosave = at(closed, "section/causes/"), at(closed, "section/causes/autosave/")
    shown = json.dumps(shown_of(reading, section))
    for number in range(3):
        answer = reading.post(autosave, {"text": f"Text {number}", "shown": shown})
        assert answer.json()["saved"]
        shown = answer.json()["shown"]
    assert review.sections.get(key="causes").version == 3
    assert ReviewRevision.objects.get().text == "Text 2"  # one sitting
    # The button stores nothing new.
    assert reading.post(section, {"text": "Text 2", "shown": shown}).status_code == 302
    assert review.sections.get(key="causes").version == 3
    assert reading.post(autosave, {"text": "x" * 100_001, "shown": shown}).status_code == 400
    assert reading.get(autosave).status_code == 405


def test_history_with_differences_and_restoring(reading, closed, review):
    section = at(closed, "section/causes/")
    for text in ("first line\nsame", "second line\nsame", "<b>third</b>\nsame"):
        writing.write(review.sections.get(key="causes"), text, {})
    page = reading.get(at(closed, "section/causes/history/?version=2"))
    told = text_of(page)
    assert "Removed:</span>first line</del>" in told
    assert "Added:</span>second line</ins>" in told
    assert "Restore version 2" in told
    restore = {
        "text": page.context["chosen"].text,
        "shown": page.context["shown"],
        "restored": "2",
    }
    # Whoever wrote after the page was shown is not written over.
    writing.write(review.sections.get(key="causes"), "meanwhile", {})
    assert "This was changed elsewhere" in text_of(reading.post(section, restore))
    restore["shown"] = reading.get(at(closed, "section/causes/history/")).context["shown"]
    assert reading.post(section, restore).status_code == 302
    row = review.sections.get(key="causes")
    assert row.text == "second line\nsame"
    assert [r.kind for r in row.revisions.all()][-1] == "restored"
    newest = text_of(reading.get(at(closed, "section/causes/history/")))
    assert "Restore version" not in newest
    assert "<b>third" not in reading.get(at(closed, "section/causes/history/")).content.decode()


def test_owner_and_due_date(reading, closed, review):
    PersonFactory(full_name="Bo Zhang", display_name="bo")
    answer = reading.post(at(closed, "edit/"), {"owner": "bo", "due_date": "2026-03-01"})
    assert answer.status_code == 302
    review.refresh_from_db()
    assert (review.owner.display_name, f"{review.due_date:%Y-%m-%d}") == ("bo", "2026-03-01")
    assert "overdue since" in text_of(reading.get(at(closed)))
    assert "Checkout is down" in text_of(reading.get("/reviews/?state=overdue"))


def test_filling_in_again(reading, closed, review):
    answer = reading.post(at(closed, "fill/"), follow=True)
    assert "Filled in: What happened" in text_of(answer)
    assert "nothing new to fill in" in text_of(reading.post(at(closed, "fill/"), follow=True))


def test_the_page_follows_what_others_write(reading, closed, review):
    page = reading.get(at(closed))
    query = {s["piece"]: s["mark"] for s in page.context["sections"]}
    query["review-head"] = page.context["mark"]
    assert reading.get(at(closed, "live/"), query).status_code == 204
    writing.write(review.sections.get(key="causes"), "New words", {})
    told = text_of(reading.get(at(closed, "live/"), query))
    assert "New words" in told
    assert 'id="section-causes"' in told
    assert 'id="section-impact"' not in told


PLACES = (
    "", "begin/", "live/", "fill/", "status/", "edit/", "export.md", "export.html", "export.json",
    "section/causes/", "section/causes/autosave/", "section/causes/history/",
    "section/causes/suggest/",
)  # fmt: skip


@override_settings(RESPONSE_REVIEW_ASSISTANT="builtins.len", RESPONSE_REVIEW_ASSISTANT_PRIVATE=True)
def test_a_private_incident_is_not_there_for_others(reading, closed, review):
    writing.write(review.sections.get(key="causes"), "A secret", {})
    writing.set_status(review, Review.PUBLISHED)
    TimelineEvent.objects.create(incident=closed, text="A secret")
    ActionFactory(incident=closed, details="A secret", due_date=timezone.now())
    Incident.objects.update(private=True, report="A secret")
    action, entry = Action.objects.get(), TimelineEvent.objects.first()
    for place in (
        *(f"/incident/{closed.pk}/review/{place}" for place in PLACES),
        f"/incident/{closed.pk}/timeline.csv",
        f"/incident/{closed.pk}/entry/{entry.pk}/was/",
        f"/incident/{closed.pk}/action/{action.pk}/snooze/",
        "/reviews/", "/reviews/?q=secret", f"/reviews/?q={closed.pk}", "/reviews/?state=open",
        "/export/incidents.csv", "/export/incidents.csv?q=secret", "/export/actions.csv",
        "/core/reviews/", f"/core/reviews/{review.pk}/", f"/core/reviews/{review.pk}/sections/",
        "/core/reviews/?search=secret",
        f"/core/reviews/{review.pk}/sections/{review.sections.first().pk}/",
    ):  # fmt: skip
        for method in (reading.get, reading.post):
            answer = method(place)
            if "q=secret" in place or "search=secret" in place:
                assert "A secret" not in text_of(answer), place
            else:
                assert "secret" not in text_of(answer).lower(), place
            if "/incident/" in place:
                assert answer.status_code in (404, 405), place
    assert not ActionSnooze.objects.exists()
    assert reading.get("/core/reviews/").json()["count"] == 0
    assert '<h1>Reviews <span class="count">0</span></h1>' in text_of(reading.get("/reviews/"))


@override_settings(RESPONSE_API_MODEL_PERMISSIONS=True)
def test_permissions_are_those_of_the_incident(reading, closed, review, anna):
    writes = ("begin/", "fill/", "status/", "edit/", "section/causes/", "section/causes/autosave/",
              "section/causes/suggest/")  # fmt: skip
    for place in writes:
        sent = {"text": "x", "status": "published"}
        assert reading.post(at(closed, place), sent).status_code == 403
    page = text_of(reading.get(at(closed)))
    assert "Fill in from" not in page
    assert '/section/causes/"' not in page
    section = review.sections.get(key="causes")
    address = f"/core/reviews/{review.pk}/sections/{section.pk}/"
    sent = {"data": {"text": "x"}, "content_type": "application/json"}
    assert reading.patch(address, **sent).status_code == 403
    anna.user_permissions.add(Permission.objects.get(codename="change_incident"))
    assert reading.patch(address, **sent).status_code == 200
    assert reading.post(at(closed, "fill/")).status_code == 302
    section.refresh_from_db()
    assert section.text == "x"


def test_what_there_is_not_is_not_found(reading, closed, review):
    for place in ("section/nothing/", "section/nothing/history/", "export.exe"):
        assert reading.get(at(closed, place)).status_code == 404
    assert reading.post(at(closed, "status/"), {"status": "deleted"}).status_code == 404
    assert reading.get("/incident/999999/review/export.md").status_code == 404


@pytest.mark.many
@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_seven_queries(reading, closed, count):
    for number in range(count):
        incident = IncidentFactory(report=f"{number} <@U1>", end_time=closed.end_time)
        writing.set_status(writing.begin(incident), Review.PUBLISHED)
    with CaptureQueriesContext(connection) as queries:
        assert reading.get("/reviews/").status_code == 200
    assert tables(queries) == [
        *READER,
        *PERMISSIONS,
        "count",
        "response_review",
        "response_externaluser",
    ]


@pytest.mark.many
def test_pages_cost_the_same_however_much_was_written(reading, closed, review):
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert reading.get(address).status_code == 200
        return len(queries)

    def costs() -> list[int]:
        return [
            cost(address)
            for address in (at(closed), at(closed, "section/causes/history/"), "/reviews/",
                            "/reviews/?q=checkout", f"/incident/{closed.pk}/")
        ]  # fmt: skip

    for text in ("x", "y"):
        writing.write(review.sections.get(key="causes"), text, {})
    writing.set_status(review, Review.PUBLISHED)
    costs()
    few = costs()
    for number in range(20):
        writing.write(review.sections.get(key="causes"), f"x {number}", {})
        incident = IncidentFactory(report="checkout", end_time=timezone.now())
        writing.set_status(writing.begin(incident), Review.PUBLISHED)
    assert costs() == few
    assert max(few) <= 10


# Exports


def test_exports_are_whole_and_need_nothing_else(reading, closed, review):
    writing.write(
        review.sections.get(key="causes"),
        "**DNS** <script>alert(1)</script> ![graph](http://response.example.com/i.png)",
        {},
    )
    told = text_of(reading.get(at(closed, "export.md")))
    assert told.startswith(f"# #{closed.pk} Checkout is down\n")
    assert "## Contributing causes\n\n**DNS**" in told
    page = reading.get(at(closed, "export.html"))
    html = page.content.decode()
    assert "<strong>DNS</strong>" in html
    for never in ("<script", "<img", "<link", "src=", "@import", "url("):
        assert never not in html, never
    assert page["Content-Disposition"].startswith("attachment")
    data = reading.get(at(closed, "export.json")).json()
    assert data["incident"]["title"] == "Checkout is down"
    assert [s["key"] for s in data["review"]["sections"]][3] == "causes"


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(text_of(answer).removeprefix("\ufeff"), newline="")))


def test_tables_run_nothing_in_a_spreadsheet(reading, closed):
    Incident.objects.update(report="=cmd|'/c calc'!A1", summary="@SUM(A1)", impact="+1")
    Incident.objects.update(lead=PersonFactory(full_name="-2+3", display_name="\t=1"))
    TimelineEvent.objects.create(incident=closed, text='\n=HYPERLINK("x")', event_type="@kind")
    ActionFactory(incident=closed, details="=1+1", due_date=timezone.now() - timedelta(days=1))
    for address in (
        "/export/incidents.csv", "/export/actions.csv", f"/incident/{closed.pk}/timeline.csv",
    ):  # fmt: skip
        answer = reading.get(address)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        [row] = [r for r in rows_of(answer) if "Action added" not in r.get("text", "")]
        for cell in row.values():
            assert not re.match(r"[=+\-@\x00-\x1f]", cell), (address, cell)
    [row] = rows_of(reading.get("/export/incidents.csv"))
    assert row["title"] == "'=cmd|'/c calc'!A1"
    assert row["minutes"] == "120"
    [row] = rows_of(reading.get("/export/actions.csv"))
    assert (row["details"], row["overdue"]) == ("'=1+1", "true")


def test_tables_keep_the_filter_and_cost_a_query_for_each_batch(reading, monkeypatch):
    monkeypatch.setattr("response.core.tables.BATCH", 10)
    for _n in range(5):
        IncidentFactory(severity="1")
    IncidentFactory(severity="2")
    assert len(rows_of(reading.get("/export/incidents.csv?severity=1"))) == 5
    assert len(rows_of(reading.get("/export/actions.csv?state=done"))) == 0

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(reading.get("/export/incidents.csv"))
        return len(queries)

    few = cost()
    Incident.objects.bulk_create(Incident(report=f"{n}") for n in range(24))
    assert cost() == few + 2


# Reminders, and what an entry was


def test_putting_off_a_reminder(reading):
    action = ActionFactory(details="late", due_date=timezone.now() - timedelta(days=2))
    assert "Remind later" in text_of(reading.get("/actions/"))
    answer = reading.post(
        f"/incident/{action.incident_id}/action/{action.pk}/snooze/", {"from": "actions"}
    )
    assert answer.url == "/actions/"
    assert ActionSnooze.objects.get().until > timezone.now() + timedelta(days=1)
    page = text_of(reading.get("/actions/"))
    assert "no reminder until" in page
    assert "Remind later" not in page


def test_what_an_entry_was_is_behind_a_click(reading):
    incident = IncidentFactory()
    entry = TimelineEvent.objects.create(incident=incident, text="It was <b>DNS")
    address = f"/incident/{incident.pk}/entry/{entry.pk}/was/"
    assert address not in text_of(reading.get(f"/incident/{incident.pk}/"))
    assert "No one has edited this entry." in text_of(reading.get(address))
    reading.post(f"/incident/{incident.pk}/entry/{entry.pk}/star/")
    reading.post(
        f"/incident/{incident.pk}/entry/{entry.pk}/",
        {"text": "It was BGP", "timestamp": "2026-03-01T14:05"},
    )
    assert address in text_of(reading.get(f"/incident/{incident.pk}/"))
    page = reading.get(address).content.decode()
    assert "It was &lt;b&gt;DNS" in page
    assert "Edited by Anna Ames" in page
    assert "It was not starred." in page
    assert "Its time was" in page
    other = IncidentFactory()
    assert reading.get(f"/incident/{other.pk}/entry/{entry.pk}/was/").status_code == 404
