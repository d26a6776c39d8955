"""Every decorator and dispatcher, with the arguments and behaviour that they had."""

from __future__ import annotations

import pytest

from response.slack import decorators
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

pytestmark = pytest.mark.usefixtures("forget_handlers")


def _command(incident, user_id, message):
    """A command."""
    return True, None


def _event(incident, payload):
    """An event."""


def _action(context):
    """A button."""


def _dialog(user_id, channel_id, submission, response_url, state):
    """A form."""


def _keyword(comms_channel, user, keyword, text, ts):
    """A keyword."""


def _reminder(incident):
    """A reminder."""


def _headline(headline_post):
    """A button of the headline."""


@pytest.mark.parametrize(
    ("register", "fn"),
    [
        (lambda fn: incident_command(["one", "two"], helptext="Help")(fn), _command),
        (lambda fn: incident_command(commands=["one"], helptext="Help")(fn), _command),
        (lambda fn: incident_command(["one"], func=fn), _command),
        (lambda fn: incident_command(["one"], fn, "Help"), _command),
        (lambda fn: slack_event("reaction_added")(fn), _event),
        (lambda fn: slack_event(event="reaction_added")(fn), _event),
        (lambda fn: slack_event("reaction_added", func=fn), _event),
        (lambda fn: action_handler("press")(fn), _action),
        (lambda fn: action_handler(callback_id="press")(fn), _action),
        (lambda fn: action_handler("press", func=fn), _action),
        (lambda fn: keyword_handler(["one"])(fn), _keyword),
        (lambda fn: keyword_handler(keywords=["one"])(fn), _keyword),
        (lambda fn: keyword_handler(["one"], func=fn), _keyword),
        (lambda fn: headline_post_action(150)(fn), _headline),
        (lambda fn: headline_post_action(order=150)(fn), _headline),
        (lambda fn: headline_post_action()(fn), _headline),
        (lambda fn: headline_post_action(150, func=fn), _headline),
        (lambda fn: single_notification()(fn), _reminder),
        (lambda fn: single_notification(15)(fn), _reminder),
        (lambda fn: single_notification(initial_delay_mins=15)(fn), _reminder),
        (lambda fn: single_notification(15, func=fn), _reminder),
        (lambda fn: recurring_notification(30)(fn), _reminder),
        (lambda fn: recurring_notification(interval_mins=30, max_notifications=3)(fn), _reminder),
    ],
)
def test_decorators_take_what_they_took_and_return_the_function(register, fn):
    assert register(fn) is fn


def test_a_dialog_handler_may_be_registered_in_both_ways():
    from response.slack.decorators.dialog_handler import DIALOG_HANDLERS, remove_dialog_handler

    dialog_handler("form-1")(_dialog)
    dialog_handler(callback_id="form-2", func=_dialog)
    assert DIALOG_HANDLERS["form-1"] is _dialog
    assert DIALOG_HANDLERS["form-2"] is _dialog
    remove_dialog_handler("form-1")
    remove_dialog_handler("form-1")
    assert "form-1" not in DIALOG_HANDLERS


def test_registries_show_what_is_registered():
    from response.slack.decorators.action_handler import (
        SLACK_ACTION_MAPPINGS,
        remove_action_handler,
    )
    from response.slack.decorators.event_handler import EVENT_MAPPINGS
    from response.slack.decorators.headline_post_action import (
        SLACK_HEADLINE_POST_ACTION_MAPPINGS,
    )
    from response.slack.decorators.incident_command import (
        COMMAND_HELP,
        COMMAND_MAPPINGS,
        COMMAND_MAPPINGS_CUSTOM,
    )
    from response.slack.decorators.incident_notification import NOTIFICATION_HANDLERS
    from response.slack.decorators.keyword_handler import KEYWORD_HANDLERS

    incident_command(["runbook", "rb"], helptext="Find a runbook")(_command)
    slack_event("reaction_added")(_event)
    action_handler("press")(_action)
    keyword_handler(["status page", "statuspage"])(_keyword)
    headline_post_action(order=150)(_headline)
    recurring_notification(interval_mins=30, max_notifications=10)(_reminder)

    assert COMMAND_MAPPINGS_CUSTOM["rb"] is _command
    assert "rb" not in COMMAND_MAPPINGS
    assert "close" in COMMAND_MAPPINGS
    assert COMMAND_HELP["runbook, rb"] == "Find a runbook"
    assert _event in EVENT_MAPPINGS["reaction_added"]
    assert SLACK_ACTION_MAPPINGS["press"] is _action
    assert KEYWORD_HANDLERS["statuspage"] is _keyword
    assert _headline in SLACK_HEADLINE_POST_ACTION_MAPPINGS[150]
    handler = next(h for h in NOTIFICATION_HANDLERS if h.key == "_reminder")
    assert handler.callback is _reminder
    assert handler.interval_mins == 30
    assert str(handler) == "_reminder"

    remove_action_handler("press")
    remove_action_handler("press")
    assert "press" not in SLACK_ACTION_MAPPINGS


