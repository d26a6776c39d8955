"""What stands in rows is known by its name after each deployment, wherever the code has moved.

``handled_by`` names the handlers that are done with a request: under another name one would run
again. A job that nobody handles any more waits for ever, and a reminder of another name is sent
again. A name is added here with its first release and never taken out.
"""

from __future__ import annotations

import pytest

from response.jobs import job_handlers
from response.slack.decorators.action_handler import buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import events
from response.slack.decorators.incident_notification import reminders

HANDLERS = {
    buttons: {
        "buttons": "change_impact change_summary choose_severity choose_status close "
        "create_comms_channel dismiss edit fill_in_and_close reopen snooze_actions take_impact "
        "take_lead take_summary",
        "updates": "open_form subscribe unsubscribe",
    },
    events: {
        "events": "add_by_reaction add_pin channel_archived channel_renamed channel_unarchived "
        "count_message follow_pinned_message group_archived group_renamed group_unarchived "
        "member_joined remove_pin take_out_by_reaction",
    },
    dialogs: {
        "forms": "change_impact change_summary close_incident edit_incident report_incident",
        "updates": "post_update",
    },
}

REMINDERS = {"remind_close_incident", "remind_incident_lead", "remind_severity"}

JOBS = """
    actions.remind announcement.post changes.announce channel_name.refresh comms_channel.make
    comms_channel.rename declaration.acknowledge figures.monthly headline.sync headline.thread
    lead.tell people.refresh profile.refresh report.ask review.remind timeline.add_message
    update.ask update.notify update.settle update.tell user_groups.refresh webhook.deliver
    welcome.sync whisper.send
"""


@pytest.mark.parametrize(
    ("registry", "modules"), HANDLERS.items(), ids=["buttons", "events", "forms"]
)
def test_every_handler_is_there_under_its_name(registry, modules):
    names = {
        f"response.slack.handlers.{module}.{name}"
        for module, functions in modules.items()
        for name in functions.split()
    }
    assert names - {handler.name for handler in registry} == set()


def test_every_reminder_is_there_under_its_name():
    assert {reminder.key for reminder in reminders} >= REMINDERS


@pytest.mark.parametrize("name", JOBS.split())
def test_every_job_has_a_handler(name):
    assert job_handlers.find(name) is not None


def test_a_job_of_another_name_has_none():
    assert job_handlers.find("no.such_job") is None
