"""``makemessages`` reads the sources without a complaint, and plurals are right."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import response

ROOT = Path(response.__file__).parent


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory) -> str:
    """What ``makemessages`` has written of a copy of the package.

    It runs GNU gettext, of which nothing else needs anything. On a machine without it the same
    texts are read out in Python, which finds all but gettext's own warnings.
    """
    if shutil.which("xgettext") is None:
        return read_out_in_python()
    copy = tmp_path_factory.mktemp("package") / "response"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "*.po*"))
    (copy / "locale").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "de", "--no-location"],
        cwd=copy, env={**os.environ, "DJANGO_SETTINGS_MODULE": "django.conf.global_settings"},
        capture_output=True, text=True,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "warning" not in said.lower(), said
    assert "UnicodeDecodeError" not in said, said
    return (copy / "locale" / "de" / "LC_MESSAGES" / "django.po").read_text("utf-8")


_TEXT = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_IN_TEMPLATE = re.compile(rf"\b(?:_|n?gettext)\(\s*({_TEXT})(?:\s*,\s*({_TEXT}))?")


def read_out_in_python() -> str:
    """All marked texts, in the form of a catalogue."""
    pairs: set[tuple[str, ...]] = set()
    for name in ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"):
        for _file, call in calls(name):
            texts = call.args[: 2 if name.startswith("ngettext") else 1]
            pairs.add(tuple(str(t.value) for t in texts if isinstance(t, ast.Constant)))
    for path in ROOT.rglob("*.html"):
        read = templatize(path.read_text("utf-8"), origin=str(path))
        for match in _IN_TEMPLATE.finditer(read):
            pairs.add(tuple(ast.literal_eval(text) for text in match.groups() if text))
    return "\n\n".join(
        "\n".join(
            f'{keyword} "{text}"'
            for keyword, text in zip(("\nmsgid", "msgid_plural"), pair, strict=False)
        )
        for pair in sorted(filter(None, pairs))
    )


@pytest.mark.many
def test_without_gettext_the_same_texts_are_found(catalogue):
    found = read_out_in_python()
    assert 'msgid "Log in"' in found
    assert abs(found.count("msgid ") - catalogue.count("\nmsgid ")) < 60


def test_it_runs_clean_and_finds_python_and_templates(catalogue):
    assert 'msgid "Log in"' in catalogue  # a template
    assert "was pinned" in catalogue or "msgid_plural" in catalogue
    assert catalogue.count("\nmsgid ") > 400


def test_plurals_name_their_number(catalogue):
    """Both forms have the placeholder of the number, or a language without a singular fails."""
    for entry in catalogue.split("\n\n"):
        if "msgid_plural" not in entry:
            continue
        plural = entry.partition("msgid_plural")[2].partition("msgstr")[0]
        assert re.search(r"%\(\w+\)[sd]|%d|%s|\{\w+\}", plural), entry


def calls(name: str) -> list[tuple[Path, ast.Call]]:
    return [
        (file, node)
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


@pytest.mark.many
@pytest.mark.parametrize("name", ["_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"])
def test_what_is_marked_is_a_whole_text_that_extraction_sees(name):
    for file, call in calls(name):
        texts = call.args[: 2 if name.startswith("ngettext") else 1]
        for text in texts:
            where = f"{file.relative_to(ROOT)}:{call.lineno}"
            assert not isinstance(text, ast.JoinedStr), f"{where}: an f-string is not extracted"
            assert not isinstance(text, ast.BinOp), f"{where}: a glued text is not extracted"
            if isinstance(text, ast.Constant):
                assert str(text.value).strip(), f"{where}: empty"


def test_every_name_of_gettext_is_one_that_extraction_knows():
    """What is imported under another name than its own or ``_`` is read out by nothing."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                names = {alias.asname for alias in node.names} - {None, "_"}
                assert not names, f"{file.relative_to(ROOT)}:{node.lineno}: {names}"


def test_no_sentence_is_glued_from_parts():
    """``_("…") + _("…")`` fixes an order of words that other languages do not have."""
    marked = {"_", "gettext", "ngettext", "gettext_lazy", "ngettext_lazy"}
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
                continue
            sides = [_marked(side, marked) for side in (node.left, node.right)]
            assert not all(sides), f"{file.relative_to(ROOT)}:{node.lineno}"


def _marked(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        node = node.left
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
