"""The built-in forms' ids, under the names that release 0.5.1 gave them."""

from response.slack.render.forms import EDIT as INCIDENT_EDIT_DIALOG
from response.slack.render.forms import REPORT as INCIDENT_REPORT_DIALOG

#: The setting of this name is gone; ``SLACK_API_URL`` says where Slack is.
SLACK_API_MOCK = None

__all__ = ["INCIDENT_EDIT_DIALOG", "INCIDENT_REPORT_DIALOG", "SLACK_API_MOCK"]
