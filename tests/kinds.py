"""Which tests are slow, and why; and which of them are run again elsewhere: markers.

``make quick`` leaves the slow ones out, and says how many there were of each. ``make test`` runs
all of them once, on SQLite. Another database, another Python and another clock get those that they
can change: the fast tests, and of the slow ones what ``AGAIN`` names.

In CI those that hang on the machine's speed get a second attempt, and each that needed it is named
at the end.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter

import pytest

#: The markers of slow tests, from the slowest: each test gets the first one that fits.
KINDS = {
    "packaging": "builds and installs the distribution",
    "browser": "drives a real browser",
    "processes": "starts processes of its own",
    "live": "talks to a real server over HTTP, with workers behind it",
    "threads": "commits for real, where threads meet in the database",
    "played": "plays in the sandbox's Slack, in the thread of the test",
    "many": "works through many rows or many examples",
}
#: The fixtures that tell.
FIXTURES = {
    "browser": "browser",
    "db_server": "processes",
    "live_server": "live",
    "transactional_db": "threads",
    "slack_in_process": "played",
}
#: Slow tests that are run again elsewhere, by the marker that chooses them there: how their ids
#: begin, and what another database, Python or clock can change in them.
AGAIN = {
    # On every database, Python and clock.
    "story": {
        "tests/slack/test_story.py": "an incident from end to end",
    },
    # On the newest Python and Django, beside the story.
    "versions": {
        "tests/slack/test_extending.py": "what projects write against: decorators, forms, clients",
        "tests/test_admin.py": "pages that Django makes",
        "tests/language/test_every_page.py": "every page, with Django's translations",
    },
    # On PostgreSQL, beside the story: who waits for a lock, and who sees what at which moment.
    "locks": {
        "tests/slack/test_inbox.py": "requests at once: stored once, worked on in order",
        "tests/slack/test_outbox.py": "queues: order, leases, what is tried again",
        "tests/slack/test_rate_limits.py": "queues that wait for each other",
        "tests/slack/test_runners.py": "who works: threads, Celery, tasks, worker processes",
        "tests/slack/test_events.py::test_pins_delivered_twice": "the same row written at once",
        "tests/slack/test_socket_mode.py::test_several_processes": "envelopes shared by processes",
        "tests/slack/test_socket_mode.py::test_what_is_not_stored": "a database that is away",
        "tests/slack/test_socket_processes.py::test_an_eleventh_process": "places are counted",
        "tests/slack/test_socket_processes.py::test_each_envelope": "envelopes at once",
        "tests/slack/test_socket_processes.py::test_killed": "killed while it stores",
        "tests/slack/test_crash.py": "killed in the middle of a transaction",
        "tests/slack/test_rules.py::test_killed": "killed after any step",
        "tests/slack/test_updates.py::test_killed": "killed while people are told",
        "tests/reviews/test_kill.py::test_a_server_killed_while_it": "before and after the commit",
        "tests/webhooks/test_delivery.py": "from Slack to the receiver",
    },
    # Without time zones, beside the story.
    "clock": {
        "tests/metrics/test_against_plain_python.py": "figures of days, weeks and months",
        "tests/metrics/test_outcomes.py": "what a corrected time changes",
        "tests/metrics/test_periods.py": "where a month begins",
        "tests/test_demo_year.py": "a year of moments",
        "tests/api/test_hostile.py": "moments that are none",
    },
}
#: Tests that no other database, Python or clock can change, fast ones among them, though by their
#: kind they would be run there: how their ids begin, and what they are about. ``AGAIN`` goes first.
ONCE = {
    "tests/language/": "the words of each page and answer",
    "tests/slack/test_noise.py": "what the bot says, and what it need not say",
    "tests/slack/test_slack_side.py": "what is told in which channel",
    "tests/slack/test_commands.py::test_severities_as": "how commands are read",
    "tests/slack/test_commands.py::test_close_without_doubt": "how commands are read",
    "tests/slack/test_commands.py::test_actions_are_ticked": "how commands are read",
    "tests/slack/test_details.py::test_marks_around": "how commands are read",
    "tests/test_invisible_text.py": "which characters can be seen",
    "tests/setup/test_organisations.py": "what organisations rename",
    "tests/test_demo_year.py": "the demo's year",
    "tests/ui/test_private_everywhere.py": "every page, for those who may see it and who may not",
    "tests/ui/test_incident_doc.py::test_no_shape_of_metadata": "what a page makes of any JSON",
    "tests/api/test_schema.py::test_a_boolean_in_json": "how values are read",
    "tests/api/test_schema.py::test_an_empty_parameter": "how parameters are read",
    "tests/test_fuzz.py::test_forms_with_strange": "forms whose fields are none",
    "tests/test_fuzz.py::test_presses_by_a_strange_person": "buttons, pressed by none",
    "tests/test_admin.py::test_no_": "who sees which page of the admin",
}
#: The fixtures without which no test reaches the database, beside the mark ``django_db``.
DATABASE = {"db", "django_db_setup", *FIXTURES} - {"browser"}
#: Those with which a test commits.
REAL = {"transactional_db", "live_server"}
#: The kinds that get a second attempt in CI: a browser, a server or a process of their own answers
#: when the machine lets it. All other tests decide by themselves how they end.
REPEATED = {"browser", "live", "processes"}
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


def again(item: pytest.Item) -> Iterator[str]:
    """The markers of a slow test that is run again elsewhere."""
    for marker, tests in AGAIN.items():
        if item.nodeid.startswith(tuple(tests)):
            yield marker


def is_pure(item: pytest.Item) -> bool:
    """Whether no database can change what a test finds: it reaches none."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is None and not fixtures & DATABASE


