"""Dump all that is configured to a file, load it from one, or say what a load would do."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import Any

import yaml
from django.utils.translation import gettext as _

from response.db import atomic
from response.setup.configuration.document import Mapping, Mistake, Mistakes, read, shortened, walk
from response.setup.configuration.kind import Difference
from response.setup.configuration.kinds import ALL

_HEADING = """\
# What this installation of Response calls things. Change it here, then see what that would do
# with “manage.py response_config diff FILE”, and do it with “manage.py response_config load FILE”.
# What is left out of a row is as usual; the order is the order in lists. Keys never change.
"""


class _Undo(Exception):
    """Rolls back a load that is only a preview."""


def dump() -> str:
    """Return the file: all kinds, each with all of its rows."""
    sections: dict[str, Any] = {kind.name: kind.dump() for kind in ALL}
    text = yaml.dump(
        sections, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100, indent=2
    )
    return f"{_HEADING}\n{text}"


def load(content: bytes) -> list[Difference]:
    """Make the rows what the file says, all or nothing, and return what that changed.

    A section that the file does not have stays as it is. Raises :class:`Mistakes`.
    """
    document = read(content)
    with atomic():
        return _load(document)


def diff(content: bytes) -> list[Difference]:
    """Return what :func:`load` would change. Raises :class:`Mistakes` as that does."""
    document = read(content)
    found: list[Difference] = []
    try:
        with atomic():
            found = _load(document)
            raise _Undo
    except _Undo:
        return found


def _load(document: Mapping) -> list[Difference]:
    mistakes = list(_unknown_sections(document))
    sections = [
        (kind, replace(document.values[kind.name], at=document.lines[kind.name]))
        for kind in ALL
        if kind.name in document.values
    ]
    found: list[Difference] = []
    steps = [(kind.load, section) for kind, section in sections]
    last_first = [(kind.finish, section) for kind, section in reversed(sections)]
    for part in (steps, last_first):
        for step, section in part:
            try:
                found += step(section)
            except Mistakes as more:
                mistakes += more.found
        if mistakes:
            raise Mistakes(mistakes)
    return found


def _unknown_sections(document: Mapping) -> list[Mistake]:
    names = [kind.name for kind in ALL]
    mistakes = []
    for name, _value in walk(document):
        if name in names:
            continue
        near = difflib.get_close_matches(name, names, n=1)
        values = {
            "name": shortened(name),
            "near": near[0] if near else "",
            "names": ", ".join(names),
        }
        sentence = (
            _("There is no section “%(name)s”. Did you mean “%(near)s”?")
            if near
            else _("There is no section “%(name)s”. Use one of: %(names)s.")
        )
        mistakes.append(Mistake(document.lines[name], sentence % values))
    return mistakes


class _Dumper(yaml.SafeDumper):
    """Writes lists of rows with indentation, and lists of words in one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of lists as well."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out, however often it is there."""
        return True


def _list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    in_one_line = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=in_one_line)


#: What YAML takes for the end of a line, or for a mark at the beginning, unless it is escaped.
_TO_ESCAPE = re.compile("[\x85\u2028\u2029\ufeff]")


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if _TO_ESCAPE.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)
