"""Signals for metrics; :mod:`response.signals` has all signals in one place."""

from response.core.api.serializers import ExternalUserSerializer
from response.core.models import Incident, add_incident_update_event
from response.jobs.signals import message_sent
from response.removed_names import refuse
from response.slack.inbound.signals import request_processed
from response.slack.models import HeadlinePost

__all__ = [
    "ExternalUserSerializer",
    "HeadlinePost",
    "Incident",
    "add_incident_update_event",
    "message_sent",
    "request_processed",
]

_HEADLINE = (
    "The headline follows every incident.save(); to have it looked at again, call "
    "incident.headlinepost.update_in_slack()."
)
_TIMELINE = (
    "incident.save() writes the timeline; to write an entry of your own, call "
    "response.core.models.add_incident_update_event()."
)
__getattr__ = refuse(
    __name__,
    {
        "update_headline_after_incident_save": _HEADLINE,
        "update_headline_after_save": _HEADLINE,
        "prompt_incident_report": (
            "Closing an incident has the lead asked; call "
            "response.slack.jobs.requests.ask_for_report(incident.pk) to ask again."
        ),
        "add_timeline_events": _TIMELINE,
        "update_incident_impact_event": _TIMELINE,
        "update_incident_lead_event": _TIMELINE,
        "update_incident_report_event": _TIMELINE,
        "update_incident_severity_event": _TIMELINE,
        "update_incident_summary_event": _TIMELINE,
    },
)
