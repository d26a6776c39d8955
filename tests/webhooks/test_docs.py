"""What docs/webhooks.md tells is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

from response.models import Incident
from response.webhooks import events

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def example(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_check_of_signatures(webhook, receiver, deliver):
    names: dict = {}
    exec(example("python")[0], names)
    Incident.objects.create_incident("Down", None)
    deliver()
    [request] = receiver.requests
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert names["is_genuine"](webhook.secret, headers, request["body"])
    assert not names["is_genuine"](webhook.secret, headers, request["body"] + b" ")
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert not names["is_genuine"](webhook.secret, old, request["body"])


def test_the_body(webhook, receiver, deliver):
    incident = Incident.objects.create_incident("Checkout fails", None, severity="2")
    incident.severity = "1"
    incident.save()
    deliver()
    shown = json.loads(example("json")[0])
    sent = receiver.bodies[1]
    assert set(sent) == set(shown)
    assert sent["changes"] == shown["changes"]
    assert shown["incident"].items() <= {**sent["incident"], "id": 1}.items()


def test_every_type_is_told_of():
    for type_, _label in (*events.TYPES, (events.PING, "")):
        assert f"`{type_}`" in TEXT