def test_help_and_commands_can_be_asked_for():
    from response.slack.decorators.incident_command import get_commands, get_help

    incident_command(["runbook", "rb"], helptext="Find a runbook")(_command)
    text = get_help()
    assert "runbook" in text
    assert "Find a runbook" in text
    assert "close" in text
    assert "close" in get_commands()


def test_an_action_context_is_made_from_its_parts():
    context = ActionContext("incident", "U1", {"ts": "1.0"}, "value", "trigger", "http://x")
    assert context.incident == "incident"
    assert context.user_id == "U1"
    assert context.message == {"ts": "1.0"}
    assert context.value == "value"
    assert context.trigger_id == "trigger"
    assert context.response_url == "http://x"


# Dispatchers


def test_events_reach_the_handlers_of_their_type(incident, channel):
    seen = []

    @slack_event("reaction_added")
    def one(incident, payload):
        seen.append(("one", incident.pk, payload["reaction"]))

    @slack_event("reaction_added")
    def two(incident, payload):
        seen.append(("two", incident.pk, payload["item"]["channel"]))

    event = {
        "type": "reaction_added",
        "user": "U1",
        "reaction": "eyes",
        "channel": channel.channel_id,
        "item": {"type": "message", "channel": channel.channel_id, "ts": "1.0"},
    }
    decorators.handle_event({"type": "event_callback", "event": event})
    assert sorted(seen) == [("one", incident.pk, "eyes"), ("two", incident.pk, channel.channel_id)]
    event["channel"] = event["item"]["channel"] = "C0ELSEWHERE"
    decorators.handle_event({"type": "event_callback", "event": event})
    assert len(seen) == 2


@pytest.mark.parametrize(
    "extra", [{"bot_id": "B1"}, {"subtype": "bot_message", "bot_id": "B1"}], ids=str
)
def test_messages_of_bots_reach_no_handler(incident, channel, extra):
    seen = []

    @slack_event("message")
    def listen(incident, payload):
        seen.append(payload["user"])

    @keyword_handler(["runbook"])
    def runbook(comms_channel, user, keyword, text, ts):
        seen.append(keyword)

    event = {
        "type": "message",
        "channel": channel.channel_id,
        "text": "runbook",
        "ts": "1.0",
        **extra,
    }
    decorators.handle_event({"type": "event_callback", "event": event})
    assert seen == []


def test_keywords(incident, channel):
    seen = []

    @keyword_handler(["runbook", "Status Page"])
    def found(comms_channel, user, keyword, text, ts):
        seen.append((comms_channel.pk, user, keyword, text, ts))

    payload = {"user": "U1", "text": "the STATUS page, please", "ts": "1.0"}
    decorators.handle_keywords(incident, payload)
    decorators.handle_keywords(incident, {"user": "U1", "text": "nothing", "ts": "1.0"})
    assert seen == [(channel.pk, "U1", "Status Page", "the STATUS page, please", "1.0")]


