"""The built-in commands, buttons, forms, event handlers and reminders."""

from response.slack.handlers import (
    buttons,
    commands,
    detail_commands,
    events,
    forms,
    headline_actions,
    old_questions,
    reminders,
)

__all__ = [
    "buttons",
    "commands",
    "detail_commands",
    "events",
    "forms",
    "headline_actions",
    "old_questions",
    "reminders",
]
