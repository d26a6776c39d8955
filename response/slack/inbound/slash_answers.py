"""What the slash command answers outside the incidents' channels: a form, a list, or help."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from response.core.addresses import site_url
from response.core.models import Incident, Role
from response.slack.decorators.incident_command import commands
from response.slack.features import details, help_text, typed_choices
from response.slack.inbound import payloads, sync_responses
from response.slack.render.incident_view import IncidentView
from response.slack.text import command_text, limits, mrkdwn


def slash_answer(slash: payloads.Command) -> str | None:
    """Return the answer to a slash command outside incident channels, or None for no answer."""
    name, _sep, rest = slash.text.strip().partition(" ")
    name = name.casefold()
    if name == "help" and not rest:
        return help_text.outside(slash.command)
    if name == "list" and not rest:
        return open_incidents(slash.user_id)
    if name != "new" and _is_command_for_a_channel(slash.text):
        return _where_commands_work(slash)
    return sync_responses.declare(slash, rest if name == "new" else slash.text)


def open_incidents(user_id: str) -> str:
    """Return the list of open incidents, with links: public ones and the person's own."""
    most = 20
    own = Incident.objects.involving_slack_user(user_id).filter(private=True)
    seen = Q(private=False) | Q(pk__in=own.order_by().values("pk"))
    incidents = list(Incident.objects.open().with_people().filter(seen).newest_first()[: most + 1])
    if not incidents:
        return _("There are no open incidents.")
    lines = [_line(incident) for incident in incidents[:most]]
    if len(incidents) > most:
        lines.append(_("… and more: %(url)s") % {"url": site_url()})
    return mrkdwn.truncate("\n".join(lines), limits.MESSAGE_TEXT)


def _line(incident: Incident) -> str:
    view = IncidentView.from_incident(incident)
    emoji = "🔒" if incident.private else incident.severity_emoji()
    parts = [
        f"{emoji} {mrkdwn.link(view.document, incident.report)}",
        mrkdwn.escape(incident.severity_text() or _("no severity yet")),
        _("led by %(who)s") % {"who": view.lead} if incident.lead else _("no lead yet"),
    ]
    if view.channel_id:
        parts.append(f"<#{view.channel_id}>")
    return " · ".join(parts)


def _is_command_for_a_channel(text: str) -> bool:
    """Return whether a slash command outside incident channels can only be meant for one.

    "close" and "lead @anna" cannot be titles; "summary page is down" can, and declaring an
    incident must never be delayed.
    """
    read = command_text.read(text)
    rest = command_text.without_courtesy(read.rest)
    if all(map(command_text.says_nothing, rest.split())):  # "close please"
        rest = ""
    if not rest:
        known = commands.find(read.name) is not None
        return known or (
            command_text.means_severity(read.name) and typed_choices.severity(read.name) is not None
        )
    if read.name == "lead":
        return mrkdwn.USER.fullmatch(rest) is not None or rest.casefold() == "me"
    if read.name in ("role", "roles"):
        # "role comms @anna", but not "role permissions are broken".
        role, who = details.named_at_start(Role, rest)
        return role is not None and mrkdwn.USER.fullmatch(who) is not None
    if read.name in ("severity", "sev"):
        return typed_choices.severity(rest) is not None
    if read.name == "status":
        return typed_choices.status(rest) is not None
    if read.name in ("action", "actions"):
        first, *more = rest.split()
        return "done" in (first, *more[:1]) and len(more) == 1
    return False


def _where_commands_work(slash: payloads.Command) -> str:
    """Return a message that commands need an incident's channel, with the person's live ones."""
    typed = help_text.quoted(slash.text, 100)
    parts = [
        _("`%(typed)s` works only in an incident's channel; nothing was changed.")
        % {"typed": typed}
    ]
    mine = list(Incident.objects.open().with_people().involving_slack_user(slash.user_id)[:5])
    if mine:
        parts += [_("Your live incidents:"), *(f"• {_line(incident)}" for incident in mine)]
    else:
        parts.append(_("`%(command)s list` shows the open incidents.") % {"command": slash.command})
    parts.append(
        _("To declare an incident with that title: `%(command)s new %(typed)s`")
        % {"command": slash.command, "typed": typed}
    )
    return "\n".join(parts)