def test_buttons(incident, channel):
    pressed = []
    action_handler("press")(pressed.append)
    payload = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "channel": {"id": channel.channel_id},
        "message": {"ts": "1.0", "blocks": []},
        "trigger_id": "trigger",
        "response_url": "http://localhost/x",
        "actions": [{"type": "button", "action_id": "press", "value": "7"}],
    }
    decorators.handle_action(payload)
    elsewhere = {
        **payload,
        "channel": {"id": "C0ELSEWHERE"},
        "actions": [{"type": "button", "action_id": "press", "value": str(incident.pk)}],
    }
    decorators.handle_action(elsewhere)
    chosen = {
        "type": "static_select",
        "action_id": "press",
        "selected_option": {"text": {"type": "plain_text", "text": "Two"}, "value": "2"},
    }
    decorators.handle_action({**payload, "actions": [chosen]})
    assert [(c.incident.pk, c.value) for c in pressed] == [
        (incident.pk, "7"),
        (incident.pk, str(incident.pk)),
        (incident.pk, "2"),
    ]
    assert pressed[0].trigger_id == "trigger"
    assert pressed[0].message["ts"] == "1.0"


def test_presses_and_forms_can_be_left_for_after_the_response():
    assert callable(decorators.handle_action.after_response)
    assert callable(decorators.handle_dialog.after_response)


def test_forms(incident):
    sent = []

    @dialog_handler("my-form")
    def handle(user_id, channel_id, submission, response_url, state):
        sent.append((user_id, channel_id, submission, response_url, state))

    payload = {
        "type": "dialog_submission",
        "callback_id": "my-form",
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "submission": {"name": "x", "story": None},
        "response_url": "http://localhost/x",
        "state": "7",
    }
    decorators.handle_dialog(payload)
    assert sent == [("U1", "C1", {"name": "x", "story": None}, "http://localhost/x", "7")]


def test_commands(incident, channel, mock_slack, deliver):
    called = []

    @incident_command(["runbook", "rb"], helptext="Find a runbook")
    def runbook(incident, user_id, message):
        called.append((incident.pk, user_id, message))
        return True, "Here it is"

    decorators.handle_incident_command("rb", "checkout", "1.0", channel.channel_id, "U1")
    assert called == [(incident.pk, "U1", "checkout")]
    deliver()
    mock_slack.add_reaction.assert_called_with("white_check_mark", channel.channel_id, "1.0")
    mock_slack.send_message.assert_called_with(channel.channel_id, "Here it is")


def test_a_command_that_there_is_not(incident, channel, mock_slack, deliver):
    decorators.handle_incident_command("nonsense", "", "1.0", channel.channel_id, "U1")
    deliver()
    mock_slack.add_reaction.assert_called_with("question", channel.channel_id, "1.0")
    assert mock_slack.send_ephemeral_message.call_args[0][:2] == (channel.channel_id, "U1")


def test_a_projects_command_takes_the_place_of_a_built_in_one(incident, channel, mock_slack):
    @incident_command(["close"], helptext="Asks first")
    def close(incident, user_id, message):
        return False, None

    decorators.handle_incident_command("close", "", "1.0", channel.channel_id, "U1")
    incident.refresh_from_db()
    assert not incident.is_closed()


def test_a_projects_reminder_takes_the_place_of_a_built_in_one():
    from response.slack.decorators.incident_notification import NOTIFICATION_HANDLERS

    @recurring_notification(interval_mins=60, max_notifications=2)
    def remind_severity(incident):
        """The project's own."""

    last = [h for h in NOTIFICATION_HANDLERS if h.key == "remind_severity"][-1]
    assert last.callback is remind_severity


def test_reminders_are_sent_when_they_are_due(incident, channel, minutes_pass):
    sent = []

    @single_notification(initial_delay_mins=15)
    def once(incident):
        sent.append("once")

    @recurring_notification(interval_mins=30, max_notifications=2)
    def often(incident):
        sent.append("often")

    decorators.handle_notifications()
    assert sent == []
    minutes_pass(16)
    decorators.handle_notifications()
    assert sent == ["once"]
    minutes_pass(15)
    decorators.handle_notifications()
    assert sent == ["once", "often"]
    for _again in range(3):
        minutes_pass(31)
        decorators.handle_notifications()
    assert sent == ["once", "often", "often"]
