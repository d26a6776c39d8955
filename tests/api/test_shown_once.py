"""What a change looks like is made once for the event stream, the webhooks and the answer."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from response.core.api import serializers
from response.core.api.incident_serializer import IncidentSerializer
from response.models import (
    Action,
    CommsChannel,
    Event,
    ExternalUser,
    Incident,
    OutboxMessage,
    Webhook,
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The people who were shown, once for each time."""
    shown: list[str] = []
    make = serializers.PersonSerializer.to_representation

    def note(self: Any, person: ExternalUser) -> Any:
        shown.append(person.external_id)
        return make(self, person)

    monkeypatch.setattr(serializers.PersonSerializer, "to_representation", note)
    return shown


def told() -> dict[str, Any]:
    """The incident in the newest body for a webhook."""
    message = OutboxMessage.objects.filter(queue__name__startswith="webhook").latest("id")
    body: dict[str, Any] = message.arguments["body"]["incident"]
    return body


def test_a_change_is_made_once(client: APIClient, incident: Incident, made: list[str]) -> None:
    Webhook.objects.create(name="Status page", url="https://status.example.com/")
    Action.objects.filter(incident=incident).delete()
    for title in ("One", "Two"):
        made.clear()
        answer = client.patch(f"/core/incidents/{incident.pk}/", {"report": title}, "json")
        assert answer.status_code == 200
        assert made == ["U012ABCDEF"]  # the reporter; there is no lead
        event = Event.objects.filter(event_type="incident_event").latest("id")
        assert answer.json()["report"] == title
        assert event.payload | {"action_items": []} == answer.json() == told()
        assert answer.json() == client.get(f"/core/incidents/{incident.pk}/").json()


def test_each_state_looks_as_it_is(incident: Incident) -> None:
    """Whatever of an incident's rows changes, saved or not, is seen at once."""

    def shown() -> dict[str, Any]:
        return dict(IncidentSerializer(incident).data)

    def afresh() -> dict[str, Any]:
        incident.__dict__.pop("_response_representation", None)
        return shown()

    before = shown()
    changes: list[Any] = [
        lambda: setattr(incident, "summary", "Something else"),
        lambda: setattr(incident, "severity", "1"),
        lambda: setattr(incident, "report_only", True),
        lambda: setattr(incident.reporter, "display_name", "cleo"),
        lambda: setattr(incident, "lead", incident.reporter),
        lambda: setattr(incident, "lead", None),
        lambda: incident.close(),
        lambda: incident.reopen(),
        lambda: setattr(incident, "commschannel", CommsChannel(incident=incident, channel_id="C")),
        lambda: setattr(incident.commschannel, "channel_name", "inc-1"),  # type: ignore[attr-defined]
        lambda: Action.objects.create(incident=incident, user=incident.reporter, details="Look"),
    ]
    for number, change in enumerate(changes):
        change()
        after = shown()
        assert after != before, number
        assert after == afresh(), number
        before = after


def test_a_serializer_of_a_project_shows_its_own(incident: Incident) -> None:
    class Louder(IncidentSerializer):
        def to_representation(self, instance: Incident) -> dict[str, Any]:
            shown = super().to_representation(instance)
            return shown | {"report": shown["report"].upper()}

    plain = IncidentSerializer(incident).data
    assert Louder(incident).data["report"] == plain["report"].upper()
    assert IncidentSerializer(incident).data == plain
    assert list(IncidentSerializer(incident).data) == list(plain)
