"""What must be true at the end. Pure: compares what was sent with what was found."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.soak.plan import Request


@dataclass
class Found:
    """What is in the project's database.

    ``notes`` counts a handler's entries by number, ``counted`` messages by (incident, user),
    ``declared`` incidents by number, ``pins`` by (incident, ts), ``closed`` closings by
    incident, ``channels`` comms channels by incident. ``rows`` are the outbox's:
    ``id queue channel text status attempts error``. ``stuck`` are sentences.
    """

    notes: Counter = field(default_factory=Counter)
    counted: Counter = field(default_factory=Counter)
    declared: Counter = field(default_factory=Counter)
    pins: Counter = field(default_factory=Counter)
    closed: Counter = field(default_factory=Counter)
    channels: dict[int, str] = field(default_factory=dict)
    headlines: dict[int, tuple[str, str]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


@dataclass
class Verdict:
    """The promises, and how often they were broken; ``said_twice`` is allowed, and counted."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    said_twice: int = 0
    reasons: int = 0
    said: int = 0

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.out_of_order or self.stuck)


def reasons_to_repeat(slack: dict[str, Any], windows: list[tuple[float, float]]) -> int:
    """How many messages we may have had to say again.

    Those whose answer got lost by a fault; those that were posted and of which Slack itself
    knows no answer, since it was killed; and those under way, or just answered, when one of
    our processes was killed or Slack was away (``windows``, in seconds since 1970).
    """
    public = sum(not message["only_for"] for message in slack["said"])
    unheard = sum(
        bool(error) or any(started <= end and finished >= begin for begin, end in windows)
        for started, finished, error in slack["posts"]
    )
    return max(public - len(slack["posts"]), 0) + unheard


def audit(
    requests: list[Request],
    accepted: set[str],
    found: Found,
    slack: dict[str, Any],
    windows: list[tuple[float, float]],
) -> Verdict:
    """Judge a run. ``slack`` is what ``fake_slack.observe`` returns."""
    verdict = Verdict(stuck=list(found.stuck), reasons=reasons_to_repeat(slack, windows))
    _effects(requests, accepted, found, verdict)
    _messages(requests, accepted, found, verdict)
    _said(found, slack, verdict)
    _headlines(found, slack, verdict)
    _channels(found, slack, verdict)
    if verdict.said_twice > verdict.reasons:
        verdict.doubled.append(
            f"{verdict.said_twice} messages were said again, and there were {verdict.reasons} "
            "answers that can have got lost"
        )
    return verdict


def _exactly(verdict: Verdict, what: str, count: int, least: int, most: int) -> None:
    if count < least:
        verdict.lost.append(f"{what}: {count} of {least}")
    if count > most:
        verdict.doubled.append(f"{what}: {count} instead of {most}")


def _effects(requests: list[Request], accepted: set[str], found: Found, verdict: Verdict) -> None:
    unpinned = {r.after: r for r in requests if r.kind == "unpin"}
    pressed: dict[tuple[str, int], bool] = defaultdict(bool)
    for request in requests:
        sure = request.number in accepted
        what = f"{request.kind} {request.number}"
        if request.kind in ("command", "slash", "keyword"):
            _exactly(verdict, what, found.notes[request.number], int(sure), 1)
        elif request.kind == "declare":
            _exactly(verdict, what, found.declared[request.number], int(sure), 1)
        elif request.kind == "pin":
            away = unpinned.get(request.number)
            gone_for_sure = away is not None and away.number in accepted and sure
            least = int(sure and away is None)
            count = found.pins[(request.incident, request.ts)]
            _exactly(verdict, what, count, least, 0 if gone_for_sure else 1)
        elif request.kind in ("close", "channel"):
            pressed[request.kind, request.incident] |= sure
    for (kind, incident), sure in pressed.items():
        count = found.closed[incident] if kind == "close" else int(incident in found.channels)
        _exactly(verdict, f"{kind} of incident {incident}", count, int(sure), 1)


def _messages(requests: list[Request], accepted: set[str], found: Found, verdict: Verdict) -> None:
    least: Counter = Counter()
    most: Counter = Counter()
    for request in requests:
        if request.kind in ("message", "keyword"):
            most[request.incident, request.user] += 1
            least[request.incident, request.user] += request.number in accepted
    for key, upper in most.items():
        what = f"messages of {key[1]} in incident {key[0]}"
        _exactly(verdict, what, found.counted[key], least[key], upper)


def _said(found: Found, slack: dict[str, Any], verdict: Verdict) -> None:
    """Each message that was sent was said, no oftener than it was tried, and in order."""
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message in slack["said"]:
        said[message["channel"], message["text"]].append(message["ts"])
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in found.rows:
        rows[row["channel"], row["text"]].append(row)
    first: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for (channel, text), group in rows.items():
        times = said.get((channel, text), [])
        sent = sum(row["status"] == "sent" for row in group)
        tried = sum(row["attempts"] for row in group)
        verdict.said += len(times)
        if len(times) < sent:
            verdict.lost.append(f"“{text}” in {channel} was said {len(times)} of {sent} times")
        if len(times) > tried:
            verdict.doubled.append(f"“{text}” in {channel}: said {len(times)}, tried {tried}")
        verdict.said_twice += max(len(times) - sent, 0)
        if len(group) == 1 and times:
            first[channel].append((group[0]["id"], min(times), text))
    for channel, lines in first.items():
        lines.sort()
        for before, after in itertools.pairwise(lines):
            if after[1] < before[1]:
                verdict.out_of_order.append(f"in {channel}: “{after[2]}” before “{before[2]}”")


def _headlines(found: Found, slack: dict[str, Any], verdict: Verdict) -> None:
    """One post per incident, that shows its title and whether it is closed."""
    posts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in slack["said"]:
        for block in message["blocks"]:
            posts[block].append(message)
    for incident, (block, status) in found.headlines.items():
        shown = posts.get(block, [])
        _exactly(verdict, f"headline of incident {incident}", len(shown), 1, 1)
        if shown and status not in shown[0]["shown"] + shown[0]["text"]:
            verdict.lost.append(f"headline of incident {incident} does not show “{status}”")


def _channels(found: Found, slack: dict[str, Any], verdict: Verdict) -> None:
    """No incident has left a second channel in Slack."""
    names = [name or "" for _id, name in slack["channels"]]
    for incident in found.channels:
        made = [name for name in names if name.startswith(f"inc-{incident}-")]
        if len(made) > 1:
            verdict.doubled.append(f"channels of incident {incident}: {', '.join(made)}")
