"""Proposed texts that wait for a confirmation: in the button's value, or in a row if too long."""

from __future__ import annotations

import json
import uuid

from response.core.clean import load_json
from response.slack.models import Lookup
from response.slack.text.limits import BUTTON_VALUE

PREFIX = "proposal:"


def store(incident: int, text: str) -> str:
    """Return a button's value that stands for ``text`` and names the incident."""
    value = json.dumps({"incident": incident, "text": text}, ensure_ascii=False)
    if len(value) <= BUTTON_VALUE // 2:
        return value
    key = f"{PREFIX}{uuid.uuid4().hex}"
    Lookup.objects.create(key=key, value=text)
    return json.dumps({"incident": incident, "proposal": key})


def load(value: str) -> str | None:
    """Return the text that a button's value stands for, or None if there is none any more."""
    try:
        carried = load_json(value)
    except ValueError:
        return None
    if not isinstance(carried, dict):
        return None
    if "proposal" in carried:
        kept = Lookup.objects.filter(key=str(carried["proposal"])[:150])
        text = kept.values_list("value", flat=True).first()
    else:
        text = carried.get("text")
    return text if isinstance(text, str) and text else None
