"""Which tests are slow, and why: markers given by what a test uses.

``make quick`` leaves these out, and says how many there were of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

#: The markers of slow tests, from the slowest: each test gets the first one that fits.
KINDS = {
    "packaging": "builds and installs the distribution",
    "browser": "drives a real browser",
    "processes": "starts processes of its own",
    "live": "talks to a real server over HTTP, with workers behind it",
    "threads": "commits for real, where threads meet in the database",
    "many": "works through many rows or many examples",
}
#: The fixtures that tell.
FIXTURES = {
    "browser": "browser",
    "db_server": "processes",
    "live_server": "live",
    "transactional_db": "threads",
}
LEFT_OUT = pytest.StashKey[Counter[str]]()


def kind_of(item: pytest.Item) -> str:
    """The kind of a slow test, or "" for a fast one."""
    found = {mark.name for mark in item.iter_markers()} & KINDS.keys()
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        found.add("many")
    found |= {FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in FIXTURES}
    database = item.get_closest_marker("django_db")
    if database is not None and database.kwargs.get("transaction"):
        found.add("threads")
    return next((kind for kind in KINDS if kind in found), "")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = kind_of(item)
        if kind:
            item.add_marker(kind)


def pytest_deselected(items: Iterable[pytest.Item]) -> None:
    """Count what an expression like ``-m "not live"`` left out."""
    for item in items:
        counted = item.config.stash.setdefault(LEFT_OUT, Counter())
        counted[kind_of(item)] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    # A worker of pytest-xdist tells the process that prints.
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = dict(session.config.stash.get(LEFT_OUT, Counter()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    # Each worker has collected the same tests: one of them is enough.
    left_out = getattr(node, "workeroutput", {}).get("left_out")
    if left_out is not None:
        node.config.stash[LEFT_OUT] = Counter(left_out)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, Counter())
    slow = [kind for kind in KINDS if left_out[kind]]
    if not slow or not config.option.markexpr:
        return
    terminalreporter.section("Left out")
    for kind in slow:
        command = "make package" if kind == "packaging" else f'make test ARGS="-m {kind}"'
        terminalreporter.line(f"{left_out[kind]:5} {kind:10} {KINDS[kind]:58} {command}")
