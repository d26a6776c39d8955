"""The pages in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from response.core.models import Incident, TimelineEvent
from tests.conftest import BROWSER_PATIENCE
from tests.factories import ActionFactory, CommsChannelFactory, IncidentFactory, PersonFactory
from tests.held_answers import HeldAnswer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
AXE = Path(__file__).parent / "axe" / "axe-4.14.1.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}

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
    # Nothing is sent to Slack while these tests look at pages.
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
        context.set_default_timeout(BROWSER_PATIENCE)
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
    for path in ("/", "/?status=purple", f"/incident/{incident.pk}/", "/actions/", "/shortcuts/"):
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
    expect(page.locator(".timeline-day")).to_have_text(
        [re.compile("Monday,? 2 March 2026"), re.compile("Sunday,? 1 March 2026")]
    )
    expect(page.locator(".entry-time")).to_have_text(["00:15", "00:05", "23:55"])
    title = page.locator(".entry-time time").first
    expect(title).to_have_attribute("title", re.compile("00:15:15"))
    expect(title).to_have_attribute("title", re.compile("2026-03-01T18:45:15Z"))
    expect(page.locator("footer")).to_contain_text("Asia/")


def test_without_a_script_times_read_well(open_page):
    incident = IncidentFactory()
    TimelineEvent.objects.create(incident=incident, text="x")
    page = open_page(f"/incident/{incident.pk}/", java_script_enabled=False)
    expect(page.locator(".entry-time")).to_have_text(re.compile(r"^\d\d:\d\d UTC$"))
    expect(page.locator("footer")).to_contain_text("Times are in UTC")


def test_the_keyboard_is_enough(open_page, incident):
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search")).to_be_focused()
    for _tab in range(6):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Checkout returns 502")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incident/{incident.pk}/")


def test_filtering(open_page, incident):
    page = open_page("/")
    page.get_by_label("Search").fill("checkout returns")
    page.get_by_label("Status").select_option("Live")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="Found 1")).to_be_visible()
    expect(page.get_by_label("Status")).to_have_value("open")
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_role("heading", name="Live now 1")).to_be_visible()


def test_a_list_has_a_structure_for_screen_readers_also_on_a_phone(open_page, incident):
    for viewport in (PHONE, DESK):
        page = open_page("/", viewport=viewport)
        table = page.get_by_role("table").first
        expect(table.get_by_role("columnheader", name="Comms channel")).to_have_count(1)
        expect(table.get_by_role("row")).to_have_count(2)
    for role in ("banner", "main", "contentinfo", "search"):
        expect(page.get_by_role(role)).to_have_count(1)


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
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.get_by_text("It was DNS").first).to_be_visible()


def test_a_long_timeline_is_usable(open_page):
    incident = IncidentFactory()
    TimelineEvent.objects.bulk_create(
        TimelineEvent(incident=incident, text=f"Entry **{n}**, see https://a.example/{n}")
        for n in range(1, 2_001)
    )
    page = open_page(f"/incident/{incident.pk}/")
    expect(page.get_by_text("Entry 2000,")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(200)
    page.get_by_role("link", name="Older entries").first.click()
    expect(page.get_by_text("Entry 1800,")).to_be_visible()
    expect(page.get_by_text("Entry 1801,")).to_have_count(0)


# Working on the page


def log_in_at(page: Page, base: str, path: str, name: str) -> None:
    """Log in as a user whose password is their name, and wait for the page at ``path``."""
    page.goto(f"{base}/accounts/login/?next={path}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(name)
    page.get_by_role("button", name="Log in").click()
    # The whole address: that of the form ends with the same path.
    page.wait_for_url(base + path)


@pytest.fixture
def two(browser, live_server, settings):
    """``two(path)``: Anna and Bo, each logged in, on the same page."""
    settings.ROOT_URLCONF = "tests.urls_login"
    settings.LOGIN_URL = "login"
    settings.LOGIN_REDIRECT_URL = "home"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.ui.test_browser.strict"]
    contexts = []
    complaints: list[str] = []

    def opened(path: str, **options):
        pages = []
        for name in ("anna", "bo"):
            user = get_user_model().objects.create_user(name, password=name)
            PersonFactory(full_name=name.title(), display_name=name, owner=user)
            options = {
                "viewport": DESK,
                "timezone_id": "Asia/Kolkata",
                "locale": "en-GB",
                **options,
            }
            context = browser.new_context(**options)
            context.set_default_timeout(BROWSER_PATIENCE)
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda m: (
                    complaints.append(m.text) if m.type == "error" and "404" not in m.text else None
                ),
            )
            log_in_at(page, live_server.url, path, name)
            pages.append(page)
        return pages

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def test_two_people_write_into_the_same_text_and_nothing_is_lost(two):
    incident = IncidentFactory(summary="What we knew at first")
    anna, bo = two(f"/incident/{incident.pk}/")
    for page in (anna, bo):
        page.get_by_role("link", name="Edit summary").click()
    anna.get_by_role("textbox", name="Summary").fill("Anna's words")
    anna.get_by_role("button", name="Save").click()
    expect(anna.locator("#summary .rich", has_text="Anna's words")).to_be_visible()
    # The page follows, and pulls nothing away from him.
    expect(bo.locator("#timeline .entry-actor", has_text="Anna").first).to_be_visible()
    bo.get_by_role("textbox", name="Summary").fill("Bo's words")
    bo.get_by_role("button", name="Save").click()
    bo.get_by_text("This was changed elsewhere while you were writing").wait_for()
    expect(bo.locator(".conflict-text")).to_have_text("Anna's words")
    expect(bo.get_by_role("textbox", name="Summary")).to_have_value("Bo's words")
    bo.get_by_role("button", name="Put both together").click()
    bo.locator("textarea", has_text="Anna's words").wait_for()
    bo.get_by_role("button", name="Save mine").click()
    bo.locator("#summary .rich", has_text="Bo's words").wait_for()
    assert Incident.objects.get().summary == "Anna's words\n\nBo's words"
    # And Anna sees it without doing anything.
    anna.locator("#summary .rich", has_text="Bo's words").wait_for()


def test_what_happens_elsewhere_shows_by_itself(two):
    incident = IncidentFactory(severity="3")
    anna, bo = two(f"/incident/{incident.pk}/")
    TimelineEvent.objects.create(incident=incident, text="Pinned just now", event_type="slack_pin")
    changed = Incident.objects.get()
    changed.severity = "1"
    changed.save()
    anna.get_by_text("Pinned just now").wait_for()
    anna.locator("#head", has_text="critical").wait_for()
    anna.get_by_role("button", name="Star").first.click()
    anna.locator("[aria-pressed=true]").wait_for()
    bo.locator(".entry-starred").wait_for()
    anna.get_by_role("link", name="Add an action").click()
    anna.get_by_role("textbox", name="What needs to be done").fill("Write it down")
    anna.get_by_role("button", name="Save").click()
    anna.get_by_role("checkbox", name="Write it down").click()
    bo.locator("[role=checkbox][aria-checked=true]").wait_for()
    bo.keyboard.press("t")
    bo.get_by_role("textbox", name="What happened").fill("It rained")
    bo.get_by_label("When").fill("2026-03-02T00:15")
    bo.get_by_role("button", name="Save").click()
    expect(bo.locator("#timeline form[data-editing]")).to_have_count(0)
    expect(bo.get_by_text("It rained")).to_be_visible()
    expect(anna.get_by_text("It rained")).to_be_visible()
    entry = TimelineEvent.objects.get(text="It rained")
    if timezone.is_aware(entry.timestamp):
        assert entry.timestamp.isoformat() == "2026-03-01T18:45:00+00:00"
    bo.keyboard.press("e")
    bo.get_by_role("textbox", name="Title").fill("Another title")
    bo.keyboard.press("Escape")  # to Cancel, since something was written
    bo.keyboard.press("Escape")
    bo.locator("#head h1", has_text=incident.report).wait_for()
    bo.get_by_role("button", name="Close").click()
    anna.get_by_role("button", name="Reopen").wait_for()


# What the page asks for by itself, and where a test can see that it has been dealt with.
FOLLOWING = "**/live/?*"
COUNT_FOLLOWED = """() => {
  window.followed = 0;
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "poll") window.followed += 1;
  });
}"""


def change(incident, **fields):
    """What another person does meanwhile."""
    changed = Incident.objects.get(pk=incident.pk)
    for name, value in fields.items():
        setattr(changed, name, value)
    changed.save()


def test_an_older_answer_does_not_undo_what_a_person_did(two):
    incident = IncidentFactory(severity="3")
    anna, _bo = two(f"/incident/{incident.pk}/")
    older = HeldAnswer(anna, FOLLOWING)
    change(incident, severity="1")
    older.wait()
    anna.get_by_role("button", name="Close").click()
    expect(anna.get_by_role("button", name="Reopen")).to_be_visible()
    anna.evaluate(COUNT_FOLLOWED)
    anna.evaluate(
        """() => {
          window.looks = [];
          const look = () => window.looks.push(document.body.innerText.includes("Reopen"));
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    older.let_go()
    anna.wait_for_function("window.followed >= 2")
    assert False not in anna.evaluate("window.looks")
    expect(anna.locator("#head")).to_contain_text("critical")
    expect(anna.get_by_role("button", name="Reopen")).to_be_visible()


def test_a_form_comes_though_its_place_changes_meanwhile(two):
    incident = IncidentFactory(summary="What we knew at first")
    anna, _bo = two(f"/incident/{incident.pk}/")
    news = HeldAnswer(anna, FOLLOWING)
    change(incident, summary="What we know now")
    news.wait()
    form = HeldAnswer(anna, "**/edit/summary/")
    anna.get_by_role("link", name="Edit summary").click()
    form.wait()
    anna.evaluate(COUNT_FOLLOWED)
    news.let_go()
    anna.wait_for_function("window.followed >= 1")
    form.let_go()
    expect(anna.get_by_role("textbox", name="Summary")).to_have_value("What we know now")
    expect(anna.get_by_role("textbox", name="Summary")).to_be_focused()


def test_what_a_person_presses_stays_until_it_is_pressed(two):
    incident = IncidentFactory(severity="3")
    TimelineEvent.objects.create(incident=incident, text="It rained")
    anna, _bo = two(f"/incident/{incident.pk}/")
    anna.evaluate(COUNT_FOLLOWED)
    news = HeldAnswer(anna, FOLLOWING)
    change(incident, severity="1")
    news.wait()
    star = anna.locator(".entry", has_text="It rained").get_by_role("button", name="Star")
    star.hover()
    before = anna.evaluate("window.followed")
    anna.mouse.down()
    news.let_go()
    anna.wait_for_function("before => window.followed > before", arg=before)
    anna.mouse.up()
    expect(anna.locator(".entry-starred", has_text="It rained")).to_be_visible()
    # And what happened comes as well.
    expect(anna.locator("#head")).to_contain_text("critical")


def test_a_form_that_is_a_page_of_its_own_leads_back_to_the_incident(two):
    incident = IncidentFactory()
    anna, _bo = two(f"/incident/{incident.pk}/edit/details/")
    anna.get_by_role("textbox", name="Title").fill("Another title")
    anna.get_by_role("button", name="Save").click()
    anna.wait_for_url(f"**/incident/{incident.pk}/#head")
    anna.locator("#head h1", has_text="Another title").wait_for()
    anna.locator("#timeline").wait_for()


def test_after_an_error_the_field_that_is_wrong_has_the_focus(two):
    incident = IncidentFactory(severity="2")
    anna, _bo = two(f"/incident/{incident.pk}/")
    anna.get_by_role("link", name="Edit", exact=True).first.click()
    expect(anna.get_by_role("textbox", name="Title")).to_be_focused()
    anna.get_by_label("Lead").fill("no such person")
    anna.get_by_role("button", name="Save").click()
    wrong = anna.locator("#id_lead[aria-invalid=true]")
    expect(wrong).to_be_focused()
    expect(anna.locator("#id_lead_error")).to_contain_text("no such person")
    expect(wrong).to_have_attribute("aria-describedby", re.compile(r"\bid_lead_error$"))
    anna.add_script_tag(content=AXE.read_text("utf-8"))
    found = anna.evaluate("tags => axe.run({ runOnly: tags })", RULES)
    assert [rule["id"] for rule in found["violations"]] == []

    anna.goto(anna.url.split("/incident/")[0] + "/incident/declare/")
    expect(anna.get_by_label("Title")).to_be_focused()
    anna.get_by_label("Title").fill("The checkout is down")
    anna.get_by_label("Lead").fill("no such person")
    anna.get_by_role("button", name="Declare").click()
    expect(wrong).to_be_focused()


def test_everything_is_done_without_a_script(two):
    incident = IncidentFactory(summary="old")
    anna, _bo = two(f"/incident/{incident.pk}/", java_script_enabled=False)
    anna.get_by_role("link", name="Edit summary").click()
    anna.get_by_role("textbox", name="Summary").fill("new")
    anna.get_by_role("button", name="Save").click()
    anna.locator("#summary .rich", has_text="new").wait_for()
    anna.get_by_role("link", name="Add an entry").click()
    anna.get_by_role("textbox", name="What happened").fill("It rained")
    anna.get_by_label("When").fill("2026-03-02T00:15")
    anna.get_by_role("button", name="Save").click()
    anna.get_by_text("It rained").wait_for()
    anna.get_by_role("button", name="Take the lead").click()
    anna.locator(".facts", has_text="Anna").wait_for()
    anna.get_by_role("button", name="Close").click()
    anna.get_by_role("button", name="Reopen").wait_for()
    assert Incident.objects.get().is_closed()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(two, viewport, scheme):
    incident = IncidentFactory(
        report="Checkout returns 502", severity="1", summary="**Down**\n\n```\nlog\n```"
    )
    CommsChannelFactory(incident=incident)
    ActionFactory(incident=incident, due_date=timezone.now() - timedelta(days=1), priority="1")
    ActionFactory(incident=incident, done=True)
    for severity in ("2", "3", "4", None):
        IncidentFactory(severity=severity, end_time=timezone.now())
    IncidentFactory(report_only=True)
    IncidentFactory(start_time=timezone.now() - timedelta(days=40))
    TimelineEvent.objects.create(
        incident=incident, text="x", event_type="deploy", metadata={"build": "1" * 300}
    )
    TimelineEvent.objects.create(incident=incident, text="y", starred=True)
    page, _other = two("/", viewport=viewport, color_scheme=scheme)
    here = f"/incident/{incident.pk}/"
    base = page.url.rstrip("/")

    def check(what: str) -> None:
        found = page.evaluate(
            "(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )["violations"]
        told = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found]
        assert told == [], what

    for path in (
        "/", "/?q=checkout&sort=-duration", "/?q=nothing+like+it", here, f"{here}?kind=starred",
        "/actions/", "/incident/declare/", f"{here}edit/details/", f"{here}edit/summary/",
        f"{here}action/", f"{here}entry/", "/shortcuts/", "/incident/999999/",
    ):  # fmt: skip
        page.goto(base + path)
        page.evaluate(AXE.read_text())
        check(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(base + here)
    page.evaluate(AXE.read_text())
    page.get_by_role("link", name="Edit summary").click()
    page.get_by_role("textbox", name="Summary").fill("mine")
    Incident.objects.filter(pk=incident.pk).update(summary="theirs")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This was changed elsewhere").wait_for()
    page.get_by_role("button", name="Preview").click()
    page.locator(".preview p").wait_for()
    check("a conflict in place")
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/")
    page.evaluate(AXE.read_text())
    check("login")
