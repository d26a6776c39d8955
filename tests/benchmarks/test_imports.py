"""The benchmark knows Response from outside, so that the inside can be rebuilt."""

from __future__ import annotations

import ast
from pathlib import Path

#: What a project imports, and the worker: the tick is counted apart from the sending of its jobs.
PUBLIC = {"response.models", "response.slack.decorators", "response.worker"}


def test_only_public_names_are_imported():
    sources = sorted((Path(__file__).parents[2] / "benchmarks").rglob("*.py"))
    assert len(sources) > 20
    used: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom):
                used.add(node.module or "")
            elif isinstance(node, ast.Import):
                used.update(alias.name for alias in node.names)
    assert {name for name in used if name.split(".")[0] == "response"} == PUBLIC
