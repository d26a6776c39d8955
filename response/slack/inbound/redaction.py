"""Remove private data from payloads, for the admin. Pure."""

from __future__ import annotations

import re
from typing import Any

#: Values of these keys are shown: they identify or classify, and quote no one.
_SHOWN = re.compile(
    r"(?:^|_)(?:id|ids|ts|type|subtype|command|method|action_id|block_id|callback_id|channel|"
    r"user|timestamp|event_time|domain|incident|headline|is_bot|hidden|done|since)$"
)
#: Values of these keys are secret, whatever they look like.
_SECRET = re.compile(r"(?:^|_)(?:token|response_url|response_urls|trigger_id|email|phone)$")


def redacted(value: Any, key: str = "") -> Any:
    """Return ``value`` with people's text and secrets replaced by their length."""
    if isinstance(value, dict):
        return {k: redacted(v, str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [redacted(v, key) for v in value]
    if isinstance(value, str) and (_SECRET.search(key) or not _SHOWN.search(key)) and value:
        return f"({len(value)} characters)"
    return value


_FRAME = re.compile(r'File "[^"\n]{0,500}", line \d+(?:, in \S{1,200})?$')
_KIND = re.compile(r"[\w.]{1,200}")


def without_quotations(error: str) -> str:
    """Return the frames and the kinds of the errors in ``error``, if it is a traceback.

    An error's message may quote what people wrote. Any other text is a sentence of ours.
    """
    if "Traceback (most recent call last)" not in error:
        return error
    kept: list[str] = []
    in_frames = False
    for line in error.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            in_frames = True
            kept.append(line)
        elif in_frames and line[:1] == " " and _FRAME.fullmatch(line.lstrip()):
            kept.append(line)
        elif in_frames and not line.startswith(" "):
            kind = _KIND.match(line)
            kept.append(kind[0] if kind else "")
            in_frames = False
    return "\n".join(kept)
