"""Tables, comparing, targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main, parser
from benchmarks.compare import compare
from benchmarks.report import merged, replaced, tables
from benchmarks.results import Results
from benchmarks.targets import findings, table

SETUP = "postgres-1-web"


def document(**response: float) -> dict:
    """A run in which the bare view answered 100 requests a second."""
    results = Results()
    for rate in (90.0, 100.0, 130.0):
        results.add("ack", SETUP, "message", "bare", {"per_second": rate, "p99_ms": 10.0})
    values = {"per_second": 85.0, "p99_ms": 29.0, **response}
    results.add("ack", SETUP, "message", "response", values)
    results.add("ack", SETUP, "elsewhere", "response", {"per_second": 110.0})
    machine = {
        "cores": 2,
        "memory_gib": 8,
        "system": "Linux 6.1",
        "architecture": "x86_64",
        "python": "3.13.1",
        "packages": {"Django": "6.0"},
        "slack_bolt": None,
        "databases": ["SQLite 3.40"],
        "load": 0.1,
    }
    return {
        "made": "2030-01-02T03:04:05Z",
        "form": "short",
        "seconds": 170.0,
        "keep_alive": True,
        "machine": machine,
        "results": results.as_list(),
    }


def cells(text: str, *begin: str) -> list[str]:
    """The cells of the one row that begins so."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    [row] = [row for row in rows if row[: len(begin)] == list(begin)]
    return row


def test_a_table_has_medians_their_spread_and_the_ratio_to_the_bare_view():
    text = tables(document())
    assert f"### ack: {SETUP}" in text
    assert cells(text, "message", "bare")[2:5] == ["100", "90 – 130", "1.00"]
    assert cells(text, "message", "response")[2:5] == ["85", "85 – 85", "0.85"]
    # To the bare view all requests are the same.
    assert cells(text, "elsewhere", "response")[4] == "1.10"


def test_comparing_divides_now_by_before():
    text = compare(document(per_second=170.0), document(per_second=85.0))
    row = cells(text, f"ack message, {SETUP}", "response", "/s")
    assert row[3:] == ["85.00", "170.00", "2.00"]


def test_comparing_leaves_out_what_only_one_run_has():
    before = document()
    before["results"] = [r for r in before["results"] if r["subject"] == "bare"]
    assert "response" not in compare(document(), before)
    assert compare({"results": []}, before) == "The two runs have nothing in common."


def test_several_runs_make_one_report():
    first, second = document(), document(per_second=170.0)
    second["results"] = [r for r in second["results"] if r["subject"] == "response"]
    text = tables(merged([first, second]))
    assert cells(text, "message", "bare")[2] == "100"
    assert cells(text, "message", "response")[4] == "1.70"
    both = merged([first, {**second, "form": "long"}])
    assert (both["form"], both["seconds"]) == ("short, long", 340.0)


def test_targets_are_ratios_within_the_run():
    found = {finding.target: finding for finding in findings(document())}
    assert found["acks of message, × bare"].met
    assert found["p99 of acks of message, × bare"].met
    assert not found["acks of elsewhere, × bare"].met
    worse = {f.target: f for f in findings(document(per_second=79.0, p99_ms=31.0))}
    assert not worse["acks of message, × bare"].met
    assert not worse["p99 of acks of message, × bare"].met


def test_what_was_missed_stands_first():
    lines = table(document()).splitlines()
    assert "| NO" in lines[2].replace("|  NO", "| NO")
    assert "elsewhere" in lines[2]


def test_targets_of_the_other_measures():
    results = Results()
    for size, milliseconds, queries in ((100, 10.0, 8.0), (100_000, 14.0, 9.0)):
        values = {"p50_ms": milliseconds, "queries": queries, "incidents": float(size)}
        results.add("read", SETUP, f"list (of {size:,})", "response", values)
    results.add("tick", SETUP, "500 open, 50 due", "response", {"queries": 70.0, "messages": 50.0})
    results.add("calls", SETUP, "whole life", "response", {"calls": 30.0})
    results.add("effects", SETUP, "at 50/s", "response", {"p99_ms": 999.0, "doubled": 1.0})
    found = {f.target: (f.found, f.met) for f in findings({"results": results.as_list()})}
    assert found == {
        "list, 100,000 incidents, × 100": (pytest.approx(1.4), False),
        "list, queries": (9.0, False),
        "queries of a tick, 500 open, 50 due": (70.0, True),
        "Slack calls of an incident's life": (30.0, False),
        "p99 from ack to effect at 50/s, ms": (999.0, True),
        "effects lost or doubled": (1.0, False),
    }


def test_the_commands_that_read_files(tmp_path, capsys):
    now, before = tmp_path / "now.json", tmp_path / "before.json"
    now.write_text(json.dumps(document()))
    before.write_text(json.dumps(document(per_second=42.5)))
    main(["report", str(now)])
    printed = capsys.readouterr().out
    assert "### ack" in printed
    assert "2 cores, 8 GiB, Linux 6.1" in printed
    assert "SQLite 3.40" in printed
    main(["compare", str(now), str(before)])
    assert "2.00" in capsys.readouterr().out


def test_the_numbers_of_the_documentation_are_replaced(tmp_path, capsys):
    page = Path(__file__).parents[2] / "docs/performance.md"
    copy, run = tmp_path / "performance.md", tmp_path / "run.json"
    copy.write_text(page.read_text())
    run.write_text(json.dumps(document(per_second=85.0)))
    main(["report", str(run), "--into", str(copy)])
    first = copy.read_text()
    assert cells(first, "message", "response")[2] == "85"
    run.write_text(json.dumps(document(per_second=71.0)))
    main(["report", str(run), "--into", str(copy)])
    assert cells(copy.read_text(), "message", "response")[2] == "71"
    assert first.startswith(page.read_text()[:1000])
    assert first.endswith(page.read_text()[-1000:])
    assert capsys.readouterr().out == ""


def test_a_page_without_marks_is_left_alone():
    with pytest.raises(ValueError, match="lacks the marks"):
        replaced("# A page", "numbers")


def test_unknown_measures_are_refused(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "--only", "ack,nothing"])
    assert "nothing chosen; there are: client, ack" in capsys.readouterr().err
