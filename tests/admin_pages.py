"""Pages of the admin, as a browser fills them in."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def filled(page: Any) -> dict[str, Any]:
    """What the form of a page holds, as a browser sends it."""
    form = page.context["adminform"].form
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if isinstance(value, datetime):
            data[f"{field.html_name}_0"] = value.strftime("%Y-%m-%d")
            data[f"{field.html_name}_1"] = value.strftime("%H:%M:%S")
        elif isinstance(value, bool):
            data.update({field.html_name: "on"} if value else {})
        else:
            data[field.html_name] = "" if value is None else value
    return data
