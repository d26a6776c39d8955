"""Handlers of a project: each writes one row."""

from __future__ import annotations

from typing import Any

from benchmarks.traffic import BUTTON, WORD
from response.models import Incident, TimelineEvent
from response.slack.decorators import ActionContext, action_handler, incident_command, slack_event

#: How the rows are told from others.
REACTION, PRESSED, COMMANDED = "bench_reaction", "bench_button", "bench_command"


def _note(incident: Incident, event_type: str) -> None:
    TimelineEvent.objects.create(incident=incident, text="x", event_type=event_type)


@slack_event("reaction_added")
def reacted(incident: Incident, event: dict[str, Any]) -> None:
    """What a backlog is made of: Response cannot know whether a project's handler is quick."""
    _note(incident, REACTION)


@action_handler(BUTTON)
def pressed(context: ActionContext) -> None:
    """Note a press: the effect that is measured."""
    _note(context.incident, PRESSED)


@incident_command([WORD], helptext="Writes a row")
def commanded(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    """Note a command: the effect that is measured."""
    _note(incident, COMMANDED)
    return True, None
