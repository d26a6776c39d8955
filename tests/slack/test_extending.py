"""Every decorator, with handlers as a project writes them, through the signed endpoints."""

from __future__ import annotations

import importlib
import json
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from response.core.models import Incident
from response.slack.decorators import (
    ActionContext,
    action_handler,
    dialog_handler,
    headline_post_action,
    incident_command,
    keyword_handler,
    recurring_notification,
    single_notification,
    slack_event,
)
from response.slack.decorators.event_handler import events
from response.slack.decorators.form_error import FormError
from response.slack.decorators.incident_notification import reminders as registered_reminders
from response.slack.features import reminders
from response.slack.models import CommsChannel, InboxRequest
from response.slack.models.comms_channel import CommsChannelManager
from response.slack.render.block_kit import Actions, Button, Message
from response.slack.render.dialog_builder import (
    Dialog,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.web_api.client import SlackClient


def test_a_command(slack):
    incident, channel = slack.incident_with_channel()
    calls = []

    @incident_command(["runbook", "rb"], helptext="Shows the runbook")
    def runbook(incident, user_id, message):
        calls.append((incident.pk, user_id, message))
        return bool(message), f"https://runbooks.example.com/{message}" if message else None

    good = slack.tell_bot("bo", channel, "RB checkout\n  and more")
    bad = slack.tell_bot("bo", channel, "runbook")
    assert calls == [
        (incident.pk, "U0SANDBOX02", "checkout\n  and more"),
        (incident.pk, "U0SANDBOX02", ""),
    ]
    assert slack.reactions(good) == ["white_check_mark"]
    assert slack.reactions(bad) == ["question"]
    assert slack.messages(channel)[-1].text.startswith("https://runbooks.example.com/checkout")
    slack.tell_bot("bo", channel, "help")
    assert "`runbook | rb` Shows the runbook" in slack.messages(channel)[-1].text


def test_a_projects_command_comes_before_the_built_in_one(slack):
    incident, channel = slack.incident_with_channel()

    @incident_command(["close"], helptext="Asks first")
    def close(incident, user_id, message):
        return False, "Ask the lead first."

    slack.tell_bot("bo", channel, "close")
    incident.refresh_from_db()
    assert not incident.is_closed()
    assert slack.messages(channel)[-1].text == "Ask the lead first."


def test_a_command_that_returns_something_else_is_named(slack):
    _incident, channel = slack.incident_with_channel()

    @incident_command(["odd"], helptext="Odd")
    def odd(incident, user_id, message):
        return "just text"

    slack.people.say("bo", channel, "@incident odd")
    request = slack.until(
        lambda: InboxRequest.objects.filter(error__contains="(handled, r").first()
    )
    assert "test_extending.py" in request.error


def test_an_event(slack):
    incident, channel = slack.incident_with_channel()
    seen = []

    @slack_event("reaction_added")
    def one(incident, event):
        seen.append(("one", incident.pk, event["reaction"]))

    @slack_event("reaction_added")
    def two(incident, event):
        seen.append(("two", incident.pk, event["item"]["channel"]))

    slack.people.react("bo", slack.messages(channel)[0], "eyes")
    slack.settle()
    assert seen == [("one", incident.pk, "eyes"), ("two", incident.pk, channel)]


def test_a_button_in_the_headline(slack):
    contexts = []

    @headline_post_action(order=150)
    def page_button(headline_post):
        return Button("Page", "page-button", value=str(headline_post.incident.pk))

    @headline_post_action(order=160)
    def nothing(headline_post):
        return None

    @headline_post_action(order=170)
    def broken(headline_post):
        raise RuntimeError("broken action")

    @action_handler("page-button")
    def page(context: ActionContext):
        contexts.append(context)

    incident = slack.declare("Down")
    headline = slack.headline(incident)
    ids = [e["action_id"] for e in headline.blocks[-1]["elements"]]
    assert ids == [
        "create-comms-channel-button",
        "page-button",
        "edit-incident-button",
        "post-update-button",
        "subscribe-button",
        "close-incident-button",
    ]
    slack.people.press("dana", headline, "page-button")
    slack.settle()
    [context] = contexts
    assert context.incident == incident
    assert (context.user_id, context.value) == ("W0SANDBOX04", str(incident.pk))
    assert context.message["ts"] == headline.ts
    assert context.trigger_id
    assert context.response_url


def test_a_button_in_the_channel_finds_its_incident_by_the_channel(slack):
    incident, channel = slack.incident_with_channel()
    slack.declare("Another")
    pressed = []

    @action_handler("here-button")
    def here(context):
        pressed.append((context.incident.pk, context.value))

    message = Message()
    message.set_fallback_text("Press it")
    message.add_block(Actions(elements=[Button("Here", "here-button", value="not a number")]))
    message.send(channel)
    slack.people.press("bo", slack.messages(channel)[-1], "here-button")
    slack.settle()
    assert pressed == [(incident.pk, "not a number")]


def open_form(slack, dialog, opens_form=False):
    """A form opened as 0.5.1's handlers did it: from a button, after the ack."""
    incident, channel = slack.incident_with_channel()

    @action_handler("open-it", opens_form=opens_form)
    def opener(context):
        dialog.send_open_dialog("project-form", context.trigger_id)

    Message([Actions(elements=[Button("Open", "open-it")])], "Open").send(channel)
    slack.people.join("chidi", channel)
    slack.people.press("chidi", slack.messages(channel)[-1], "open-it")
    view = slack.until(lambda: slack.people.open_view("chidi"))
    return incident, channel, view


@pytest.mark.parametrize("opens_form", [True, False])
def test_a_form_with_every_element(slack, opens_form):
    sent = []

    @dialog_handler("project-form")
    def handler(user_id, channel_id, submission, response_url, state):
        sent.append((user_id, channel_id, submission, state))

    dialog = Dialog(
        title="A title that is far too long for Slack",
        submit_label="Send",
        state="my state",
        elements=[
            Text(label="Name", name="name", hint="A hint", placeholder="Who?", value="Ada"),
            Text(label="Mail", name="mail", subtype="email", optional=True),
            TextArea(label="Story", name="story", optional=True),
            SelectWithOptions([("Red", "r"), ("Green", "g")], label="Colour", name="colour",
                              value="g"),
            SelectFromUsers(label="Who", name="who", optional=True),
        ],
    )  # fmt: skip
    _incident, channel, view = open_form(slack, dialog, opens_form)
    blocks = {b["block_id"]: b for b in view.view["blocks"]}
    assert blocks["name"]["hint"]["text"] == "A hint"
    assert blocks["name"]["element"]["initial_value"] == "Ada"
    assert blocks["colour"]["element"]["initial_option"]["value"] == "g"
    assert blocks["mail"]["optional"] is True
    assert slack.people.submit("chidi", view, {"story": "a\nb", "who": "U0SANDBOX01"}).ok
    slack.settle()
    assert sent == [
        (
            "U0SANDBOX03",
            channel,
            {"name": "Ada", "mail": None, "story": "a\nb", "colour": "g", "who": "U0SANDBOX01"},
            "my state",
        )
    ]


def test_a_form_opens_while_a_slow_handler_of_the_channel_runs(slack):
    """Without ``opens_form``, as handlers of 0.5.1's time are written."""
    _incident, channel = slack.incident_with_channel()
    slow_is_over = threading.Event()

    @incident_command(["slow"], helptext="Takes its time")
    def slow(incident, user_id, message):
        assert slow_is_over.wait(90)
        return True, None

    @action_handler("slow-button")
    def slow_button(context):
        assert slow_is_over.wait(90)

    @action_handler("open-it")
    def opener(context):
        form = Dialog("Form", "Send", [Text(label="Name", name="name")])
        form.send_open_dialog("project-form", context.trigger_id)

    buttons = [Button("Open", "open-it"), Button("Slow", "slow-button")]
    Message([Actions(elements=buttons)], "Open").send(channel)
    message = slack.messages(channel)[-1]
    slack.people.join("chidi", channel)
    try:
        for _number in range(4):
            slack.people.say("bo", channel, "@incident slow")
            slack.people.press("bo", message, "slow-button")
        slack.people.press("chidi", message, "open-it")
        assert slack.until(lambda: slack.people.open_view("chidi"))
    finally:
        slow_is_over.set()
    slack.settle()
    assert not InboxRequest.objects.filter(status=InboxRequest.FAILED).exists()


def test_a_form_can_be_refused(slack):
    tried = []

    @dialog_handler("project-form")
    def handler(user_id, channel_id, submission, response_url, state):
        tried.append(submission["name"])
        if submission["name"] == "wrong":
            raise FormError({"name": "Not that one.", "elsewhere": "And this."})

    dialog = Dialog("Form", "Send", [Text(label="Name", name="name")])
    _incident, _channel, view = open_form(slack, dialog)
    result = slack.people.submit("chidi", view, {"name": "wrong"})
    assert result.errors == {"name": "Not that one. And this."}
    assert slack.people.submit("chidi", view, {"name": "right"}).ok
    slack.settle()
    assert tried == ["wrong", "right"]


def test_a_dialog_of_the_old_kind(slack):
    sent = []

    @dialog_handler("incident.report.legacy")
    def handler(user_id, channel_id, submission, response_url, state):
        sent.append((user_id, channel_id, submission, state))
        if not submission["impact"]:
            raise FormError({"impact": "Say it."})

    payload = {
        "type": "dialog_submission",
        "callback_id": "incident.report.legacy",
        "user": {"id": "U0SANDBOX01", "name": "ada"},
        "channel": {"id": "C0SANDBOX02"},
        "submission": {"title": "Down", "impact": None},
        "state": "draft",
        "action_ts": "1.1",
        "response_url": "",
    }
    status, body = slack.post_interaction(payload)
    assert status == 200
    assert json.loads(body) == {"errors": [{"name": "impact", "error": "Say it."}]}
    payload["submission"]["impact"] = "All"
    assert slack.post_interaction(payload) == (200, "")
    assert sent[-1] == (
        "U0SANDBOX01",
        "C0SANDBOX02",
        {"title": "Down", "impact": "All"},
        "draft",
    )


def test_keywords(slack):
    incident, channel = slack.incident_with_channel()
    found = []

    @keyword_handler(["runbook", "Run Book"])
    def runbook(comms_channel, user, keyword, text, ts):
        found.append((comms_channel.incident_id, user, keyword, text))
        comms_channel.post_in_channel("Did somebody say runbook?")

    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "is there a RUN BOOK for <this>?")
    slack.people.say("bo", channel, "nothing here")
    slack.settle()
    slack.people.edit(message, "is there a runbook?")
    slack.settle()
    assert found == [
        (incident.pk, "U0SANDBOX02", "Run Book", "is there a RUN BOOK for &lt;this&gt;?")
    ]


