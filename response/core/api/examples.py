"""Examples for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

#: A person, as the examples show one.
PERSON: dict[str, Any] = {
    "app_id": "slack",
    "external_id": "U012ABCDEF",
    "display_name": "anna",
    "full_name": "Anna Example",
    "email": "anna@example.com",
    "deleted": False,
}
_ACTION: dict[str, Any] = {
    "id": 7,
    "details": "Alert when the **certificate** has less than 20 days",
    "done": False,
    "user": PERSON,
    "details_ui": "<p>Alert when the <strong>certificate</strong> has less than 20 days</p>",
    "created_date": "2030-01-31T13:50:00Z",
    "done_date": None,
    "due_date": "2030-02-15T17:00:00Z",
    "priority": "1",
    "type": "1",
}
_INCIDENT: dict[str, Any] = {
    "action_items": [_ACTION],
    "comms_channel": {"channel_id": "C012ABCDEF", "channel_name": "inc-42-checkout-fails"},
    "end_time": None,
    "impact": "One payment in five fails.",
    "is_closed": False,
    "lead": PERSON,
    "id": 42,
    "report": "Checkout fails",
    "report_time": "2030-01-31T13:37:00Z",
    "report_only": False,
    "reporter": PERSON,
    "severity": "2",
    "start_time": "2030-01-31T13:30:00Z",
    "summary": "The certificate of the payment gateway has run out.",
    "status": "investigating",
}


def _shown(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True)


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


INCIDENT = _shown("Incident", _INCIDENT)
DECLARE = _sent(
    "Declare",
    {
        "report": "Checkout fails",
        "summary": "The certificate of the payment gateway has run out.",
        "severity": "2",
    },
)
DECLARE_ONCE = _sent(
    "Declare for an alert",
    {
        "report": "Disk full on db-1",
        "dedup_key": "disk-full/db-1",
        "create_comms_channel": True,
    },
)
CHANGE_LEAD = _sent("Change the lead", {"lead": {"external_id": "U012ABCDEF"}})
CHANGE_STATUS = _sent("Change the status", {"status": "monitoring"})
CLOSE = _sent("Close", {"is_closed": True})
REOPEN = _sent("Reopen", {"is_closed": False})
ACTION = _shown("Action", _ACTION)
NEW_ACTION = _sent(
    "Add an action",
    {
        "details": "Alert when the **certificate** has less than 20 days",
        "user": {"email": "anna@example.com"},
        "due_date": "2030-02-15T17:00:00Z",
        "priority": "1",
    },
)
DONE = _sent("Tick off", {"done": True})
TIMELINE_EVENT = _shown(
    "Timeline event",
    {
        "id": 314,
        "timestamp": "2030-01-31T13:41:00Z",
        "text": "Renewed the certificate",
        "event_type": "text",
        "metadata": None,
        "text_ui": "<p>Renewed the certificate</p>",
    },
)
NEW_TIMELINE_EVENT = _sent(
    "Add an entry", {"text": "Renewed the certificate", "timestamp": "2030-01-31T13:41:00Z"}
)
NEW_TEXT = _sent("Another text", {"text": "Renewed the certificate of the gateway"})
_SAID = {
    "known": "The certificate of the payment gateway has run out.",
    "doing": "We renew it by hand.",
    "needed": "",
    "next_update": "2030-01-31T14:30:00Z",
}
UPDATE = _shown(
    "Update",
    {
        "id": 11,
        "created": "2030-01-31T14:00:00Z",
        **_SAID,
        "actor": PERSON,
        "actor_name": "Anna Example",
    },
)
NEW_UPDATE = _sent("Post an update", _SAID)
USER = OpenApiExample("Person", value=PERSON)
EVENT = _shown(
    "Event",
    {
        "id": 2718,
        "timestamp": "2030-01-31T13:37:00Z",
        "event_type": "incident_event",
        "payload": _INCIDENT,
    },
)
ALERTS = _sent(
    "A group that fires",
    {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "response",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull", "instance": "db-1", "severity": "critical"},
        "commonAnnotations": {"summary": "Disk full on db-1"},
        "externalURL": "https://alertmanager.example.com",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "DiskFull", "instance": "db-1", "severity": "critical"},
                "annotations": {"summary": "Disk full on db-1"},
                "startsAt": "2030-01-31T13:37:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "https://prometheus.example.com/graph",
                "fingerprint": "1f2e3d4c5b6a7988",
            }
        ],
    },
)
ALERTS_TAKEN = _shown("Declared", {"incident": 42, "created": True, "closed": False, "noted": 1})
MILESTONES = _shown(
    "Milestones",
    {
        "impact_started": "2030-01-31T13:30:00Z",
        "detected": "2030-01-31T13:35:00Z",
        "declared": "2030-01-31T13:37:00Z",
        "acknowledged": "2030-01-31T13:41:00Z",
        "mitigated": None,
        "resolved": None,
        "review_published": None,
        "measurements": [
            {
                "key": "detect",
                "name": "Time to detect",
                "state": "recorded",
                "reason": None,
                "seconds": 300.0,
            },
            {
                "key": "mitigate",
                "name": "Time to mitigate",
                "state": "pending",
                "reason": "pending",
                "seconds": None,
            },
        ],
    },
)
SET_MILESTONES = _sent("Mitigated", {"mitigated": "2030-01-31T14:02:00Z"})
METRICS = _shown(
    "Figures",
    {
        "first": "2030-01-01",
        "last": "2030-01-31",
        "zone": "Europe/London",
        "incidents": 9,
        "weeks": [{"start": "2030-01-01", "incidents": 3, "by_severity": {"2": 2, "none": 1}}],
        "measurements": [
            {
                "key": "resolve",
                "name": "Time to resolve",
                "start": "impact_started",
                "end": "resolved",
                "months": [
                    {
                        "start": "2030-01-01",
                        "incidents": 9,
                        "counted": 6,
                        "median": 4980,
                        "percentile_90": 15420,
                        "pending": 1,
                        "reported": 2,
                        "unknown": 0,
                        "invalid": 0,
                    }
                ],
            }
        ],
        "open_actions": [{"least_days": 0, "most_days": 7, "open": 4, "overdue": 1}],
        "hours": [{"hour": 9, "working_days": 2, "weekends": 0}],
        "leads": [{"name": "Anna Example", "incidents": 5, "outside_hours": 1}],
        "without_lead": 2,
    },
)
