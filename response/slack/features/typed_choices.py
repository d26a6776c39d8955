"""Severities and statuses as people type them, and examples of what is understood."""

from __future__ import annotations

from response.core.models import Field, Incident, Role, Severity, Status
from response.core.models.field_values import Kind
from response.core.models.status import Category
from response.slack.text import command_text


def severity(typed: str) -> Severity | None:
    """Return the severity that is offered and meant: by key, name, alias, emoji or "SEV 2"."""
    words = (typed, command_text.word(typed), *command_text.severity_words(typed))
    rows = (Severity.named(word) for word in words)
    return next((row for row in rows if row is not None and not row.retired), None)


def status(typed: str) -> Status | None:
    """Return the status that is offered and meant: by key, name, alias or emoji."""
    rows = (Status.named(word) for word in (typed, command_text.word(typed)))
    return next((row for row in rows if row is not None and not row.retired), None)


def statuses_for(incident: Incident) -> list[Status]:
    """Return the statuses that an incident can be given."""
    reachable = incident.reachable()
    return [row for row in Status.choosable(None) if row.category in reachable]


def example_severity() -> str:
    """Return the name of a severity for examples: the second worst."""
    names = [name for _key, name in Severity.pairs()]
    return names[1] if len(names) > 1 else "".join(names)


def example_status() -> str:
    """Return the name of a status for examples: the last one of a live incident."""
    return Status.of(Category.LIVE)[-1].label() if Status.of(Category.LIVE) else "live"


def example_role() -> str:
    """Return the name of a role for examples: the first one, or else the lead."""
    return next((row.name for row in Role.offered()), "lead")


def example_field() -> str:
    """Return the name of a field for examples, and what may be in it: of the first choice."""
    for row in Field.offered():
        options = row.options_for() if row.kind in (Kind.CHOICE, Kind.CHOICES) else []
        if options:
            return f"{row.name} {options[0].name}"
    return next((f"{row.name} …" for row in Field.offered()), "name …")
