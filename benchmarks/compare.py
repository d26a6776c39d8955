"""One run beside another."""

from __future__ import annotations

from benchmarks.report import COLUMNS, Document, index, markdown, median
from benchmarks.statistics import ratio


def compare(now: Document, before: Document) -> str:
    """A Markdown table of all values that both runs have, with their ratio.

    ``now / before``: above 1 is better for rates, worse for times and costs.
    """
    ours, theirs = index(now), index(before)
    rows = []
    for key, values in ours.items():
        for name in COLUMNS:
            new, old = median(values, name), median(theirs.get(key, {}), name)
            found = ratio(new, old)
            if new is None or old is None or found is None:
                continue
            measure, setup, case, subject = key
            what = f"{measure} {case}, {setup}"
            rows.append(
                [what, subject, COLUMNS[name][0], f"{old:,.2f}", f"{new:,.2f}", f"{found:.2f}"]
            )
    if not rows:
        return "The two runs have nothing in common."
    return markdown(["what", "subject", "value", "before", "now", "now / before"], rows)
