"""Every signal that a project may listen to, in one place."""

from response.core.models.signals import (
    action_changed,
    action_changing,
    incident_changed,
    incident_changing,
    incident_created,
    incident_creating,
    update_posted,
    update_posting,
)
from response.jobs.signals import message_sent
from response.slack.inbound.signals import request_processed

__all__ = [
    "action_changed",
    "action_changing",
    "incident_changed",
    "incident_changing",
    "incident_created",
    "incident_creating",
    "message_sent",
    "request_processed",
    "update_posted",
    "update_posting",
]
