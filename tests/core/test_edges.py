"""What the domain does at its edges."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from response import retry_after
from response.conf import settings as response_settings
from response.core import chat
from response.core.models import (
    Action,
    ExternalUser,
    Incident,
    TimelineEvent,
    Update,
    milestones,
)
from response.core.reviews import differences
from response.core.text import sanitiser
from response.core.text.fences import _opening
from response.jobs import wake
from response.ports import Port
from tests.factories import ActionFactory, IncidentFactory

pytestmark = pytest.mark.django_db


def entries(incident: Incident) -> list[str]:
    return list(incident.timeline_events().values_list("text", flat=True))


# What a change writes into the timeline


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("summary", 'Incident summary removed; it was: "All is lost"'),
        ("impact", 'Incident impact removed; it was: "All is lost"'),
    ],
)
def test_a_text_that_was_removed_is_kept_in_the_timeline(field, text):
    incident = IncidentFactory(**{field: "All is lost"})
    setattr(incident, field, "")
    incident.save()
    assert entries(incident) == [text]


@pytest.mark.parametrize(
    ("field", "value"),
    [("summary", ""), ("impact", None), ("severity", ""), ("lead", None)],
)
def test_nothing_that_becomes_nothing_is_no_entry(field, value):
    incident = IncidentFactory()
    setattr(incident, field, value)
    incident.save()
    assert entries(incident) == []


# Actions and updates


def test_an_action_that_is_done_notes_when_whatever_is_stored():
    action = ActionFactory()
    action.done = True
    action.save(update_fields=["done"])
    assert Action.objects.get(pk=action.pk).done_date is not None
    action.done = False
    action.save(update_fields=["done"])
    assert Action.objects.get(pk=action.pk).done_date is None
    action.details = "Something else"
    action.save(update_fields=["details"])
    assert Action.objects.get(pk=action.pk).details == "Something else"


def test_an_update_that_is_stored_again_is_not_told_again():
    incident = IncidentFactory()
    update = Update.objects.post(incident, "We know more")
    told = TimelineEvent.objects.filter(incident=incident).count()
    update.known = "We know\x00 it all"
    update.save()
    assert TimelineEvent.objects.filter(incident=incident).count() == told
    assert Update.objects.get().known == "We know it all"
    assert str(update) == "We know it all"


# Checks


def test_a_status_that_is_not_there_and_a_milestone_that_is_to_come():
    incident = IncidentFactory()
    incident.status = "no-such"
    with pytest.raises(ValidationError, match="no such status"):
        incident.clean()
    incident.status = ""
    incident.mitigated_at = timezone.now() + timedelta(days=1)
    with pytest.raises(ValidationError, match="in the future"):
        incident.clean()


def test_a_slack_user_needs_an_id():
    with pytest.raises(ValueError, match="U012ABCDEF"):
        ExternalUser.objects.get_or_create_slack(external_id="")
    user, _created = ExternalUser.objects.update_or_create_slack(
        external_id="U0ANNA0001", display_name="anna"
    )
    user, created = ExternalUser.objects.update_or_create_slack(
        external_id="U0ANNA0001", display_name="", full_name="Anna Ames"
    )
    assert not created
    assert (user.display_name, user.full_name) == ("anna", "Anna Ames")


def test_a_moment_with_a_zone_is_not_compared_with_one_without():
    aware = datetime(2030, 1, 1, tzinfo=UTC)
    assert milestones.noted_at_once(aware, aware)
    assert not milestones.noted_at_once(aware, aware.replace(tzinfo=None))


# Without a chat tool


def test_without_a_chat_tool_nothing_is_there_and_what_is_said_is_logged(caplog):
    tool = chat.NoChat()
    incident = IncidentFactory()
    assert not tool.available()
    assert tool.channel(incident) is None
    assert tool.participants(incident) == []
    assert tool.names(["U0ANNA0001"]) == {}
    assert tool.channel_names(["C0INCIDENTS"]) == {}
    assert tool.group_names(["S0ONCALL"]) == {}
    with caplog.at_level(logging.WARNING):
        tool.announce("The cache is full")
    assert "The cache is full" in caplog.text


# The base


def test_a_port_that_no_one_provides():
    port: Port = Port("names")
    with pytest.raises(RuntimeError, match=r"names was called before .*django\.setup"):
        port()


def test_a_setting_that_is_none_of_ours():
    with pytest.raises(AttributeError, match="RESPONSE_COLOUR is not a setting"):
        _ = response_settings.RESPONSE_COLOUR


@pytest.mark.parametrize("stamp", ["%d %b %Y %H:%M:%S -0000", "%a %b %d %H:%M:%S %Y"])
def test_a_date_without_a_zone_is_greenwichs(stamp):
    soon = datetime.now(UTC) + timedelta(hours=1)
    found = retry_after.seconds(soon.strftime(stamp))
    assert found is not None
    assert 3500 < found <= 3600


def test_a_runner_that_breaks_harms_nothing(settings, caplog):
    settings.RESPONSE_RUNNER = "no.such.Runner"
    wake.wake()
    assert "the next tick does the work" in caplog.text


# Text


def test_important_is_left_out_of_styles():
    cleaned = sanitiser.clean(
        '<p style="width: 3px !important">x</p>', sanitiser.Whitelist.current()
    )
    assert "width: 3px" in cleaned
    assert "important" not in cleaned


@pytest.mark.parametrize(
    ("line", "opened"),
    [
        ("```", ("```", "")), ("``` python", ("```", "python")), ("```.py", ("```", "py")),
        ("``` {.python .numbers}", ("```", "")), ("``` two words", None), ("text", None),
    ],
)  # fmt: skip
def test_what_opens_a_block_of_code(line, opened):
    assert _opening(line) == opened


def test_lines_between_two_differences_are_shown_as_they_were():
    found = [(line.sign, line.text) for line in differences.lines("a\nsame\nb", "A\nsame\nB")]
    assert found == [("-", "a"), ("+", "A"), (" ", "same"), ("-", "b"), ("+", "B")]
