"""The views for Slack, under the names that release 0.5.1 gave them."""

from response.core.models import Incident
from response.removed_names import refuse
from response.slack.decorators import (
    handle_action,
    handle_dialog,
    handle_event,
    handle_notifications,
)
from response.slack.inbound.views import action, event, slash_command
from response.slack.render.dialog_builder import (
    Dialog,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.render.forms import REPORT as INCIDENT_REPORT_DIALOG
from response.slack.web_api.user_cache import update_user_cache

__all__ = [
    "INCIDENT_REPORT_DIALOG",
    "Dialog",
    "Incident",
    "SelectFromUsers",
    "SelectWithOptions",
    "Text",
    "TextArea",
    "action",
    "event",
    "handle_action",
    "handle_dialog",
    "handle_event",
    "handle_notifications",
    "slash_command",
    "update_user_cache",
]

__getattr__ = refuse(
    __name__,
    {
        "cron_minute": "Write response.worker.cron_views.cron_minute instead.",
        "cron_daily": "Write response.worker.cron_views.cron_daily instead.",
    },
)
