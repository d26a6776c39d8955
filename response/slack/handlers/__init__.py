"""The built-in commands, buttons, forms, event handlers and reminders."""

from response.slack.handlers import (
    buttons,
    commands,
    detail_commands,
    events,
    forms,
    headline_actions,
    milestones,
    old_questions,
    reminders,
    updates,
)

__all__ = [
    "buttons",
    "commands",
    "detail_commands",
    "events",
    "forms",
    "headline_actions",
    "milestones",
    "old_questions",
    "reminders",
    "updates",
]
