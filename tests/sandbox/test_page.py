"""The sandbox's page in a browser: the welcome, channels, threads, keys, phones."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from slack_sdk import WebClient

from demo.sandbox import conversations, page_state, people
from demo.sandbox.models import Channel, Delivery, Message
from tests.held_answers import HeldAnswer

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def visit(slack, page):
    """Opens the page as a person; ``welcomed`` if they have been there before."""

    def open_page(user: str = "anna", *, welcomed: bool = True) -> Page:
        if welcomed:
            page.add_init_script("localStorage.setItem('sandbox-welcomed', 'yes')")
        page.goto(f"{slack.url}/sandbox/?as={user}")
        expect(page.locator("#channels button").first).to_be_attached()
        return page

    return open_page


@pytest.fixture
def api(slack, settings):
    return WebClient("xoxb-sandbox", base_url=settings.SLACK_API_URL)


def say(page: Page, text: str) -> None:
    page.locator("#composer").fill(text)
    page.locator("#composer").press("Escape")
    page.locator("#composer").press("Enter")


def test_the_first_visit_says_what_to_try(visit, settings):
    settings.SANDBOX_WELCOME = ["First `this`", "then *that*", "and the other"]
    page = visit(welcomed=False)
    lines = page.locator("#welcome li")
    expect(lines).to_have_text(["First this", "then that", "and the other"])
    page.get_by_role("button", name="Got it").click()
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.locator("#composer")).to_be_focused()
    page.reload()
    expect(page.locator("#messages .nothing")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()
    page.get_by_role("button", name="What to try").click()
    expect(lines).to_have_count(3)


def test_an_empty_channel_says_so(visit):
    page = visit()
    expect(page.locator("#messages")).to_have_text("Nothing has been said here yet.")
    say(page, "now there is")
    expect(page.locator("#messages .message")).to_have_count(1)
    expect(page.get_by_text("Nothing has been said here yet.")).to_have_count(0)


def test_without_settings_the_welcome_has_three_lines(visit):
    expect(visit(welcomed=False).locator("#welcome li")).to_have_count(3)


def test_a_private_channel_and_an_invitation(visit, slack):
    page = visit()
    page.get_by_role("button", name="Make a channel").click()
    page.get_by_label("Name").fill("No Spaces Please")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("lowercase letters, digits, - and _, and no spaces")).to_be_visible()
    page.get_by_role("button", name="Make a channel").click()
    page.get_by_label("Name").fill("war-room")
    page.get_by_label("Private").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#channel-name")).to_have_text("🔒 war-room")
    expect(page.locator("#channel-people")).to_have_text("👥 1")
    assert Channel.objects.get(name="war-room").is_private
    page.get_by_role("button", name="People").click()
    expect(page.get_by_role("dialog")).to_contain_text("Members: Anna")
    page.get_by_label("Invite", exact=True).select_option(label="incident (app)")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("@incident has joined the channel")).to_be_visible()
    slack.until(lambda: Delivery.objects.filter(kind="member_joined_channel").exists())
    expect(page.locator("#channel-people")).to_have_text("👥 2")
    page.get_by_role("button", name="People").click()
    expect(page.get_by_role("dialog")).to_contain_text("Members: Anna, incident")
    # Whoever leaves it, does not see it any more.
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#channel-menu > summary").click()
    page.get_by_role("button", name="Leave").click()
    expect(page.locator("[data-channel=war-room]")).to_have_count(0)
    expect(page.locator("#channel-name")).to_have_text("#incidents")


def test_a_thread_with_the_keyboard_alone(visit, slack):
    people.say("bo", "incidents", "one")
    people.say("bo", "incidents", "two")
    page = visit()
    expect(page.locator("#messages .message", has_text="two")).to_be_visible()
    page.locator("#messages").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#messages .message", has_text="two")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#messages .message", has_text="one")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#thread-composer")).to_be_focused()
    page.keyboard.type("an answer")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-messages .message")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()
    expect(page.locator("#messages .message", has_text="one")).to_be_focused()
    expect(page.locator(".replies")).to_have_text("1 reply")
    # The buttons of a message are reached from it, and only from it.
    page.keyboard.press("Tab")
    expect(page.get_by_text("1 reply")).to_be_focused()
    page.keyboard.press("Tab")
    expect(
        page.locator("#messages .message", has_text="one").locator(".tools :focus")
    ).to_have_count(1)
    assert Message.objects.get(text="an answer").thread_ts == Message.objects.get(text="one").ts


STATE = "**/state?*"


def test_a_thread_that_is_closed_gives_the_focus_to_its_message_though_that_changes(visit):
    people.say("bo", "incidents", "one")
    page = visit()
    one = page.locator("#messages .message", has_text="one")
    one.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#thread-composer")).to_be_focused()
    state = HeldAnswer(page, STATE)
    page.keyboard.type("an answer")
    page.keyboard.press("Enter")
    state.wait()
    page.keyboard.press("Escape")
    state.let_go()
    expect(page.locator("#thread")).to_be_hidden()
    expect(page.locator(".replies")).to_have_text("1 reply")
    expect(one).to_be_focused()


def test_an_older_state_is_not_shown_after_a_newer_one(visit):
    people.say("bo", "incidents", "one")
    page = visit()
    page.locator("#messages .message", has_text="one").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#thread-messages .message")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/state?" in request.url else 0)
    state = HeldAnswer(page, STATE)
    people.say("bo", "incidents", "two")
    state.wait()
    page.get_by_role("button", name="Close the thread").click()
    page.evaluate("0")
    assert len(asked) == 1
    state.let_go()
    expect(page.locator("#messages .message", has_text="two")).to_be_visible()
    expect(page.locator("#thread")).to_be_hidden()


def test_what_a_person_presses_stays_until_it_is_pressed(visit):
    people.create_channel("anna", "other")
    people.join("bo", "other")
    page = visit()
    expect(page.locator("#messages .nothing")).to_be_visible()
    page.locator("[data-channel=general]").hover()
    state = HeldAnswer(page, STATE)
    people.say("bo", "other", "something new")  # which shows in the list of channels
    state.wait()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: "/state?" in request.url):
        state.let_go()
    page.mouse.up()
    expect(page.locator("#channel-name")).to_have_text("#general")
    expect(page.locator("[data-channel=other] .dot")).to_be_visible()


def test_the_menu_of_a_channel_closes_with_escape(visit):
    page = visit()
    summary = page.locator("#channel-menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename")).to_be_visible()
    page.keyboard.press("Tab")
    # What others do does not take the focus away, on which the keys depend.
    people.say("bo", "incidents", "something new")
    expect(page.locator("#messages .message", has_text="something new")).to_be_visible()
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Rename")).to_be_hidden()
    expect(summary).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(slack, new_page, scheme):
    people.say("bo", "incidents", "a" * 300)
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    page.goto(f"{slack.url}/sandbox/?as=anna")
    # The first visit begins with what to try.
    expect(page.locator("#welcome")).to_be_visible()
    page.get_by_role("button", name="Got it").tap()
    expect(page.locator("#welcome")).to_be_hidden()
    for step, shown in (
        (None, "#messages"), ("#back", "#channels"), ("[data-channel=incidents]", "#messages"),
    ):  # fmt: skip
        if step:
            page.locator(step).tap()
        expect(page.locator(shown)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    row = page.locator(".message")
    expect(row).to_be_visible()
    expect(row.locator(".tools")).to_be_hidden()
    row.get_by_role("button", name="What to do with this message").tap()
    row.get_by_role("button", name="Reply in thread").tap()
    expect(page.locator("#thread")).to_be_visible()
    page.locator("#thread-composer").fill("from a phone")
    page.get_by_role("button", name="Reply", exact=True).tap()
    expect(page.locator("#thread-messages .message")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(int(part) for part in ground[4:-1].split(",")) < 3 * 128
    assert dark is (scheme == "dark")


def test_the_home_tab_and_shortcuts(visit, api, slack, settings):
    settings.SANDBOX_SHORTCUTS = [
        {"name": "Make it an incident", "type": "message", "callback_id": "from-message"},
        {"name": "Declare", "type": "global", "callback_id": "from-anywhere"},
    ]
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    view = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    api.views_publish(user_id=people.member("anna").id, view=view)
    message = people.say("bo", "incidents", "look at this")
    page = visit()
    row = page.locator(".message", has_text="look at this")
    row.focus()
    row.get_by_label("Make it an incident").click()
    page.locator("#channel-menu > summary").click()
    page.get_by_role("button", name="Declare").click()
    page.locator("#directs button").click()
    page.get_by_role("button", name="Home").click()
    page.locator("#home").get_by_role("button", name="Go").click()
    slack.until(
        lambda: (
            {"message_action", "shortcut", "app_home_opened", "block_actions"}
            <= set(Delivery.objects.values_list("kind", flat=True))
        )
    )
    sent = Delivery.objects.get(kind="message_action").payload
    assert (sent["callback_id"], sent["message_ts"]) == ("from-message", message.ts)


def test_an_app_without_a_home_says_so(visit):
    page = visit()
    page.locator("#directs button").click()
    page.get_by_role("button", name="Home").click()
    expect(page.locator("#home")).to_have_text("The app shows nothing here.")


def test_what_messages_carry(visit, api):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "inside"}}
    people.say("bo", "incidents", "", files=[{"id": "F0A", "file_access": "check_file_info"}])
    people.say("bo", "incidents", "", files=[{"id": "F0B", "mode": "tombstone"}])
    people.say(
        "bo", "incidents", "quoted", attachments=[{"text": "<b>old</b>", "blocks": [section]}]
    )
    api.bookmarks_add(channel_id="C0SANDBOX02", title="Runbook", type="link", link="https://x.test")
    page = visit()
    expect(page.get_by_text("A file of which only the id is told")).to_be_visible()
    expect(page.get_by_text("A file that was deleted")).to_be_visible()
    expect(page.locator(".attachment")).to_contain_text("<b>old</b>")
    expect(page.locator(".attachment")).to_contain_text("inside")
    expect(page.get_by_role("link", name="Runbook")).to_have_attribute("href", "https://x.test")


def test_a_form_that_the_app_changes_keeps_what_was_typed(visit, api):
    def field(name: str) -> dict:
        return {
            "type": "input", "block_id": name,
            "label": {"type": "plain_text", "text": name},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }  # fmt: skip

    view = {
        "type": "modal", "blocks": [field("First")],
        "title": {"type": "plain_text", "text": "T"},
        "submit": {"type": "plain_text", "text": "Send"},
    }  # fmt: skip
    page = visit()
    trigger = people.trigger(people.member("anna").id)
    opened = api.views_open(trigger_id=trigger, view=view)["view"]
    page.get_by_label("First").fill("typed")
    view["blocks"] = [field("First"), field("Second")]
    api.views_update(view_id=opened["id"], view=view)
    expect(page.get_by_label("Second")).to_be_visible()
    expect(page.get_by_label("First")).to_have_value("typed")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_archived_channels_are_folded_away(visit):
    people.create_channel("anna", "old")
    people.archive("anna", "old")
    page = visit()
    expect(page.locator("[data-channel=old]")).to_be_hidden()
    page.get_by_text("Archived (1)").click()
    page.locator("[data-channel=old]").click()
    expect(page.get_by_text("This channel is archived.")).to_be_visible()


def test_everything_of_the_example_app_says_so():
    from pathlib import Path

    source = Path("demo/runbooks/slack_handlers.py").read_text()
    for shown in ('Button("', 'helptext="', 'title="', "post_in_channel(\n", "post_to_thread("):
        for part in source.split(shown)[1:]:
            assert "xample" in part[:120], part[:120]


def test_what_changes_while_the_state_is_read_is_asked_for_again(slack, monkeypatch):
    class Busy:
        def count(self) -> int:
            conversations.changed()
            return 0

    monkeypatch.setattr(page_state, "sockets", Busy())
    state = page_state.workspace(people.member("anna").id)
    assert state["change"] < page_state.last_change()
