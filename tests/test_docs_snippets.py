"""Every snippet of the documents is executed, or at least read by what would execute it.

Python is compiled, and run where it is settings or imports; shell is parsed, and the commands of
``manage.py`` and their options exist; YAML, JSON and TOML are loaded; what a fence is, is known.
The longer stories have tests of their own: extending (``test_docs_extending.py``), the API
(``api/test_docs.py``), webhooks, operations, and the README (``packaging/``).
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.utils.module_loading import import_string

from response.conf import DEFAULTS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
LANGUAGES = {"sh", "python", "json", "yaml", "sql", "text", ""}


class Snippet(NamedTuple):
    path: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def snippets() -> list[Snippet]:
    found = []
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        for match in re.finditer(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", text, re.S | re.M):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Snippet(path, line, match[2], textwrap.dedent(match[3])))
    return found


ALL = snippets()


def of(*languages: str) -> list[Snippet]:
    return [snippet for snippet in ALL if snippet.language in languages]


def test_every_fence_says_what_it_is():
    assert {snippet.language for snippet in ALL} <= LANGUAGES
    assert len(of("python")) > 20
    assert len(of("sh")) > 20


@pytest.mark.parametrize("snippet", of("python"), ids=str)
def test_python_compiles_and_imports_what_is_there(snippet):
    tree = ast.parse(snippet.text)
    compile(tree, str(snippet), "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("response"):
            for name in node.names:
                import_string(f"{node.module}.{name.name}")
    for name in re.findall(r'"(response\.worker\.runners\.\w+)"', snippet.text):
        assert callable(import_string(name).wake)


@pytest.mark.parametrize("snippet", of("python"), ids=str)
def test_settings_in_python_are_settings(snippet):
    assigned = {
        target.id
        for node in ast.parse(snippet.text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    ours = {n for n in assigned if re.match(r"(RESPONSE|INCIDENT|SLACK)_[A-Z_]+$", n)}
    assert ours <= set(DEFAULTS)


@pytest.mark.parametrize("snippet", of("json"), ids=str)
def test_json_is_json(snippet):
    json.loads(re.sub(r"^\s*//.*$", "", snippet.text, flags=re.M).replace("…", ""))


@pytest.mark.parametrize("snippet", of("yaml"), ids=str)
def test_yaml_is_yaml(snippet):
    assert list(yaml.safe_load_all(snippet.text))


@pytest.mark.parametrize("snippet", of("sh"), ids=str)
def test_the_shell_can_read_it(snippet):
    ran = subprocess.run(
        [shutil.which("bash") or "sh", "-n"], input=snippet.text, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def _options(command: str) -> set[str]:
    found = get_commands()[command]
    loaded = load_command_class(found, command) if isinstance(found, str) else found
    parser = loaded.create_parser("manage.py", command)
    return set(parser._option_string_actions)


def _managed() -> list[tuple[str, str, list[str]]]:
    """Every call of ``manage.py`` in shell or between backticks: where, command, arguments."""
    found = []
    for snippet in of("sh"):
        lines = snippet.text.replace("\\\n", " ").splitlines()
        found += [(str(snippet), line) for line in lines]
    for path in DOCUMENTS:
        text = re.sub(r"^( *)```.*?^\1```", "", path.read_text("utf-8"), flags=re.S | re.M)
        found += [
            (str(path.relative_to(ROOT)), " ".join(code.split()))
            for code in re.findall(r"`([^`]*manage\.py [^`]*)`", text)
        ]
    calls = []
    for where, line in found:
        if match := re.search(r"manage\.py +([a-z_]+)(.*)", line):
            calls.append((where, match[1], shlex.split(match[2], comments=True)))
    return calls


#: Of apps that the suite does not install: the demo's, and REST framework's for tokens.
OF_OTHERS = {"demo", "seed_demo", "seed_year", "drf_create_token"}


def test_commands_and_their_options_exist():
    calls = [call for call in _managed() if call[1] not in OF_OTHERS]
    assert len(calls) > 20
    for where, command, arguments in calls:
        assert command in get_commands(), f"{where}: {command}"
        given = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        assert given <= _options(command), f"{where}: {command} {arguments}"


def test_targets_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for snippet in of("sh"):
        for line in snippet.text.splitlines():
            if line.startswith("make "):
                words = shlex.split(line, comments=True)[1:]
                assert {w for w in words if "=" not in w} <= targets, f"{snippet}: {line}"
