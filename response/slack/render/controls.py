"""The buttons and menus of messages, and their action ids. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.utils.translation import gettext as _

from response.slack.render.block_kit import Button, Confirm, StaticSelect, StaticSelectOption
from response.slack.render.incident_view import IncidentView

CREATE_CHANNEL = "create-comms-channel-button"
EDIT = "edit-incident-button"
CLOSE = "close-incident-button"
REOPEN = "reopen-incident-button"
CHANGE_SUMMARY, TAKE_SUMMARY = "change-summary-button", "take-summary-button"
SEVERITY, STATUS = "severity-select", "status-select"
TAKE_LEAD, DISMISS = "take-lead-button", "dismiss-question-button"
POST_UPDATE = "post-update-button"
SUBSCRIBE, UNSUBSCRIBE = "subscribe-button", "unsubscribe-button"
CHANGE_IMPACT, TAKE_IMPACT = "change-impact-button", "take-impact-button"
FILL_IN_AND_CLOSE = "fill-in-and-close-button"


def create_channel_button(pk: int) -> Button:
    """Return the button that makes the comms channel."""
    return Button(_("💬 Create comms channel"), CREATE_CHANNEL, value=str(pk), style="primary")


def edit_button(pk: int) -> Button:
    """Return the button that opens the edit form."""
    return Button(_("✏️ Edit"), EDIT, value=str(pk))


def close_button(pk: int) -> Button:
    """Return the button that closes the incident, after a question."""
    return Button(
        _("✅ Close"),
        CLOSE,
        value=str(pk),
        confirm=Confirm(
            _("Close this incident?"),
            _("It will be marked as resolved as of now. You can reopen it later."),
            _("Close it"),
            _("Not yet"),
        ),
    )


def reopen_button(pk: int) -> Button:
    """Return the button that reopens the incident, after a question."""
    return Button(
        _("↩️ Reopen"),
        REOPEN,
        value=str(pk),
        confirm=Confirm(
            _("Reopen this incident?"),
            _("It will be live again, and reminders start again."),
            _("Reopen it"),
            _("Leave it closed"),
        ),
    )


def post_update_button(pk: int) -> Button:
    """Return the button that opens the form for an update."""
    return Button(_("📣 Post update"), POST_UPDATE, value=str(pk))


def subscribe_button(pk: int) -> Button:
    """Return the button that subscribes whoever presses it to the updates."""
    return Button(_("🔔 Subscribe"), SUBSCRIBE, value=str(pk))


def unsubscribe_button(pk: int) -> Button:
    """Return the button that takes the subscription back."""
    return Button(_("🔕 Unsubscribe"), UNSUBSCRIBE, value=str(pk))


def take_lead_button(view: IncidentView, text: str = "") -> Button:
    """Return the button that makes whoever presses it the lead; asks if there is one.

    Its value says who led when it was made, so that a lead who came since is not displaced
    unasked.
    """
    confirm = Confirm(
        _("Take the lead?"),
        _("%(who)s leads this incident now.") % {"who": view.lead},
        _("Take over"),
        _("Not now"),
    )
    return Button(
        text or _("🙋 Take the lead"),
        TAKE_LEAD,
        value=json.dumps({"incident": view.pk, "lead": view.lead}),
        confirm=confirm if view.has_lead and not text else None,
    )


def severity_select(view: IncidentView) -> StaticSelect:
    """Return the choice of a severity."""
    return _select(view, SEVERITY, "severity", _("Severity"), view.severities, view.severity_value)


def status_select(view: IncidentView) -> StaticSelect:
    """Return the choice of a status among those of the incident's category."""
    return _select(view, STATUS, "status", _("Status"), view.statuses, view.status_key)


def _select(
    view: IncidentView,
    action_id: str,
    name: str,
    label: str,
    rows: Iterable[tuple[str, str, str]],
    present: str,
) -> StaticSelect:
    """Return a choice of ``rows``: of each its key, name and emoji."""
    options = {
        key: StaticSelectOption(
            f"{emoji} {text}".strip(), json.dumps({"incident": view.pk, name: key})
        )
        for key, text, emoji in rows
    }
    return StaticSelect(
        list(options.values()), action_id, label, initial_option=options.get(present)
    )
