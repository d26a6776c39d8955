"""What the kinds of tests decide: who gets a second attempt, and who hears of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kinds import KINDS, REPEATED

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[1]
HEADING = " Passed at the second attempt "
# Each test fails at its first attempt, and some at the second as well.
TESTS = """
import pathlib
import pytest

@pytest.fixture
def live_server():
    yield

@pytest.fixture
def attempt(request):
    count = pathlib.Path("attempts", request.node.name)
    with count.open("a") as file:
        file.write(".")
    return len(count.read_text())

def test_with_a_server(live_server, attempt):
    assert attempt == 2, "the server was slow"

def test_that_always_fails(live_server, attempt):
    assert attempt == 0

@pytest.mark.threads
def test_with_threads(attempt):
    assert attempt == 2

@pytest.mark.many
def test_with_many_rows(attempt):
    assert attempt == 2

def test_that_is_fast(attempt):
    assert attempt == 2
"""
# What is said of the one that passed in the end.
NAMED = [
    "test_attempts.py::test_with_a_server",
    "    test_attempts.py:17: AssertionError - AssertionError: the server was slow",
]


@pytest.fixture
def run(tmp_path):
    """``run(*arguments, **environment)``: what pytest prints about :data:`TESTS`."""
    given = KINDS | {"pure": "reaches no database"}
    markers = "".join(f"    {name}: {why}\n" for name, why in given.items())
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers =\n{markers}")
    (tmp_path / "test_attempts.py").write_text(TESTS)
    (tmp_path / "attempts").mkdir()

    def ran(*arguments: str, **environment: str) -> str:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name != "CI" and not name.startswith(("PYTEST", "COV_"))
        }
        process = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.kinds", "-p", "no:django",
             "-p", "no:cacheprovider", "--strict-markers", "-ra", *arguments],
            cwd=tmp_path,
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert process.returncode == 1, process.stdout + process.stderr
        return process.stdout

    return ran


def attempts(directory: Path) -> dict[str, int]:
    return {path.name: len(path.read_text()) for path in (directory / "attempts").iterdir()}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_in_ci_what_hangs_on_the_machine_is_tried_again_and_named(run, tmp_path, workers):
    said = run("-n", workers, CI="true")
    assert attempts(tmp_path) == {
        "test_with_a_server": 2,
        "test_that_always_fails": 2,
        "test_with_threads": 1,
        "test_with_many_rows": 1,
        "test_that_is_fast": 1,
    }
    told = said.partition(HEADING)[2].partition("\n\n")[0].splitlines()[1:]
    assert told == NAMED
    assert "4 failed, 1 passed, 2 rerun" in said


def test_elsewhere_each_test_has_one_attempt(run, tmp_path):
    said = run("-n", "0")
    assert set(attempts(tmp_path).values()) == {1}
    assert HEADING not in said
    assert "5 failed in" in said


def test_only_kinds_that_there_are_get_a_second_attempt():
    assert KINDS.keys() >= REPEATED


def test_the_output_of_ci_keeps_the_names(run, tmp_path):
    """The same lines, taken out of all that a part printed, as ``.ci/run`` does it."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    [program] = [line.split("'")[1] for line in script.splitlines() if "again=$(awk" in line]
    for arguments in (["-n", "0"], ["-q", "-n", "2"]):
        for path in (tmp_path / "attempts").iterdir():
            path.unlink()
        said = run(*arguments, CI="true")
        kept = subprocess.run(["awk", program], input=said, capture_output=True, text=True)
        assert kept.stdout.splitlines() == NAMED