def test_what_bots_write_is_for_handlers_that_ask_for_it(slack):
    _incident, channel = slack.incident_with_channel()
    heard = []

    @slack_event("message")
    def people_only(incident, event):
        heard.append(("people", event["user"], event["text"]))

    @slack_event("message", from_bots=True)
    def everyone(incident, event):
        heard.append(("all", event.get("bot_id"), event["text"]))

    @keyword_handler(["runbook"])
    def keyword_of_people(comms_channel, user, keyword, text, ts):
        heard.append(("keyword of people", user))

    @keyword_handler(["runbook"], from_bots=True)
    def keyword_of_all(comms_channel, user, keyword, text, ts):
        heard.append(("keyword of all", user))

    bot = {"type": "message", "channel": channel, "text": "runbook", "bot_id": "B0OTHER"}
    slack.post_event({**bot, "ts": "1700000000.000100", "subtype": "bot_message"})
    slack.post_event({**bot, "ts": "1700000000.000200", "user": "U0OTHERBOT"})
    slack.settle()
    assert sorted(heard, key=str) == sorted(
        [
            ("all", "B0OTHER", "runbook"),
            ("keyword of all", ""),
            ("all", "B0OTHER", "runbook"),
            ("keyword of all", "U0OTHERBOT"),
        ],
        key=str,
    )
    heard.clear()
    slack.people.say("bo", channel, "runbook")
    slack.settle()
    assert ("people", "U0SANDBOX02", "runbook") in heard
    assert ("keyword of people", "U0SANDBOX02") in heard


