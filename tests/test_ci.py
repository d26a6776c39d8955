"""The parts of ``.ci/run``: what calls them, and what they call, is there."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.kinds import AGAIN, KINDS, ONCE, balance, commits, is_free, is_pure, spread

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/releasing.md",
    ".github/pull_request_template.md",
]


def run_ci(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci" / "run", *arguments], capture_output=True, text=True, check=False
    )


def parts() -> list[str]:
    return [line.split()[0] for line in run_ci("--list").stdout.splitlines()]


def test_the_first_part_is_what_the_readme_says():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert parts()[0] == "suite"
    assert "suite) make test ;;" in script
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_each_part_runs_a_target_of_the_makefile():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    called = re.findall(r"\bmake ([a-z-]+)$|\bmake ([a-z-]+) ;;", script, re.MULTILINE)
    assert len(called) == len(parts())
    assert {first or second for first, second in called} <= TARGETS


def test_an_unknown_part_is_a_sentence():
    ran = run_ci("everything")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "There is no part everything; see .ci/run --list\n"


def test_the_workflow_runs_every_part():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    called: list[str] = []
    for job in workflow["jobs"].values():
        rows = job.get("strategy", {}).get("matrix", {}).get("part", [])
        for step in job["steps"]:
            for words in re.findall(r"\.ci/run (.*)", step.get("run", "")):
                called += rows if "matrix.part" in words else [words]
    assert sorted(" ".join(called).split()) == sorted(parts())


def test_quick_leaves_out_every_slow_kind():
    [slow] = re.findall(r"^SLOW := (.*)$", MAKEFILE, re.MULTILINE)
    assert slow.split(" or ") == list(KINDS)
    assert f"not ({slow})" in (ROOT / "tox.ini").read_text("utf-8")


def test_every_slow_kind_is_a_marker_of_pytest(pytestconfig):
    described = dict(line.split(": ", 1) for line in pytestconfig.getini("markers") if ": " in line)
    assert {kind: described.get(kind) for kind in KINDS} == KINDS


def assert_there(beginning: str) -> None:
    file, _, name = beginning.partition("::")
    assert (ROOT / file).exists(), beginning
    assert not name or f"\ndef {name}" in (ROOT / file).read_text("utf-8"), beginning


@pytest.mark.parametrize(("marker", "tests"), AGAIN.items(), ids=AGAIN)
def test_what_is_run_again_elsewhere_is_there_and_chosen(marker, tests, pytestconfig):
    for beginning in tests:
        assert_there(beginning)
    assert f"{marker}: " in "\n".join(pytestconfig.getini("markers"))
    assert re.search(rf"\bor \(?{marker}\b", MAKEFILE + (ROOT / "tox.ini").read_text("utf-8"))


@pytest.mark.parametrize("beginning", ONCE)
def test_what_is_run_once_is_there(beginning):
    assert_there(beginning)


def test_what_is_run_once_is_left_out_everywhere_else():
    chosen = re.findall(r"^(?:DATABASE|COVERAGE) := (.*)$", MAKEFILE, re.MULTILINE)
    chosen += re.findall(r"pytest -q .* -m (\".*\")", (ROOT / "tox.ini").read_text("utf-8"))
    assert all(re.search(r"\b(or|not) \(?(pure or )?once\b", chosen_) for chosen_ in chosen)


def test_a_story_is_run_on_every_database_python_and_clock():
    chosen = re.findall(r"^(?:DATABASE|COVERAGE|CLOCK) := (.*)$", MAKEFILE, re.MULTILINE)
    chosen += re.findall(r"pytest -q .* -m (\".*\")", (ROOT / "tox.ini").read_text("utf-8"))
    assert len(chosen) == 5
    assert all(re.search(r"\bor story\b", expression) for expression in chosen)


def test_one_python_of_the_matrix_has_no_time_zones():
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    environments = tox["tox"]["env_list"].split(", ")
    [without] = [name for name in environments if name.endswith("-nozones")]
    assert "nozones: RESPONSE_TEST_USE_TZ=0" in tox["testenv"]["set_env"]
    # .ci/run asks for that Python, and runs them itself where it is missing.
    assert without.startswith("py312-")
    assert "if ! python3.12 " in (ROOT / ".ci" / "run").read_text("utf-8")


def test_a_pure_test_reaches_no_database(request):
    assert is_pure(request.node)


@pytest.mark.django_db
def test_one_with_the_mark_is_not_pure(request):
    assert not is_pure(request.node)


def test_one_with_a_fixture_is_not_pure(request, db):
    assert not is_pure(request.node)


@pytest.mark.django_db(transaction=True)
def test_one_that_commits_does(request):
    assert commits(request.node)
    assert not is_free(request.node)


def test_two_lists_are_spread_over_each_other():
    assert "".join(spread(list("aa"), list("bbbb"))) == "babbab"
    assert spread([], [1, 2]) == spread([1, 2], []) == [1, 2]


def test_each_test_is_run_once_and_those_that_commit_after_those_that_roll_back(request):
    items = request.session.items
    order = balance(items)
    assert sorted(map(id, order)) == sorted(map(id, items))
    taken = [commits(item) for item in order if not is_free(item)]
    assert taken == sorted(taken)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_a_document_exist(document):
    text = (ROOT / document).read_text("utf-8")
    code = "\n".join(
        re.findall(r"`([^`]+)`", text) + re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    )
    for line in re.findall(r"^make ([a-z -]+)", code, re.MULTILINE):
        assert set(line.split()) <= TARGETS, line
    for script in re.findall(r"\bscripts/[\w-]+", code):
        assert (ROOT / script).exists(), script
