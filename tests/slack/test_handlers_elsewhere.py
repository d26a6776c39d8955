"""Handlers that only some of the project's processes have."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.signals import request_started
from django.utils import timezone

from response.models import (
    InboxRequest,
    KnownHandler,
    Notification,
    OutboxMessage,
    OutboxQueue,
)
from response.slack.block_kit import Actions, Button, Message
from response.slack.decorators import (
    action_handler,
    dialog_handler,
    headline_post_action,
    incident_command,
    keyword_handler,
    recurring_notification,
    slack_event,
)
from response.slack.dialog_builder import Dialog, Text
from response.slack.features import known_handlers, reminders
from response.slack.inbound import inbox
from response.worker import sending, tick, web_process
from response.worker.web_process import own_handlers
from tests.slack_for_tests import registered_handlers, without_project_handlers

TICK_RUNNER = "response.worker.runners.TickRunner"


@pytest.fixture
def web(slack, settings):
    """A web process that accepts and leaves the work to others, and an incident's channel."""
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    slack.settle()
    settings.RESPONSE_RUNNER = TICK_RUNNER
    return slack, incident, channel


def another_process_works():
    """What a tick does that has none of the handlers which are registered by now."""
    with without_project_handlers():
        while inbox.work_on_next():
            pass


def this_process_works():
    InboxRequest.objects.waiting().update(due=timezone.now())
    while inbox.work_on_next():
        pass


def left():
    return InboxRequest.objects.get(status=InboxRequest.WAITING)


def test_a_command_is_left_to_the_process_that_has_it(web, caplog):
    slack, _incident, channel = web
    called = []

    @incident_command(["runbook"], helptext="Find a runbook")
    def runbook(incident, user_id, message):
        called.append(message)
        return True, "Here it is"

    slack.people.say("bo", channel, "@incident runbook checkout")
    slack.until(lambda: InboxRequest.objects.filter(type="app_mention", handlers__isnull=False))
    began = timezone.now()
    with caplog.at_level(logging.WARNING):
        another_process_works()
    request = left()
    assert (request.attempts, request.error) == (0, "")
    assert request.due > began
    assert not OutboxMessage.objects.filter(method="reactions.add").exists()
    assert "runbook" in caplog.text
    assert "test_handlers_elsewhere" in caplog.text
    assert "slack_handlers.py" in caplog.text
    this_process_works()
    assert called == ["checkout"]
    assert not InboxRequest.objects.waiting().exists()


def test_a_built_in_command_does_not_run_in_the_place_of_the_projects(web):
    slack, incident, channel = web
    called = []

    @incident_command(["close"], helptext="Asks first")
    def close(incident, user_id, message):
        called.append(user_id)
        return False, "Ask the lead first."

    slack.people.say("bo", channel, "@incident close")
    slack.until(lambda: InboxRequest.objects.filter(handlers__isnull=False))
    another_process_works()
    incident.refresh_from_db()
    assert not incident.is_closed()
    this_process_works()
    assert called == ["U0SANDBOX02"]
    incident.refresh_from_db()
    assert not incident.is_closed()


def test_what_a_process_has_it_does_and_the_rest_it_leaves(web):
    slack, incident, channel = web
    heard = []

    @slack_event("message")
    def listen(incident, event):
        heard.append(event["text"])

    @keyword_handler(["runbook"])
    def runbook(comms_channel, user, keyword, text, ts):
        heard.append(keyword)

    slack.people.say("bo", channel, "is there a runbook?")
    slack.until(lambda: InboxRequest.objects.filter(handlers__isnull=False))
    another_process_works()
    assert incident.userstats_set.get(user__external_id="U0SANDBOX02").message_count == 1
    assert heard == []
    another_process_works()
    this_process_works()
    assert sorted(heard) == ["is there a runbook?", "runbook"]
    assert incident.userstats_set.get(user__external_id="U0SANDBOX02").message_count == 1


def test_a_press_is_left_to_the_process_that_has_its_handler(web, monkeypatch):
    slack, _incident, channel = web
    pressed = []

    @action_handler("press-it")
    def press(context):
        pressed.append(context.value)

    # The process that accepts it dies before it has done the work.
    monkeypatch.setattr("response.slack.inbound.sync_responses.start", lambda request: None)
    Message([Actions(elements=[Button("Press", "press-it", value="7")])], "Press").send(channel)
    slack.people.press("bo", slack.messages(channel)[-1], "press-it")
    InboxRequest.objects.waiting().update(claim="", claimed_until=None)
    another_process_works()
    assert left().type == "block_actions"
    this_process_works()
    assert pressed == ["7"]


def test_a_form_that_no_process_knows_ends_after_a_while(web, settings, caplog):
    slack, _incident, channel = web

    with registered_handlers():

        @action_handler("open-it", opens_form=True)
        def opener(context):
            Dialog("Form", "Send", [Text(label="Name", name="name")]).send_open_dialog(
                "nobodys-form", context.trigger_id
            )

        Message([Actions(elements=[Button("Open", "open-it")])], "Open").send(channel)
        slack.people.press("bo", slack.messages(channel)[-1], "open-it")
    view = slack.until(lambda: slack.people.open_view("bo"))
    assert slack.people.submit("bo", view, {"name": "x"}).ok
    request = left()
    assert request.type == "view_submission"
    InboxRequest.objects.update(received=timezone.now() - timedelta(seconds=21))
    this_process_works()
    request.refresh_from_db()
    assert request.status == InboxRequest.FAILED
    assert "nobodys-form" in request.error
    assert "slack_handlers.py" in request.error
    settings.RESPONSE_RUNNER = "response.worker.runners.AfterResponseRunner"
    slack.settle()
    assert "could not be done" in slack.whispers("bo")[-1]


