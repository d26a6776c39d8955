"""Reviews in a real browser: two people and Slack at the same time, and nothing is lost."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import expect

from response.core.models import Incident, Review, ReviewRevision, TimelineEvent
from response.core.reviews import writing
from tests.conftest import BROWSER_PATIENCE
from tests.factories import ActionFactory, IncidentFactory, PersonFactory
from tests.ui.test_browser import (  # noqa: F401 - a fixture
    AXE,
    DESK,
    PHONE,
    RULES,
    WORST_CONTRAST,
    log_in_at,
    two,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def suggest(incident, section):
    """A writing assistant that refers to the timeline."""
    return f"It **rained** ([entry]({incident['timeline'][0]['link']}))."


@pytest.fixture
def over():
    """A closed incident with its review, filled in."""
    now = timezone.now()
    incident = IncidentFactory(
        report="Checkout returns 502",
        severity="1",
        summary="**Nobody** could pay.",
        lead=PersonFactory(full_name="Lea Lead"),
        start_time=now - timedelta(hours=30),
        end_time=now - timedelta(hours=28),
    )
    ActionFactory(incident=incident, due_date=now - timedelta(days=1))
    TimelineEvent.objects.create(incident=incident, text="Rolled back build 9871", starred=True)
    writing.fill_in(writing.begin(incident))
    return incident


def edit(page, title="Contributing causes"):
    page.get_by_role("link", name=f"Edit: {title}").click()
    area = page.get_by_role("textbox", name=title)
    area.wait_for()
    return area


def text_of(key="causes"):
    return Review.objects.get().sections.get(key=key).text


def test_two_people_write_into_the_same_section_and_nothing_is_lost(two, over):  # noqa: F811
    anna, bo = two(f"/incident/{over.pk}/review/")
    areas = [edit(page) for page in (anna, bo)]
    areas[0].fill("Anna's words")
    anna.get_by_text("Saved", exact=True).wait_for()  # by itself
    areas[1].press_sequentially("Bo's words")
    bo.get_by_text("This section was changed elsewhere").wait_for()
    assert text_of() == "Anna's words"
    # Anna goes on; what Bo could not store does not stop her.
    areas[0].press("End")
    areas[0].press_sequentially(", and more")
    anna.get_by_role("button", name="Save").click()
    anna.locator("#section-causes .rich", has_text="and more").wait_for()
    expect(areas[1]).to_have_value("Bo's words")
    bo.get_by_role("button", name="Save").click()
    bo.get_by_text("This was changed elsewhere while you were writing").wait_for()
    expect(bo.locator(".conflict-text")).to_have_text("Anna's words, and more")
    bo.get_by_role("button", name="Put both together").click()
    bo.locator("textarea", has_text="Anna's words").wait_for()
    bo.get_by_role("button", name="Save mine").click()
    bo.locator("#section-causes .rich", has_text="Bo's words").wait_for()
    assert text_of() == "Anna's words, and more\n\nBo's words"
    # Anna sees it without doing anything, and the history has all of it.
    anna.locator("#section-causes .rich", has_text="Bo's words").wait_for()
    told = [(r.text, r.actor_name) for r in ReviewRevision.objects.filter(section__key="causes")]
    assert told[-1] == ("Anna's words, and more\n\nBo's words", "Bo")
    assert ("Anna's words, and more", "Anna") in told


def test_leaving_the_form_keeps_what_was_written(two, over):  # noqa: F811
    anna, _bo = two(f"/incident/{over.pk}/review/")
    area = edit(anna)
    area.press_sequentially("Quick")
    anna.get_by_role("link", name="Close").click()
    anna.locator("#section-causes .rich", has_text="Quick").wait_for()
    assert text_of() == "Quick"


@pytest.fixture
def log_in(browser):
    """``log_in(base, path, name)``: a page of a person who has just logged in."""
    contexts = []

    def logged_in(base: str, path: str, name: str):
        user = get_user_model().objects.create_user(name, password=name)
        PersonFactory(full_name=name.title(), display_name=name, owner=user)
        context = browser.new_context(viewport=DESK, locale="en-GB", timezone_id="Europe/London")
        context.set_default_timeout(BROWSER_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        log_in_at(page, base, path, name)
        return page

    yield logged_in
    for context in contexts:
        context.close()


def test_what_is_written_without_a_network_is_stored_when_there_is_one(
    log_in, live_server, settings, over
):
    settings.ROOT_URLCONF = "tests.urls_login"
    settings.LOGIN_URL = "login"
    anna = log_in(live_server.url, f"/incident/{over.pk}/review/", "anna")
    area = edit(anna)
    anna.context.set_offline(True)
    area.press_sequentially("Quick and slow")
    anna.get_by_text("the site cannot be reached").wait_for()
    anna.context.set_offline(False)
    anna.get_by_text("Saved", exact=True).wait_for()
    assert text_of() == "Quick and slow"


def test_everything_is_done_without_a_script(two, over):  # noqa: F811
    anna, _bo = two(f"/incident/{over.pk}/review/", java_script_enabled=False)
    edit(anna).fill("First")
    anna.get_by_role("button", name="Save").click()
    anna.locator("#section-causes .rich", has_text="First").wait_for()
    edit(anna).fill("Second")
    anna.get_by_role("button", name="Save").click()
    anna.get_by_role("link", name="History: Contributing causes").click()
    anna.wait_for_url("**/section/causes/history/")
    anna.get_by_role("link").filter(has=anna.locator("time")).nth(1).click()
    anna.get_by_role("button", name="Restore version 1").click()
    anna.locator("#section-causes .rich", has_text="First").wait_for()
    anna.get_by_role("button", name="Publish").click()
    anna.get_by_role("button", name="Back to draft").wait_for()
    anna.get_by_role("link", name="Reviews").click()
    anna.get_by_role("link", name="Checkout returns 502").wait_for()


def test_a_suggestion_stands_beside_the_text(two, over, settings):  # noqa: F811
    settings.RESPONSE_REVIEW_ASSISTANT = "tests.reviews.test_browser.suggest"
    anna, _bo = two(f"/incident/{over.pk}/review/")
    area = edit(anna)
    area.fill("Mine")
    anna.get_by_role("button", name="Suggest a text").click()
    anna.locator(".suggestion strong", has_text="rained").wait_for()
    expect(area).to_have_value("Mine")
    anna.get_by_role("button", name="Save").click()
    anna.locator("#section-causes .rich", has_text="Mine").wait_for()
    assert text_of() == "Mine"


def test_keys(two, over):  # noqa: F811
    anna, _bo = two(f"/incident/{over.pk}/")
    anna.keyboard.press("v")
    anna.wait_for_url("**/review/")
    anna.keyboard.press("e")
    anna.get_by_label("Owner").wait_for()
    anna.keyboard.press("Escape")
    anna.get_by_role("heading", name="Review:").wait_for()
    anna.keyboard.press("r")
    anna.wait_for_url("**/reviews/")


def test_on_paper_there_is_only_the_review(two, over):  # noqa: F811
    page, _bo = two(f"/incident/{over.pk}/review/")
    page.emulate_media(media="print", color_scheme="light")
    expect(page.get_by_role("link", name="Markdown")).to_be_hidden()
    expect(page.get_by_role("button", name="Publish")).to_be_hidden()
    expect(page.get_by_text("Rolled back build 9871")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(two, over, viewport, scheme, settings):  # noqa: F811
    settings.RESPONSE_REVIEW_ASSISTANT = "tests.reviews.test_browser.suggest"
    section = Review.objects.get().sections.get(key="causes")
    for text in ("First\nsame", "Second `code`\nsame\n\n" + "x" * 300):
        writing.write(section, text, {})
        section.refresh_from_db()
    other = IncidentFactory(end_time=timezone.now(), report="Another " * 12)
    writing.set_status(writing.begin(other), Review.PUBLISHED)
    bare = IncidentFactory(end_time=timezone.now())
    entry = TimelineEvent.objects.get(starred=True)
    entry.curate(text="Rolled back build 9872", starred=False)
    page, _bo = two("/", viewport=viewport, color_scheme=scheme)
    here = f"/incident/{over.pk}/review/"
    base = page.url.rstrip("/")

    def check(what: str) -> None:
        page.evaluate(AXE.read_text())
        found = page.evaluate(
            "(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )["violations"]
        told = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found]
        assert told == [], what
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
        contrast, where = page.evaluate(WORST_CONTRAST)
        assert contrast >= 4.5, (what, where)
        pictures = os.environ.get("RESPONSE_TEST_PICTURES")
        if pictures:
            name = f"{what.strip('/').replace('/', '-')}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=str(Path(pictures) / name), full_page=True)

    for path in (
        here, f"{here}section/causes/", f"{here}section/causes/history/", f"{here}edit/",
        "/reviews/", "/reviews/?state=overdue", "/reviews/?q=nothing+like+it",
        f"/incident/{bare.pk}/review/", f"/incident/{over.pk}/entry/{entry.pk}/was/",
        f"/incident/{over.pk}/", "/actions/", "/shortcuts/",
    ):  # fmt: skip
        page.goto(base + path)
        check(path)
    page.goto(base + here)
    area = edit(page)
    page.get_by_role("button", name="Suggest a text").click()
    page.locator(".suggestion strong", has_text="rained").wait_for()
    check("a suggestion")
    # Before anything is typed, which would be stored by itself.
    section.refresh_from_db()
    writing.write(section, "theirs", {})
    area.fill("mine")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This was changed elsewhere while").wait_for()
    check("a conflict")


def say(page, text):
    page.locator("#composer").fill(text)
    page.locator("#composer").press("Escape")
    page.locator("#composer").press("Enter")


def test_the_story_with_slack(slack, page, log_in, settings):
    """One closes it in Slack, two write the review on the web, and Slack goes on meanwhile."""
    settings.ROOT_URLCONF = "tests.urls_login"
    settings.LOGIN_URL = "login"
    settings.RESPONSE_REVIEW_CHANNEL_DAYS = 0
    incident, _channel = slack.incident_with_channel("Checkout fails")
    chat = page
    chat.goto(f"{slack.url}/sandbox/?as=bo")
    chat.locator("[data-channel^=inc-]").click()
    say(chat, "@incident summary Nobody could pay")
    expect(chat.locator(".reaction[data-reaction=white_check_mark]").first).to_be_visible()
    say(chat, "@incident close")
    slack.until(lambda: Incident.objects.get().is_closed(), "closed")
    slack.settle()
    [asked] = [text for text in slack.direct_messages("ada") if "write its review" in text]
    address = f"/incident/{incident.pk}/review/"
    assert f"{slack.url}{address}" in asked

    pages = [log_in(slack.url, address, name) for name in ("anna", "bo")]
    anna, bo = pages
    anna.get_by_role("button", name="Start the review").click()
    expect(anna.locator("#section-what-happened")).to_contain_text("Nobody could pay")
    bo.reload()

    areas = [edit(page) for page in pages]
    for area, words in zip(areas, ("From Anna", "From Bo"), strict=True):
        area.press_sequentially(words)
    # In Slack life goes on, and shows on the page without pulling anything away.
    say(chat, "@incident severity minor")
    anna.locator("#review-head", has_text="minor").wait_for()
    slack.until(lambda: text_of() in ("From Anna", "From Bo"), "one of the two stored")
    first = text_of()
    loser = bo if first == "From Anna" else anna
    loser.get_by_text("This section was changed elsewhere").wait_for()
    loser.get_by_role("button", name="Save").click()
    loser.get_by_role("button", name="Put both together").click()
    loser.locator("textarea", has_text=first).wait_for()
    loser.get_by_role("button", name="Save mine").click()
    loser.locator("#section-causes .rich", has_text=first).wait_for()
    assert sorted(text_of().split("\n\n")) == ["From Anna", "From Bo"]
    loser.get_by_role("button", name="Publish").click()
    loser.get_by_role("button", name="Back to draft").wait_for()
    assert Review.objects.get().is_published
