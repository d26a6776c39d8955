"""From stored updates to what messages show."""

from __future__ import annotations

from response.core.models import Incident, Update
from response.slack.render import incident_view
from response.slack.render.block_kit import Block
from response.slack.render.updates import UpdateView, section
from response.slack.text.mrkdwn import escape


def view_of(update: Update) -> UpdateView:
    """Return an update as messages show it; no query if its actor was loaded with it."""
    if update.actor is not None:
        who = incident_view.mention(update.actor)
    else:
        who = escape(update.actor_name)
    return UpdateView(
        pk=update.pk,
        known=update.known,
        doing=update.doing,
        needed=update.needed,
        who=who,
        posted=update.created,
        next_update=update.next_update,
    )


def newest_view(incident: Incident) -> UpdateView | None:
    """Return the newest update of an incident, or None; one query."""
    update = Update.objects.newest(incident)
    return view_of(update) if update else None


def newest_section(incident: Incident) -> list[Block]:
    """Return the newest update as a block for a message, an empty list without one."""
    update = newest_view(incident)
    return [section(update)] if update else []
