"""Read the values of buttons and the states of forms: incident, lead, chosen row. Pure."""

from __future__ import annotations

from response.core.clean import load_json


def shown_lead(value: str) -> str:
    """Return who led when a button was made, as a mention; empty if it does not say."""
    return _text_in(value, "lead")


def severity_in(value: str) -> str:
    """Return the severity that a choice stands for; empty if it is not one."""
    return _text_in(value, "severity")


def status_in(value: str) -> str:
    """Return the status that a choice stands for; empty if it is not one."""
    return _text_in(value, "status")


def _text_in(value: str, name: str) -> str:
    try:
        carried = load_json(value)
    except ValueError:
        return ""
    found = carried.get(name) if isinstance(carried, dict) else None
    return found if isinstance(found, str) else ""


def incident_id_in(value: str) -> int | None:
    """Return the incident's key from a button's value: a number, or ``incident`` in JSON."""
    try:
        carried = load_json(value)
    except ValueError:
        return None
    if isinstance(carried, dict):
        carried = carried.get("incident")
    if isinstance(carried, str) and carried.isdecimal() and len(carried) <= 10:
        carried = int(carried)
    if isinstance(carried, int) and not isinstance(carried, bool) and 0 < carried < 2**31:
        return carried
    return None
