"""What a person is writing is not lost, in a real browser: whatever happens beside it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from response.core.models import Incident, TimelineEvent
from tests.conftest import BROWSER_PATIENCE
from tests.factories import ActionFactory, IncidentFactory, PersonFactory
from tests.ui.test_browser import DESK, log_in_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna(browser, live_server, settings):
    """``anna(path)``: her browser, logged in, on this page."""
    settings.ROOT_URLCONF = "tests.urls_login"
    settings.LOGIN_URL = "login"
    settings.LOGIN_REDIRECT_URL = "home"
    user = get_user_model().objects.create_user("anna", password="anna")
    PersonFactory(full_name="Anna", display_name="anna", owner=user)
    context = browser.new_context(viewport=DESK, timezone_id="Asia/Kolkata", locale="en-GB")
    context.set_default_timeout(BROWSER_PATIENCE)

    def opened(path: str) -> Page:
        page = context.new_page()
        log_in_at(page, live_server.url, path, "anna")
        return page

    yield opened
    context.close()


@pytest.fixture
def incident():
    """One with something to tick off and something to star."""
    incident = IncidentFactory(summary="What we knew")
    ActionFactory(incident=incident, details="Tell the shops")
    TimelineEvent.objects.create(incident=incident, text="It was DNS", event_type="text")
    return incident


FORMS = [
    ("Add an entry", "What happened", "#timeline .entry:has-text('It was DNS') >> text=Star"),
    ("Add an action", "What needs to be done", "#actions .tick"),
    ("Post an update", "What is known", "#subscribe"),
]


@pytest.mark.parametrize(("opens", "label", "button"), FORMS)
def test_a_button_beside_a_form_takes_no_words_away(anna, incident, opens, label, button):
    page = anna(f"/incident/{incident.pk}/")
    page.get_by_role("link", name=opens).click()
    text = page.get_by_label(label)
    text.fill("My words")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(button).first.click()
    # What the button did is shown, where it has the focus still.
    pressed = page.locator("[aria-pressed=true], [aria-checked=true], button:text('Unsubscribe')")
    expect(pressed).to_be_focused()
    expect(text).to_have_value("My words")
    page.locator("form[data-editing] button[type=submit]").click()
    expect(page.locator(".rich", has_text="My words").first).to_be_visible()
    expect(page.get_by_role("link", name=opens)).to_be_focused()


def test_another_form_does_not_take_the_place_of_one_that_was_written_in(anna, incident):
    page = anna(f"/incident/{incident.pk}/")
    page.get_by_role("link", name="Add an entry").click()
    text = page.get_by_label("What happened")
    text.wait_for()
    # As long as nothing was written, it may.
    other = page.locator(".entry", has_text="It was DNS").get_by_role("link", name="Edit")
    other.click()
    expect(text).to_have_value("It was DNS")
    text.fill("My words")
    page.get_by_role("link", name="Add an entry").click()
    expect(page.get_by_role("alert").get_by_text("Save or cancel this first.")).to_be_visible()
    expect(text).to_have_value("My words")
    expect(text).to_be_focused()


def test_escape_and_leaving_the_page_ask_first(anna, incident):
    page = anna(f"/incident/{incident.pk}/")
    link = page.get_by_role("link", name="Edit summary")
    text = page.get_by_role("textbox", name="Summary")
    link.click()
    expect(text).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_have_count(0)
    expect(link).to_be_focused()
    link.click()
    text.fill("My words")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Cancel")).to_be_focused()
    expect(text).to_have_value("My words")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Actions", exact=True).click()
    assert asked == ["beforeunload"]
    expect(text).to_have_value("My words")
    page.get_by_role("link", name="Cancel").focus()
    page.keyboard.press("Escape")
    expect(text).to_have_count(0)
    page.get_by_role("link", name="Actions", exact=True).click()
    page.wait_for_url("**/actions/")


def test_a_session_that_ends_while_a_person_writes(anna, incident):
    page = anna(f"/incident/{incident.pk}/")
    page.get_by_role("link", name="Edit summary").click()
    text = page.get_by_role("textbox", name="Summary")
    text.fill("My words")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    told = page.locator("form[data-editing] [role=alert]")
    expect(told).to_contain_text("you are no longer logged in")
    expect(text).to_have_value("My words")
    with page.context.expect_page() as opened:
        told.get_by_role("link", name="Log in in another tab").click()
    tab = opened.value
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password").fill("anna")
    tab.get_by_role("button", name="Log in").click()
    # It leads to the same page; with another login came another token for forms.
    tab.locator("#summary").wait_for()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#summary .rich")).to_have_text("My words")
    assert Incident.objects.get().summary == "My words"


def test_without_a_network_it_is_said_and_kept(anna, incident):
    page = anna(f"/incident/{incident.pk}/")
    page.get_by_role("link", name="Edit summary").click()
    text = page.get_by_role("textbox", name="Summary")
    text.fill("My words")
    page.context.set_offline(True)
    save = page.get_by_role("button", name="Save")
    save.click()
    expect(page.locator("form[data-editing] [role=alert]")).to_contain_text("no connection")
    expect(save).to_be_focused()
    # The page says so too when it cannot follow any more.
    stale = page.locator(".trouble-bar")
    expect(stale).to_contain_text("may be out of date")
    page.context.set_offline(False)
    expect(stale).to_be_hidden()
    save.click()
    expect(page.locator("#summary .rich")).to_have_text("My words")


def test_what_is_refused_is_said_and_kept(anna, incident, settings):
    page = anna(f"/incident/{incident.pk}/")
    page.get_by_role("link", name="Edit summary").click()
    text = page.get_by_role("textbox", name="Summary")
    text.fill("My words")
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    }
    page.get_by_role("button", name="Save").click()
    told = page.locator("form[data-editing] [role=alert]")
    expect(told).to_contain_text("your account may not do this")
    expect(text).to_have_value("My words")
    incident.delete()
    page.get_by_role("button", name="Save").click()
    expect(told).to_contain_text("no longer here")
    expect(text).to_have_value("My words")


def test_a_form_sent_twice_declares_one_incident(anna):
    page = anna("/incident/declare/")
    page.get_by_label("Title").fill("The checkout is down")
    button = page.get_by_role("button", name="Declare")
    with page.expect_navigation(url="**/incident/*/"):
        button.evaluate("button => { button.click(); button.click(); }")
    page.locator("#head").wait_for()
    assert Incident.objects.count() == 1
