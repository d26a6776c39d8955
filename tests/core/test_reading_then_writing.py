"""Reading and then writing waits for SQLite's write lock, by ``response.db.atomic``.

Django's ``update_or_create`` does both in a transaction of its own, which SQLite ends at once with
"database is locked" if another has written in between.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "response"
#: Called within the transaction of its caller, as its docstring says.
WITHIN = {"rules/apply.py"}


def calls_outside(tree: ast.AST, inside: bool = False) -> Iterator[int]:
    """The lines of calls that no ``with atomic()`` surrounds."""
    if isinstance(tree, ast.With):
        inside = inside or any(
            isinstance(item.context_expr, ast.Call)
            and ast.unparse(item.context_expr.func) == "atomic"
            for item in tree.items
        )
    if (
        isinstance(tree, ast.Call)
        and isinstance(tree.func, ast.Attribute)
        and tree.func.attr == "update_or_create"
        and not inside
    ):
        yield tree.lineno
    for child in ast.iter_child_nodes(tree):
        yield from calls_outside(child, inside)


def test_update_or_create_is_called_within_our_transaction():
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        if not {"migrations", "upgrade"} & set(path.parts)
        for line in calls_outside(ast.parse(path.read_text("utf-8")))
        if str(path.relative_to(PACKAGE)) not in WITHIN
    }
    assert not found


def test_one_outside_is_found():
    assert list(calls_outside(ast.parse("x.update_or_create(a=1)"))) == [1]
    assert not list(calls_outside(ast.parse("with atomic():\n    x.update_or_create(a=1)")))
