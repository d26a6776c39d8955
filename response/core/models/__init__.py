"""The models of the incident domain."""

from response.core.models import history  # noqa: F401  (it listens to signals)
from response.core.models.action import Action
from response.core.models.alert import Alert
from response.core.models.dedup import DedupKey
from response.core.models.event import Event
from response.core.models.field import Field, FieldValue
from response.core.models.incident import Incident
from response.core.models.measurement import Measurement
from response.core.models.overdue import ActionSnooze, OverdueReminder
from response.core.models.resolved_alert import ResolvedAlert
from response.core.models.review import (
    Review,
    ReviewRevision,
    ReviewSection,
    ReviewTemplateSection,
)
from response.core.models.role import Role, RoleAssignment
from response.core.models.severity import Severity
from response.core.models.status import Status
from response.core.models.timeline import (
    TimelineEvent,
    TimelineRevision,
    add_incident_update_event,
)
from response.core.models.update import Subscription, Update
from response.core.models.user_external import ExternalUser

__all__ = [
    "Action",
    "ActionSnooze",
    "Alert",
    "DedupKey",
    "Event",
    "ExternalUser",
    "Field",
    "FieldValue",
    "Incident",
    "Measurement",
    "OverdueReminder",
    "ResolvedAlert",
    "Review",
    "ReviewRevision",
    "ReviewSection",
    "ReviewTemplateSection",
    "Role",
    "RoleAssignment",
    "Severity",
    "Status",
    "Subscription",
    "TimelineEvent",
    "TimelineRevision",
    "Update",
    "add_incident_update_event",
]
