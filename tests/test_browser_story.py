"""The whole story in a real browser: two people, two tabs, from the command to the document."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from response.core.models import Incident

pytestmark = pytest.mark.browser


def say(page: Page, text: str) -> None:
    page.locator("#composer").fill(text)
    page.locator("#composer").press("Escape")
    page.locator("#composer").press("Enter")


def submit(page: Page) -> None:
    page.locator("[role=dialog] button[type=submit]").click()


def test_the_story(slack, page, new_page, settings):
    settings.RESPONSE_LOGIN_REQUIRED = False
    settings.SITE_URL = slack.url
    page.goto(f"{slack.url}/sandbox/?as=ada")
    page.locator("[data-channel=incidents]").click()

    # Declaring: the title is filled in, and a bad one is an error on its field.
    say(page, "/incident Checkout <b>fails</b> & burns")
    title = page.locator("[data-block-id=report] input")
    expect(title).to_have_value("Checkout <b>fails</b> & burns")
    title.fill("   ")
    submit(page)
    expect(page.locator("[data-block-id=report] .error")).to_have_text(
        "Say in a few words what is wrong."
    )
    title.fill("Checkout <b>fails</b> & burns")
    page.locator("[data-block-id=summary] textarea").fill("First line\n**second** line :fire:")
    page.locator("[data-block-id=severity] select").select_option("2")
    submit(page)
    expect(page.locator("[role=dialog]")).to_have_count(0)
    expect(page.get_by_text("Only visible to you")).to_be_visible()

    # The headline, and the channel that its button makes.
    headline = page.locator(".message:has([data-action-id=edit-incident-button])")
    expect(headline.locator(".block-header")).to_contain_text("Checkout <b>fails</b> & burns")
    expect(headline).to_contain_text("major")
    headline.locator("[data-action-id=create-comms-channel-button]").click()
    link = page.locator("[data-channel^=inc-]")
    expect(link).to_be_visible()
    expect(headline.locator("[data-action-id=create-comms-channel-button]")).to_have_count(0)

    # Another person, in another tab, sees it without reloading and joins.
    other = new_page()
    other.goto(f"{slack.url}/sandbox/?as=bo")
    other.locator("[data-channel^=inc-]").click()
    other.get_by_role("button", name="Join #inc-").click()
    say(other, "@incident lead @chidi")
    expect(other.locator(".reaction[data-reaction=white_check_mark]")).to_be_visible()
    link.click()
    expect(page.locator(".reaction[data-reaction=white_check_mark]")).to_be_visible()

    # Pins make the timeline.
    say(other, "Rolled back build 9871")
    message = page.locator(".message", has_text="Rolled back build 9871")
    message.focus()  # which stays, where a pointer is left behind by what is said meanwhile
    message.get_by_label("Pin", exact=True).click()
    expect(message.locator(".pinned")).to_be_visible()

    # A hint for a wrong command, to its author alone.
    say(other, "@incident sverity minor")
    expect(other.get_by_text("Did you mean severity?")).to_be_visible()
    say(other, "Who can see that?")
    expect(page.get_by_text("Who can see that?")).to_be_visible()
    expect(page.get_by_text("Did you mean severity?")).to_have_count(0)

    # Closing asks first.
    page.locator("[data-channel=incidents]").click()
    headline.locator("[data-action-id=close-incident-button]").click()
    expect(page.get_by_role("dialog")).to_contain_text("Close this incident?")
    page.get_by_role("button", name="Close it").click()
    closed = page.locator(".message:has([data-action-id=reopen-incident-button])")
    expect(closed).to_be_visible()
    expect(closed.locator("[data-action-id=edit-incident-button]")).to_have_count(0)
    slack.settle()

    # The record.
    incident = Incident.objects.get()
    page.goto(f"{slack.url}/")
    page.get_by_role("link", name="Checkout <b>fails</b> & burns").click()
    expect(page).to_have_url(f"{slack.url}/incident/{incident.pk}/")
    for fact in ("Chidi Okafor", "major", "Resolved", "Rolled back build 9871", "second line 🔥"):
        expect(page.locator("main")).to_contain_text(fact)
