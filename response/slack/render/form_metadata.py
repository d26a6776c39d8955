"""What a form carries through Slack and back, in its ``private_metadata``."""

from __future__ import annotations

import json

from response.core.clean import load_json


def write_metadata(channel: str, state: str, response_url: str, form: str) -> str:
    """Return the ``private_metadata`` of a form: modals know no channel and no state."""
    carried = {"channel": channel, "state": state, "response_url": response_url, "form": form}
    return json.dumps({k: v for k, v in carried.items() if v}, ensure_ascii=False)


def read_metadata(text: str) -> dict[str, str]:
    """Read what :func:`write_metadata` wrote; any other text is taken as the state."""
    try:
        value = load_json(text or "{}")
    except ValueError:
        value = {"state": text}
    if not isinstance(value, dict):
        value = {"state": text}
    names = ("channel", "state", "response_url", "form")
    return {n: v if isinstance(v := value.get(n), str) else "" for n in names}
