"""The pages in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from response.core.models import TimelineEvent
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'"
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

# WCAG's contrast of each piece of text with what is behind it, and the worst of them.
WORST_CONTRAST = """() => {
  const channel = (c) =>
    c <= 10 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let worst = [99, ""];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.offsetParent) continue;
    if (element.closest("[aria-hidden]")) continue;
    const [a, b] = [luminance(parts(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < worst[0]) worst = [contrast, element.outerHTML.slice(0, 200)];
  }
  return worst;
}"""


def strict(get_response):
    """A middleware: the policy of a careful project."""

    def with_policy(request):
        answer = get_response(request)
        answer["Content-Security-Policy"] = POLICY
        return answer

    return with_policy


@pytest.fixture
def site(live_server, settings):
    """A running project without login, with a strict policy."""
    settings.RESPONSE_LOGIN_REQUIRED = False
    # Nobody sends anything to Slack while these tests look at pages.
    settings.RESPONSE_RUNNER = "response.worker.runners.TickRunner"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.ui.test_browser.strict"]
    return live_server.url


@pytest.fixture
def open_page(browser, site):
    """``open_page(path, **context)``: a page that fails the test if it complains of anything."""
    contexts = []
    complaints: list[str] = []

    def opened(path: str, **options):
        options = {"viewport": DESK, "timezone_id": "Asia/Kolkata", "locale": "en-GB", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def incident(site):
    """One with something of everything."""
    incident = IncidentFactory(
        report="Checkout returns 502 " + "for a very long time " * 6,
        severity="1",
        lead=PersonFactory(full_name="Lea Lead"),
        summary="**Down** since `14:02`, see https://graphs.example/" + "x" * 300,
        impact="|" + "column|" * 20 + "\n|" + "-|" * 20 + "\n|" + "value|" * 20,
    )
    CommsChannelFactory(incident=incident, channel_name="inc-" + "c" * 70)
    ActionFactory(incident=incident, due_date=timezone.now() - timedelta(days=1))
    ActionFactory(incident=incident, done=True)
    for metadata in (
        {"author": {"full_name": "Bo"}, "permalink": "https://s.example/p", "deleted": True},
        {"author": {"full_name": "Bo"}, "files": [{"name": "f" * 200}], "edited": True},
    ):
        TimelineEvent.objects.create(
            incident=incident, text="It was DNS", event_type="slack_pin", metadata=metadata
        )
    incident.severity = "2"
    incident.save()
    for severity in ("1", "3", "4", None):
        IncidentFactory(severity=severity, end_time=timezone.now())
    IncidentFactory(report_only=True)
    return incident


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read(open_page, incident, viewport, scheme):
    for path in ("/", "/?status=purple", f"/incident/{incident.pk}/"):
        page = open_page(path, viewport=viewport, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        contrast, where = page.evaluate(WORST_CONTRAST)
        assert contrast >= 4.5, where


def test_the_answer_is_above_the_fold_on_a_phone(open_page, incident):
    page = open_page(f"/incident/{incident.pk}/", viewport=PHONE)
    for words in ("Live", "major", "Lea Lead", "#inc-"):
        box = page.locator(".doc-head").get_by_text(words).bounding_box()
        assert box["y"] + box["height"] < PHONE["height"], words


def test_times_are_in_the_readers_zone_and_exact_on_hover(open_page):
    start = datetime(2026, 3, 1, 18, 45, 15, tzinfo=UTC)
    incident = IncidentFactory()
    with override_settings(TIME_ZONE="UTC"):
        stored = start if timezone.is_aware(timezone.now()) else start.replace(tzinfo=None)
        for minutes in (20, 10, 0):
            at = stored - timedelta(minutes=minutes)
            TimelineEvent.objects.create(incident=incident, text="x", timestamp=at)
    page = open_page(f"/incident/{incident.pk}/")
    # India is 5:30 ahead: the entries are on both sides of midnight there.
    days = [day.replace(",", "") for day in page.locator(".timeline-day").all_inner_texts()]
    assert days == ["Sunday 1 March 2026", "Monday 2 March 2026"]
    assert page.locator(".entry-time").all_inner_texts() == ["23:55", "00:05", "00:15"]
    title = page.locator(".entry-time time").last.get_attribute("title")
    assert "00:15:15" in title
    assert "2026-03-01T18:45:15Z" in title
    assert "Asia/" in page.locator("footer").inner_text()


def test_without_a_script_times_read_well(open_page):
    incident = IncidentFactory()
    TimelineEvent.objects.create(incident=incident, text="x")
    page = open_page(f"/incident/{incident.pk}/", java_script_enabled=False)
    assert re.fullmatch(r"\d\d:\d\d UTC", page.locator(".entry-time").inner_text())
    assert "Times are in UTC" in page.locator("footer").inner_text()


def test_the_keyboard_is_enough(open_page, incident):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    link = page.evaluate("document.activeElement.textContent")
    assert link.startswith("Checkout returns 502")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incident/{incident.pk}/")


def test_filtering(open_page, incident):
    page = open_page("/")
    page.get_by_label("Title or summary").fill("checkout returns")
    page.get_by_label("Status").select_option("Live")
    page.get_by_role("button", name="Filter").click()
    assert page.get_by_role("heading", name="Found 1").is_visible()
    assert page.get_by_label("Status").input_value() == "open"
    page.get_by_role("link", name="Clear").click()
    assert page.get_by_role("heading", name="Live now 1").is_visible()


def test_a_list_has_a_structure_for_screen_readers_also_on_a_phone(open_page, incident):
    for viewport in (PHONE, DESK):
        page = open_page("/", viewport=viewport)
        table = page.get_by_role("table").first
        assert table.get_by_role("columnheader", name="Comms channel").count() == 1
        assert table.get_by_role("row").count() == 2
    for role in ("banner", "main", "contentinfo", "search"):
        assert page.get_by_role(role).count() == 1


def test_nothing_moves_while_the_page_loads(open_page, incident):
    page = open_page("/")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 200);
        })"""
    )
    assert shift < 0.01


def test_on_paper_there_is_only_the_record(open_page, incident):
    page = open_page(f"/incident/{incident.pk}/")
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator(".site-nav").is_visible()
    assert page.get_by_text("It was DNS").first.is_visible()


def test_a_long_timeline_is_usable(open_page):
    incident = IncidentFactory()
    TimelineEvent.objects.bulk_create(
        TimelineEvent(incident=incident, text=f"Entry **{n}**, see https://a.example/{n}")
        for n in range(1, 2_001)
    )
    page = open_page(f"/incident/{incident.pk}/")
    assert page.get_by_text("Entry 2000,").is_visible()
    assert page.locator(".entry").count() == 500
    page.get_by_role("link", name="Earlier").first.click()
    assert page.get_by_text("Entry 1500,").is_visible()