def test_a_handler_that_the_project_has_removed_keeps_nothing_waiting_for_ever(web, settings):
    slack, _incident, channel = web
    settings.RESPONSE_HANDLER_WAIT = 60
    with registered_handlers():

        @dialog_handler("unused")
        def unused(user_id, channel_id, submission, response_url, state):
            """Unused."""

        @incident_command(["runbook"], helptext="Find a runbook")
        def runbook(incident, user_id, message):
            return True, None

        slack.people.say("bo", channel, "@incident runbook")
        slack.until(lambda: InboxRequest.objects.filter(handlers__isnull=False))
    this_process_works()
    request = left()
    InboxRequest.objects.update(received=timezone.now() - timedelta(seconds=61))
    this_process_works()
    request.refresh_from_db()
    assert request.status == InboxRequest.FAILED
    assert "@incident_command 'runbook'" in request.error
    # Once it is there again, an administrator's “Try again” works.
    called = []

    @incident_command(["runbook"], helptext="Find a runbook")
    def moved(incident, user_id, message):
        called.append(message)
        return True, None

    InboxRequest.objects.filter(pk=request.pk).retry()
    this_process_works()
    assert called == [""]


# Reminders


@pytest.fixture
def lead_reminder(handlers):
    """The project's own in the place of the built-in one."""
    sent = []

    @recurring_notification(interval_mins=2, max_notifications=5)
    def remind_incident_lead(incident):
        sent.append(incident.pk)

    return sent


def test_a_projects_reminder_takes_the_place_of_the_built_in_one(web, lead_reminder):
    _slack, incident, _channel = web
    before = OutboxMessage.objects.count()
    assert reminders.send_due(incident.report_time + timedelta(minutes=3)) == 1
    assert lead_reminder == [incident.pk]
    assert OutboxMessage.objects.count() == before


def test_a_tick_leaves_a_reminder_to_the_process_that_has_it(web, lead_reminder, caplog):
    _slack, incident, _channel = web
    later = incident.report_time + timedelta(minutes=3)
    assert reminders.send_own(later) == 0  # it says that it has it
    with without_project_handlers(), caplog.at_level(logging.WARNING):
        assert reminders.send_due(later) == 0
    assert lead_reminder == []
    assert not Notification.objects.filter(incident=incident).exists()
    assert "remind_incident_lead" in caplog.text
    assert "slack_handlers.py" in caplog.text
    # No tick has it for some minutes: its own process sends it.
    KnownHandler.objects.update(since=timezone.now() - timedelta(minutes=4))
    assert reminders.send_own(later) == 1
    assert reminders.send_own(later) == 0
    assert lead_reminder == [incident.pk]


def test_what_a_tick_sends_no_other_process_sends(web, lead_reminder):
    _slack, incident, _channel = web
    later = incident.report_time + timedelta(minutes=3)
    assert reminders.send_due(later) == 1
    KnownHandler.objects.update(since=timezone.now() - timedelta(days=1))
    assert reminders.send_own(later + timedelta(minutes=10)) == 0
    assert lead_reminder == [incident.pk]


def test_the_built_in_one_is_back_once_no_process_has_the_other(web, lead_reminder):
    _slack, incident, _channel = web
    reminders.send_own()
    KnownHandler.objects.update(seen=timezone.now() - timedelta(minutes=11))
    with without_project_handlers():
        assert reminders.send_due(incident.report_time + timedelta(minutes=3)) == 1
    assert lead_reminder == []
    KnownHandler.objects.update(seen=timezone.now() - timedelta(days=8))
    tick.clean_up()
    assert not KnownHandler.objects.exists()


def test_a_request_starts_the_thread_that_sends_them(slack, lead_reminder):
    slack.people.command("ada", "general", "/incident help")
    slack.until(lambda: KnownHandler.objects.filter(key="remind_incident_lead").exists())
    own_handlers.stop()


def test_a_process_without_such_handlers_does_nothing_at_requests(handlers):
    def was_connected():
        return request_started.disconnect(dispatch_uid="response.own_handlers")

    try:
        with without_project_handlers():
            was_connected()

            @incident_command(["own-command"])
            def command(incident, user_id, message):
                return True, None

            assert not was_connected()

            @recurring_notification(interval_mins=5, max_notifications=1)
            def own_reminder(incident):
                return None

            assert was_connected()
    finally:
        web_process.connect()


def test_a_headline_is_left_to_the_process_that_has_its_buttons(web, handlers):
    slack, incident, _channel = web

    @headline_post_action(order=150)
    def page_button(headline_post):
        return Button("Page", "page-button", value=str(headline_post.incident.pk))

    known_handlers.announce(ticking=False)
    incident.severity = "1"
    incident.save()
    OutboxMessage.objects.update(due=timezone.now())
    with without_project_handlers():
        sending.send_all_due()
    job = OutboxMessage.objects.get(method="headline.sync", status=OutboxMessage.WAITING)
    assert job.attempts == 0
    OutboxQueue.objects.update(paused_until=None)
    sending.send_all_due()
    shown = slack.shown(slack.headline(incident))
    assert "critical" in shown
    assert "page-button" in shown


def test_a_headline_is_shown_without_buttons_that_no_process_brings(web, handlers):
    slack, incident, _channel = web

    @headline_post_action(order=150)
    def page_button(headline_post):
        return Button("Page", "page-button", value=str(headline_post.incident.pk))

    known_handlers.announce(ticking=False)
    incident.severity = "1"
    incident.save()
    OutboxMessage.objects.waiting().update(
        due=timezone.now(), created=timezone.now() - timedelta(seconds=61)
    )
    with without_project_handlers():
        sending.send_all_due()
    shown = slack.shown(slack.headline(incident))
    assert "critical" in shown
    assert "page-button" not in shown