def mark(item: pytest.Item) -> None:
    kind = kind_of(item)
    if kind:
        item.add_marker(kind)
        for marker in again(item):
            item.add_marker(marker)
    if kind in REPEATED and os.environ.get("CI"):
        item.add_marker(pytest.mark.flaky(reruns=1))
    if is_pure(item):
        item.add_marker("pure")
    if item.nodeid.startswith(tuple(ONCE)):
        item.add_marker("once")


def commits(item: pytest.Item) -> bool:
    """Whether a test empties the suite's database at its end."""
    database = item.get_closest_marker("django_db")
    real = REAL & set(getattr(item, "fixturenames", ()))
    return bool(real) or (database is not None and bool(database.kwargs.get("transaction")))


def is_free(item: pytest.Item) -> bool:
    """Whether a test may run at any time, since it leaves the suite's database alone."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is None and not fixtures & {"db", *REAL}


def spread(some: list[pytest.Item], others: list[pytest.Item]) -> list[pytest.Item]:
    """Two lists as one, each spread evenly over it."""
    placed = [
        ((n + 0.5) / len(all_), item) for all_ in (some, others) for n, item in enumerate(all_)
    ]
    return [item for _place, item in sorted(placed, key=itemgetter(0))]


def balance(items: list[pytest.Item]) -> list[pytest.Item]:
    """Order tests so that no worker gets all that take long.

    pytest-xdist hands out long rows of tests. pytest-django puts first those that roll back, then
    those that commit, most of them slow, and last those that leave the database alone, of which
    nearly all are fast, but those that start the demo or a crash test the slowest of all. Without
    this one worker has hundreds of slow ones left when the others have nothing more to do.
    """
    free = [item for item in items if is_free(item)]
    long = [item for item in free if kind_of(item) == "processes"]
    short = [item for item in free if kind_of(item) != "processes"]
    taken = [item for item in items if not is_free(item)]
    first = [item for item in taken if not commits(item)]
    rest = spread([item for item in taken if commits(item)], short)
    # None that takes long comes at the very end.
    end = len(rest) * 3 // 4
    return first + spread(rest[:end], long) + rest[end:]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        mark(item)
    yield
    items[:] = balance(items)


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
    _tell_what_was_left_out(terminalreporter, config)
    _tell_what_was_repeated(terminalreporter)


def _tell_what_was_left_out(terminalreporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, Counter())
    slow = [kind for kind in KINDS if left_out[kind]]
    if not slow or not config.option.markexpr:
        return
    terminalreporter.section("Left out")
    for kind in slow:
        command = "make package" if kind == "packaging" else f'make test ARGS="-m {kind}"'
        terminalreporter.line(f"{left_out[kind]:5} {kind:10} {KINDS[kind]:58} {command}")


def _tell_what_was_repeated(terminalreporter) -> None:
    """Name each test that passed at its second attempt, with how the first one ended."""
    stats = terminalreporter.stats
    failed = {report.nodeid for name in ("failed", "error") for report in stats.get(name, ())}
    repeated = [report for report in stats.get("rerun", ()) if report.nodeid not in failed]
    if not repeated:
        return
    terminalreporter.section("Passed at the second attempt")
    for report in repeated:
        terminalreporter.line(report.nodeid)
        terminalreporter.line(f"    {_last_words(report)}")
    terminalreporter.line("")  # where .ci/run sees that it ends


def _last_words(report: pytest.TestReport) -> str:
    """The last line of a failure (which says where it was), and the first of its error."""
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    error = next((line[1:].strip() for line in lines if line.startswith("E  ")), "")
    return " - ".join(filter(None, [*lines[-1:], error]))
