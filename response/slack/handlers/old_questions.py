"""The buttons of questions that release 0.5.1 asked, which are still shown in channels.

“Change” opens the form; “Yes” takes the text that the question itself proposes.
"""

from __future__ import annotations

from response.slack.decorators import ActionContext, action_handler
from response.slack.handlers import buttons
from response.slack.text import mrkdwn

UPDATE_CURRENT_SUMMARY_ACTION = "update-current-summary-action"
SET_NEW_SUMMARY_ACTION = "set-new-summary-action"
UPDATE_CURRENT_IMPACT_ACTION = "update-current-impact-action"
SET_NEW_IMPACT_ACTION = "set-new-impact-action"

#: The block that has the proposed text, below a line that asks whether to take it.
_PROPOSED = "proposed"


@action_handler(UPDATE_CURRENT_SUMMARY_ACTION, opens_form=True)
def change_summary(context: ActionContext) -> None:
    """Open the form for the summary."""
    buttons.change_summary(context)


@action_handler(UPDATE_CURRENT_IMPACT_ACTION, opens_form=True)
def change_impact(context: ActionContext) -> None:
    """Open the form for the impact."""
    buttons.change_impact(context)


@action_handler(SET_NEW_SUMMARY_ACTION)
@buttons.viewers_only
def take_summary(context: ActionContext) -> None:
    """Replace the summary with the proposed one."""
    _take(context, "summary")


@action_handler(SET_NEW_IMPACT_ACTION)
@buttons.viewers_only
def take_impact(context: ActionContext) -> None:
    """Replace the impact with the proposed one."""
    _take(context, "impact")


def _take(context: ActionContext, field: str) -> None:
    for block in context.message.get("blocks") or []:
        shown = block.get("text") if isinstance(block, dict) else None
        if isinstance(shown, dict) and block.get("block_id") == _PROPOSED:
            _question, _newline, proposed = str(shown.get("text") or "").partition("\n")
            setattr(context.incident, field, mrkdwn.incoming(proposed))
            context.incident.save()
            return
