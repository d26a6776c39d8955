"""The table that people read, on a terminal and in the documentation."""

from __future__ import annotations

from typing import Any

from benchmarks.statistics import ratio
from benchmarks.subjects import BARE

Document = dict[str, Any]

#: How a value is headed, and with how many digits it is shown.
COLUMNS = {
    "per_second": ("/s", 0),
    "acks_per_second": ("acks/s", 0),
    "p50_ms": ("p50 ms", 1),
    "p99_ms": ("p99 ms", 1),
    "ms": ("ms", 0),
    "cpu_ms": ("CPU ms", 2),
    "queries": ("queries", 0),
    "messages": ("messages", 0),
    "kb": ("kB", 1),
    "calls": ("calls", 0),
    "least": ("least", 0),
    "more": ("more", 0),
    "memory_mb": ("MB", 1),
    "grown_mb": ("MB more", 1),
    "late": ("late", 0),
    "lost": ("lost", 0),
    "doubled": ("doubled", 0),
    "left": ("left", 0),
    "refused": ("refused", 0),
}
#: Values of which more is better are divided by the bare view's.
RATED = ("per_second",)


def index(document: Document) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """The values by ``(measure, setup, case, subject)``."""
    return {key: entry["values"] for key, entry in _entries(document).items()}


def merged(documents: list[Document]) -> Document:
    """One document of several runs on the same machine; of what two have measured, the later's."""
    results = {key: entry for each in documents for key, entry in _entries(each).items()}
    return {
        **documents[0],
        "form": ", ".join(dict.fromkeys(str(document["form"]) for document in documents)),
        "seconds": sum(document["seconds"] for document in documents),
        "results": list(results.values()),
    }


def _entries(document: Document) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    return {
        (entry["measure"], entry["setup"], entry["case"], entry["subject"]): entry
        for entry in document["results"]
    }


def bare_of(entries: dict[Any, Any], measure: str, setup: str, case: str) -> dict[str, Any]:
    """What the bare view did: with the same, or else with messages, which is the same to it."""
    for candidate in (case, "message", "burst"):
        found = entries.get((measure, setup, candidate, BARE))
        if found:
            return dict(found)
    return {}


def median(values: dict[str, Any], name: str) -> float | None:
    """The median of a value, None if it was not measured."""
    found = values.get(name)
    return None if found is None else float(found["median"])


#: Between these a file has the numbers of a run.
BEGIN = (
    "<!-- The numbers begin here: python -m benchmarks report FILE --into docs/performance.md -->"
)
END = "<!-- The numbers end here. -->"


def replaced(text: str, numbers: str) -> str:
    """``text`` with ``numbers`` between the marks. Raises ``ValueError`` if it lacks them."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The file lacks the marks between which numbers go:\n{BEGIN}\n{END}")
    return f"{before}{BEGIN}\n\n{numbers}\n\n{END}{after}"


def about(document: Document) -> str:
    """Return when and where the run was measured."""
    machine = document["machine"]
    packages = {**machine["packages"], "slack_bolt": machine["slack_bolt"]}
    software = [f"Python {machine['python']}"]
    software += [f"{name} {version}" for name, version in packages.items() if version]
    connections = "kept" if document["keep_alive"] else "new for each request"
    when = f"{document['made'][:10]}, {document['form']} form, {document['seconds']:,.0f} s"
    where = f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    lines = [
        f"Measured on {when}",
        f"{where}, {machine['architecture']}; load when it began: {machine['load']}",
        ", ".join([*software, *machine["databases"]]),
        f"Connections of the client: {connections}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def tables(document: Document) -> str:
    """Markdown: a table for each measure and setup, medians, with minimum and maximum of the
    first column."""
    entries = index(document)
    parts = []
    for measure, setup in dict.fromkeys(key[:2] for key in entries):
        rows = {key: values for key, values in entries.items() if key[:2] == (measure, setup)}
        columns = [name for name in COLUMNS if any(name in values for values in rows.values())]
        head = ["case", "subject"]
        for name in columns:
            head.append(COLUMNS[name][0])
            if name in RATED:
                head += ["min – max", "× bare"]
        lines = []
        for (_measure, _setup, case, subject), values in rows.items():
            base = bare_of(entries, measure, setup, case)
            lines.append([case, subject, *_cells(values, base, columns)])
        parts.append(f"### {measure}: {setup}\n\n{markdown(head, lines)}")
    return "\n\n".join(parts)


def _cells(values: dict[str, Any], base: dict[str, Any], columns: list[str]) -> list[str]:
    cells = []
    for name in columns:
        digits = COLUMNS[name][1]
        found = values.get(name)
        cells.append("" if found is None else f"{found['median']:,.{digits}f}")
        if name in RATED:
            cells.append(
                "" if found is None else f"{found['min']:,.{digits}f} – {found['max']:,.{digits}f}"
            )
            compared = ratio(median(values, name), median(base, name))
            cells.append("" if compared is None else f"{compared:.2f}")
    return cells


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table whose columns also stand straight on a terminal."""
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * width if i < 2 else "-" * (width - 1) + ":") for i, width in enumerate(widths)]
    return "\n".join([line(head), f"| {' | '.join(rule)} |", *map(line, rows)])