@pytest.mark.parametrize(
    "names", [(), ("comms_channel",), ("comms_channel", "user", "text", "ts"), ("text", "ts")]
)
def test_a_keyword_handler_may_leave_out_what_it_does_not_need(slack, names):
    _incident, channel = slack.incident_with_channel()
    heard = []
    arguments = ", ".join(names)
    given = ", ".join(f"{name}={name}" for name in names)
    handler = eval(f"lambda {arguments}: heard.append(dict({given}))", {"heard": heard})
    keyword_handler(["runbook"])(handler)
    slack.people.say("bo", channel, "a runbook")
    slack.settle()
    [values] = heard
    assert set(values) == set(names)
    if "text" in names:
        assert values["text"] == "a runbook"
    if "comms_channel" in names:
        assert values["comms_channel"].channel_id == channel


def test_a_project_that_makes_channels_its_own_way(slack, monkeypatch):
    incident = slack.declare("Down")
    made = []

    def create_our_way(self, incident):
        made.append(incident.pk)
        channel_id = SlackClient().create_channel("ours")
        return self.create(incident=incident, channel_id=channel_id, channel_name="ours")

    monkeypatch.setattr(CommsChannelManager, "create_comms_channel", create_our_way)
    assert slack.channel(slack.open_channel(incident)).name == "ours"
    assert made == [incident.pk]
    assert incident.comms_channel().channel_id in slack.shown(slack.headline(incident))


