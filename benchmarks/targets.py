"""What is to be reached, as ratios within one run, and whether it was.

The targets are for PostgreSQL and one web process; those for effects, which several processes
share, for any number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.measures.calls import LEAST
from benchmarks.measures.effects import RATE
from benchmarks.measures.tick import SENDING
from benchmarks.report import Document, bare_of, index, markdown, median
from benchmarks.statistics import ratio
from benchmarks.subjects import BARE, PEERS, RESPONSE

Entries = dict[tuple[str, str, str, str], dict[str, object]]


@dataclass(frozen=True)
class Finding:
    """One target in one setup. ``found`` and ``limit`` are of the same unit."""

    target: str
    setup: str
    found: float
    limit: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        return self.found >= self.limit if self.at_least else self.found <= self.limit


def findings(document: Document) -> list[Finding]:
    """Every target of which the run has measured both sides."""
    entries = index(document)
    setups = [
        key for key in dict.fromkeys(key[1] for key in entries) if key.startswith("postgres-")
    ]
    checks: tuple[Callable[[Entries, str], Iterator[Finding]], ...] = (
        _acks,
        _effects,
        _forms,
        _reading,
        _ticks,
        _calls,
    )
    return [
        finding
        for setup in setups
        for check in (checks if setup.startswith("postgres-1-") else (_effects,))
        for finding in check(entries, setup)
    ]


def _compared(
    entries: Entries, setup: str, measure: str, case: str, value: str, base: str = BARE
) -> float | None:
    """Response's median beside that of ``base``, or of the bare view in the same setup."""
    ours = entries.get((measure, setup, case, RESPONSE), {})
    if base == BARE:
        theirs = bare_of(entries, measure, setup, case)
    else:
        theirs = entries.get((measure, setup, case, base), {})
    return ratio(median(ours, value), median(theirs, value))


def _acks(entries: Entries, setup: str) -> Iterator[Finding]:
    for case, limit in (("message", 0.8), ("message, backlog", 0.8), ("elsewhere", 1.2)):
        found = _compared(entries, setup, "ack", case, "per_second")
        if found is not None:
            yield Finding(f"acks of {case}, × bare", setup, found, limit, at_least=True)
    for case in ("message", "message, backlog"):
        found = _compared(entries, setup, "ack", case, "p99_ms")
        if found is not None:
            yield Finding(f"p99 of acks of {case}, × bare", setup, found, 3, at_least=False)


def _effects(entries: Entries, setup: str) -> Iterator[Finding]:
    found = _compared(entries, setup, "effects", "burst", "per_second")
    if found is not None:
        yield Finding("effects, × bare", setup, found, 0.5, at_least=True)
    for peer in PEERS[1:]:
        found = _compared(entries, setup, "effects", "burst", "per_second", peer)
        if found is not None:
            yield Finding(f"effects, × {peer}", setup, found, 1, at_least=True)
    steady = f"at {RATE}/s"
    waited = median(entries.get(("effects", setup, steady, RESPONSE), {}), "p99_ms")
    if waited is not None:
        yield Finding(f"p99 from ack to effect {steady}, ms", setup, waited, 1000, at_least=False)
    wrong = [
        count
        for case in ("burst", steady)
        for name in ("lost", "doubled")
        if (count := median(entries.get(("effects", setup, case, RESPONSE), {}), name)) is not None
    ]
    if wrong:
        yield Finding("effects lost or doubled", setup, sum(wrong), 0, at_least=False)


def _forms(entries: Entries, setup: str) -> Iterator[Finding]:
    case = f"{RATE} messages/s, backlog"
    found = median(entries.get(("forms", setup, case, RESPONSE), {}), "p99_ms")
    if found is not None:
        yield Finding("p99 of forms under load, ms", setup, found, 1000, at_least=False)


def _reading(entries: Entries, setup: str) -> Iterator[Finding]:
    measures = [
        (case.rpartition(" (of ")[0], int(size), values)
        for (measure, where, case, _subject), values in entries.items()
        if measure == "read" and where == setup and (size := median(values, "incidents"))
    ]
    for name in dict.fromkeys(name for name, _size, _values in measures):
        measured = {size: values for called, size, values in measures if called == name}
        least, most = min(measured), max(measured)
        few, many = measured[least], measured[most]
        grown = ratio(median(many, "p50_ms"), median(few, "p50_ms"))
        if grown is not None and most > least:
            what = f"{name}, {most:,} incidents, × {least:,}"
            yield Finding(what, setup, grown, 1.3, at_least=False)
        queries = median(many, "queries")
        if queries is not None:
            yield Finding(f"{name}, queries", setup, queries, 8, at_least=False)


def _ticks(entries: Entries, setup: str) -> Iterator[Finding]:
    for (measure, where, case, _subject), values in entries.items():
        if measure == "tick" and where == setup and not case.endswith(SENDING):
            queries, messages = median(values, "queries"), median(values, "messages")
            if queries is not None and messages is not None:
                what = f"queries of a tick, {case}"
                yield Finding(what, setup, queries, 20 + messages, at_least=False)


def _calls(entries: Entries, setup: str) -> Iterator[Finding]:
    found = median(entries.get(("calls", setup, "whole life", RESPONSE), {}), "calls")
    if found is not None:
        limit = sum(LEAST.values()) + 2
        yield Finding("Slack calls of an incident's life", setup, found, limit, at_least=False)


def table(document: Document) -> str:
    """Markdown, with what was missed first."""
    rows = [
        [
            finding.target,
            finding.setup,
            f"{finding.found:,.2f}",
            f"{'≥' if finding.at_least else '≤'} {finding.limit:,g}",
            "yes" if finding.met else "NO",
        ]
        for finding in sorted(findings(document), key=lambda finding: finding.met)
    ]
    return markdown(["target", "setup", "found", "wanted", "met"], rows)
