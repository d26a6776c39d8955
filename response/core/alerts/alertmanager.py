"""Convert a payload of Alertmanager's webhook to a group of alerts. Pure.

The payload has version 4 and has been validated before (``payload.py``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from response.core.alerts.groups import Alert, Group
from response.core.clean import is_visible
from response.core.models.dedup import MAX_KEY
from response.core.models.severity import Severity
from response.core.text.literal import literal

MAX_TITLE = 200
#: The longest description, and the number of alerts, that go into the summary.
MAX_DESCRIPTION, MAX_DESCRIBED = 4000, 10
#: The longest line for one alert in the timeline, in characters.
MAX_LINE = 300
MAX_WHERE = 150
MAX_URL = 2000

# Alerts may quote text from anywhere, which must not notify people in Slack.
_REFERENCE = re.compile(r"(?<!<)<++(?=[@#!])")
# Labels with the alert's name or severity, which do not say where it is.
_NOT_WHERE = ("alertname", "severity")

Payload = Mapping[str, Any]
SeverityOf = Callable[[str], Severity | None]


def group(payload: Payload, severity_of: SeverityOf) -> Group:
    """Return the group of alerts in ``payload``.

    ``severity_of`` finds Response's severity for a value of the label ``severity``.
    """
    alerts = payload["alerts"]
    firing = [a for a in alerts if a["status"] == "firing"]
    return Group(
        key=key(payload["groupKey"]),
        title=_title(payload, firing or alerts),
        summary=_summary(payload, firing or alerts),
        severity=_severity(payload, firing or alerts, severity_of),
        started=_started(firing),
        alerts=tuple(
            Alert(identity=_identity(a), firing=a["status"] == "firing", text=_line(a))
            for a in alerts
        ),
        over=_is_over(payload, firing),
    )


def key(group_key: str) -> str:
    """Return the key of a group's incident: Alertmanager's own, or a digest if that is too long."""
    whole = f"alertmanager:{group_key}"
    if len(whole) <= MAX_KEY and whole == whole.strip() and whole.isprintable():
        return whole
    return f"alertmanager:sha256:{_digest(group_key)}"


def _is_over(payload: Payload, firing: list[Any]) -> bool:
    # With max_alerts the status covers only the alerts that were sent.
    return payload["status"] == "resolved" and not firing and not payload["truncatedAlerts"]


def _title(payload: Payload, alerts: list[Any]) -> str:
    annotations = _common(payload["commonAnnotations"], alerts, "annotations")
    labels = {**payload["groupLabels"], **_common(payload["commonLabels"], alerts, "labels")}
    said = _one_line(annotations.get("summary") or annotations.get("title"))
    if not said:
        names = Counter(_one_line(a["labels"].get("alertname")) for a in alerts)
        name = _one_line(labels.get("alertname")) or ", ".join(n for n in names if n)
        where = _one_line(_where(payload["groupLabels"] if len(alerts) > 1 else labels))
        said = " ".join(filter(None, [name or _("Alert"), f"({where})" if where else ""]))
    return _cut(said, MAX_TITLE)


def _common(common: Mapping[str, str], alerts: list[Any], what: str) -> Mapping[str, str]:
    """Return what all alerts share; Alertmanager's value covers resolved alerts as well."""
    return {**common, **alerts[0][what]} if len(alerts) == 1 else common


def _summary(payload: Payload, alerts: list[Any]) -> str:
    common = _common(payload["commonAnnotations"], alerts, "annotations")
    parts = []
    if (common.get("description") or "").strip():
        parts.append(literal(_cut(common["description"].strip(), MAX_DESCRIPTION)))
    elif len(alerts) > 1:
        lines = [f"- {_line(a)}" for a in alerts[:MAX_DESCRIBED]]
        more = len(alerts[MAX_DESCRIBED:]) + payload["truncatedAlerts"]
        if more:
            lines.append("- " + _("and %(count)d more") % {"count": more})
        parts.append("\n".join(lines))
    links = [
        (_("Runbook"), common.get("runbook_url")),
        (_("Alertmanager"), payload["externalURL"]),
        (_("Source"), next((a["generatorURL"] for a in alerts if a["generatorURL"]), "")),
    ]
    parts.append("\n".join(f"{label}: {url}" for label, url in links if _is_address(url)))
    return "\n\n".join(filter(None, parts))


def _line(alert: Mapping[str, Any]) -> str:
    """Return an alert as one line of Markdown: its name, its labels, and its description."""
    labels, annotations = alert["labels"], alert["annotations"]
    said = annotations.get("summary") or annotations.get("description")
    name = _joined(labels.get("alertname")) or _("Alert")
    where = _where(labels)
    head = f"{name} ({where})" if where else name
    return literal(_cut(": ".join(filter(None, [head, _joined(said)])), MAX_LINE))


def _where(labels: Mapping[str, str]) -> str:
    pairs = (f"{name}={value}" for name, value in labels.items() if name not in _NOT_WHERE)
    return _cut(_joined(", ".join(pairs)), MAX_WHERE)


def _severity(payload: Payload, alerts: list[Any], severity_of: SeverityOf) -> str | None:
    """Return the key of the worst severity of the alerts."""
    said = [a["labels"].get("severity") for a in alerts] + [payload["commonLabels"].get("severity")]
    known = filter(None, map(severity_of, {word for word in said if word}))
    worst = min(known, key=lambda row: (row.rank, row.key), default=None)
    return worst.key if worst else None


def _started(firing: Iterable[Mapping[str, Any]]) -> datetime | None:
    moments = (_moment(a["startsAt"]) for a in firing)
    return min(filter(None, moments), default=None)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    # Go writes the year 1 for "never".
    return moment if moment and moment.tzinfo and 2000 <= moment.year <= 9998 else None


def _identity(alert: Mapping[str, Any]) -> str:
    which = alert["fingerprint"] or json.dumps(alert["labels"], sort_keys=True)
    started = _moment(alert["startsAt"])
    # The same moment may be written in several ways.
    since = started.astimezone(UTC).isoformat() if started else alert["startsAt"]
    return _digest(f"{which}\n{since}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_address(url: str | None) -> bool:
    if not url or len(url) > MAX_URL or not url.isprintable() or re.search(r"[\s<>\"]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _joined(text: str | None) -> str:
    joined = " ".join((text or "").split())
    return joined if is_visible(joined) else ""


def _one_line(text: str | None) -> str:
    """Return plain text for a title, without line breaks or references to people."""
    return _joined(_REFERENCE.sub("", text or ""))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