def test_a_channel_that_is_made_at_once(slack):
    incident = slack.declare("Down")
    channel = CommsChannel.objects.create_comms_channel(incident)
    assert channel == CommsChannel.objects.create_comms_channel(incident)
    assert slack.channel(channel.channel_id).name == channel.channel_name
    private = slack.declare("Quiet")
    Incident.objects.filter(pk=private.pk).update(private=True)
    private.refresh_from_db()
    assert slack.channel(CommsChannel.objects.create_comms_channel(private).channel_id).is_private


def test_questions_that_0_5_1_asked_can_still_be_answered(slack):
    incident, channel = slack.incident_with_channel()
    proposed = {
        "type": "section",
        "block_id": "proposed",
        "text": {"type": "mrkdwn", "text": "*Or is it this?*\nAll of &lt;them&gt;\nand more"},
        "accessory": {
            "type": "button",
            "action_id": "set-new-impact-action",
            "text": {"type": "plain_text", "text": "Yes"},
            "value": str(incident.pk),
        },
    }
    change = {**proposed, "block_id": "update"}
    change["accessory"] = {**proposed["accessory"], "action_id": "update-current-summary-action"}
    SlackClient().send_or_update_message_block(channel, [change, proposed], "A question")
    question = slack.messages(channel)[-1]
    slack.people.join("bo", channel)
    slack.people.press("bo", question, "set-new-impact-action")
    slack.settle()
    incident.refresh_from_db()
    assert incident.impact == "All of <them>\nand more"
    slack.people.press("bo", question, "update-current-summary-action")
    view = slack.until(lambda: slack.people.open_view("bo"))
    assert slack.people.submit("bo", view, {"summary": "It burns"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "It burns"


# Registrations that cannot work


def too_few(incident):
    """A handler with too few arguments."""


def fine(incident, user_id, message):
    """A command."""
    return True, None


@pytest.mark.parametrize(
    ("register", "problem"),
    [
        (lambda: incident_command(["two words"])(fine), "white space"),
        (lambda: incident_command([])(fine), "at least one name"),
        (lambda: incident_command([""])(fine), "non-empty"),
        (lambda: incident_command(["x" * 51])(fine), "51 characters"),
        (lambda: incident_command(["x"])(too_few), "incident, user_id, message"),
        (lambda: slack_event("message")(too_few), "incident, event"),
        (lambda: action_handler("x" * 256)(too_few), "256 characters"),
        (lambda: action_handler("x")(fine), "fine\\(context\\)"),
        (lambda: dialog_handler("x")(fine), "submission"),
        (lambda: keyword_handler([])(lambda text: None), "at least one keyword"),
        (lambda: keyword_handler(["x"])(fine), "comms_channel"),
        (lambda: headline_post_action(order="first")(too_few), "must be a number"),
        (lambda: recurring_notification(interval_mins=-1)(too_few), "number of minutes"),
        (lambda: recurring_notification(1, max_notifications="x")(too_few), "whole number"),
        (lambda: single_notification(1)(fine), "fine\\(incident\\)"),
    ],
)
def test_a_registration_that_cannot_work_is_an_error(handlers, register, problem):
    with pytest.raises(ImproperlyConfigured, match=problem) as raised:
        register()
    assert "test_extending.py" in str(raised.value)


def test_two_reminders_of_one_name_are_an_error(handlers):
    def make(module):
        def remind_me(incident):
            """Reminds."""

        remind_me.__module__ = module
        return remind_me

    single_notification(5)(make("app_one.slack_handlers"))
    with pytest.raises(ImproperlyConfigured, match="rename one of the two"):
        single_notification(5)(make("app_two.slack_handlers"))


def test_a_reminder_may_have_the_name_of_a_built_in_one(handlers):
    def remind_severity(incident):
        """Reminds."""

    remind_severity.__module__ = "app_one.slack_handlers"
    single_notification(5)(remind_severity)
    assert [r.fn for r in registered_reminders if r.key == "remind_severity"] == [remind_severity]


def test_a_reminders_name_fits_its_column(handlers):
    def remind(incident):
        """Reminds."""

    remind.__name__ = "r" * 101
    with pytest.raises(ImproperlyConfigured, match="101 characters"):
        single_notification(5)(remind)


def test_decorators_return_the_function(handlers):
    assert incident_command(["x"])(fine) is fine
    assert single_notification(5)(too_few) is too_few


# Reminders


def test_reminders_of_a_project(slack):
    incident, channel = slack.incident_with_channel()
    incident.severity, incident.lead = "1", incident.reporter
    incident.save()
    fail = [True]

    @single_notification(initial_delay_mins=15)
    def once(incident):
        incident.comms_channel().post_in_channel("once")

    @recurring_notification(interval_mins=30, max_notifications=2)
    def often(incident):
        incident.comms_channel().post_in_channel("often")

    @single_notification(initial_delay_mins=15)
    def failing(incident):
        if fail[0]:
            raise RuntimeError("no reminder today")
        incident.comms_channel().post_in_channel("late")

    declared = incident.report_time

    def sent_after(minutes):
        before = len(slack.messages(channel))
        reminders.send_due(declared + timedelta(minutes=minutes))
        slack.settle()
        said = [m.text for m in slack.messages(channel)[before:]]
        return [text for text in said if not text.startswith("✏️")]  # news of the test's own changes

    assert sent_after(14) == []
    assert sent_after(16) == ["once"]
    fail[0] = False
    assert sent_after(17) == ["late"]
    assert sent_after(31) == ["often"]
    assert sent_after(40) == []
    assert sent_after(62) == ["often"]
    assert sent_after(600) == []


def test_every_handler_counts_also_if_they_share_a_name(slack):
    _incident, channel = slack.incident_with_channel()
    heard = []

    def listen_for(word):
        @keyword_handler([word])
        def handler(comms_channel, user, keyword, text, ts):
            heard.append(keyword)

    listen_for("zebra")
    listen_for("lion")

    @keyword_handler(["red"])
    @keyword_handler(["blue"])
    def colours(comms_channel, user, keyword, text, ts):
        heard.append(keyword)

    slack.people.say("bo", channel, "a red lion and a blue zebra")
    slack.settle()
    assert heard == ["zebra", "lion", "blue", "red"]


def test_a_module_that_is_imported_again_replaces_its_handlers(handlers):
    from response.slack.handlers import events as module

    before = len(list(events))
    importlib.reload(module)
    assert len(list(events)) == before


def test_forms_are_opened_by_the_projects_own_client(slack, settings):
    called = []

    class OwnClient:
        """As little as a client of 0.5.1's time had to have."""

        def api_call(self, method, **arguments):
            called.append(method)
            return SlackClient().api_call(method, **arguments)

    class Ours(SlackClient):
        def open_view(self, trigger_id, view):
            called.append("open_view")
            return super().open_view(trigger_id, view)

    for client, way in ((OwnClient(), "views.open"), (Ours(), "open_view")):
        settings.SLACK_CLIENT = client
        slack.people.command("ada", "general", "/incident Down")
        assert way in called
        slack.people.close_view("ada", slack.people.open_view("ada"))
