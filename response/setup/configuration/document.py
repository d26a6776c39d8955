"""Read a YAML file so that each mistake in it can be reported with its line.

Only what a configuration needs is understood: mappings, lists and plain values. Aliases, tags and
several documents are refused, and so is what is too large or nested too deeply, before any of it
is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

#: The largest file, in bytes.
MAX_BYTES = 256 * 1024
#: A file, its sections, their rows, a row's columns, and two levels inside of these.
MAX_DEPTH = 8
#: The most rows of a section, columns of a row and items of a list.
MAX_ITEMS = 1000

_PLAIN = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
}


class Mistake(Exception):
    """What is wrong in a file, as a sentence, and in which line. 0 is the file as a whole."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


class Mistakes(Exception):
    """All that was found to be wrong in a file. Nothing of it was stored."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.sentence for mistake in found))
        self.found = sorted(found, key=lambda mistake: mistake.line)


@dataclass(frozen=True)
class Value:
    """A value of the file, read when it is known what it should be."""

    node: Node
    #: The line of its name, where that is what is spoken of.
    at: int = 0

    @property
    def line(self) -> int:
        """The line in which it begins, from 1."""
        return self.at or int(self.node.start_mark.line) + 1

    def mistake(self, sentence: str) -> Mistake:
        """Return a mistake in this line."""
        return Mistake(self.line, sentence)

    @property
    def _tag(self) -> str:
        return str(self.node.tag).rsplit(":", 1)[-1]

    def is_null(self) -> bool:
        """Return whether nothing is there."""
        return self._tag == "null"

    def is_text(self) -> bool:
        """Return whether it is a plain value, and no list and no names with values."""
        return isinstance(self.node, ScalarNode)

    def text(self) -> str:
        """Return a text; a number counts as one. Raises ``Mistake`` for anything else."""
        if isinstance(self.node, ScalarNode) and self._tag in ("str", "int", "float", "timestamp"):
            return str(self.node.value)
        if isinstance(self.node, ScalarNode) and not self.is_null():
            raise self.mistake(
                _("This must be text. Put it in quotes: “%(value)s” means true or false.")
                % {"value": self.node.value}
            )
        raise self.mistake(_("This must be text."))

    def written(self) -> str:
        """Return a plain value as it is in the file. Raises ``Mistake`` for anything else."""
        if isinstance(self.node, ScalarNode):
            return str(self.node.value)
        raise self.mistake(_("This must be text."))

    def number(self) -> int:
        """Return a whole number, not negative. Raises ``Mistake`` for anything else."""
        raw = str(self.node.value) if isinstance(self.node, ScalarNode) else ""
        if self._tag == "int" and raw.isascii() and raw.isdigit() and len(raw) <= 9:
            return int(raw)
        raise self.mistake(_("This must be a whole number, from 0 to 999999999."))

    def boolean(self) -> bool:
        """Return true or false. Raises ``Mistake`` for anything else."""
        if isinstance(self.node, ScalarNode) and self._tag == "bool":
            return str(self.node.value).lower() in ("yes", "true", "on")
        raise self.mistake(_("This must be true or false."))

    def items(self) -> list[Value]:
        """Return the items of a list. Raises ``Mistake`` for anything else."""
        if self.is_null():
            return []
        if not isinstance(self.node, SequenceNode):
            raise self.mistake(_("This must be a list."))
        if len(self.node.value) > MAX_ITEMS:
            raise self.mistake(_("This list has more than %(most)d items.") % {"most": MAX_ITEMS})
        return [Value(node) for node in self.node.value]

    def mapping(self) -> Mapping:
        """Return names and their values. Raises ``Mistake`` for anything else."""
        if self.is_null():
            return Mapping(self.line)
        if not isinstance(self.node, MappingNode):
            raise self.mistake(_("This must be names with values, as in “name: value”."))
        if len(self.node.value) > MAX_ITEMS:
            raise self.mistake(_("There are more than %(most)d names.") % {"most": MAX_ITEMS})
        found = Mapping(self.line)
        for key, value in self.node.value:
            name = Value(key).text()
            if name in found.values:
                raise Value(key).mistake(
                    _("“%(name)s” is already in line %(line)d.")
                    % {"name": shortened(name), "line": found.lines[name]}
                )
            found.values[name] = Value(value)
            found.lines[name] = Value(key).line
        return found


@dataclass
class Mapping:
    """Names with their values and lines."""

    line: int
    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read(content: bytes) -> Mapping:
    """Return the sections of a file. Raises :class:`Mistakes`."""
    try:
        return _document(_decoded(content)).mapping()
    except Mistake as mistake:
        raise Mistakes([mistake]) from None


def shortened(text: str) -> str:
    """Return a piece of a file as it can be quoted in a sentence."""
    shown = "".join(c if c.isprintable() else "·" for c in text[:61])
    return f"{shown[:60]}…" if len(shown) > 60 else shown


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Mistake(0, _("The file is larger than %(most)d KB.") % {"most": MAX_BYTES // 1024})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Mistake(line, _("This is not UTF-8. Save the file as UTF-8.")) from None


def _document(text: str) -> Value:
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Mistake(line, _("There is a character that cannot be stored.")) from None
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error, text) from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        raise Mistake(0, _("This is not YAML.")) from None
    return Value(node if node is not None else MappingNode("tag:yaml.org,2002:map", [], _START))


#: What PyYAML says, whether the line that counts is the one where it began, and what we say.
_COMMON_MISTAKES = (
    (
        "found unexpected end of stream",
        True,
        gettext_lazy("The quotation mark in this line is not closed."),
    ),
    ("could not find expected ':'", True, gettext_lazy("There is no colon in this line.")),
    (
        "<block mapping start>",
        False,
        gettext_lazy("This line is not indented like the others of its row."),
    ),
    (
        "mapping values are not allowed here",
        False,
        gettext_lazy("There is one colon too many. Put text that has a colon in quotes."),
    ),
    (
        "but got ':'",
        False,
        gettext_lazy("There is one colon too many. Put text that has a colon in quotes."),
    ),
    (
        "but found ':'",
        False,
        gettext_lazy("There is one colon too many. Put text that has a colon in quotes."),
    ),
    (
        "that cannot start any token",
        False,
        gettext_lazy("Put text that begins with a special character in quotes."),
    ),
)


def _unreadable(error: yaml.MarkedYAMLError, text: str) -> Mistake:
    mark, began = error.problem_mark or error.context_mark, error.context_mark
    line = mark.line + 1 if mark else 0
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())] or "'\\t'" in str(error.problem):
        return Mistake(line, _("There is a tab. Indent with spaces."))
    if isinstance(error, yaml.composer.ComposerError):
        return Mistake(line, _("There is a second document. A file can have only one."))
    problem = str(error.problem or error)
    for part, at_beginning, sentence in _COMMON_MISTAKES:
        if part in problem:
            return Mistake(began.line + 1 if at_beginning and began else line, str(sentence))
    return Mistake(line, _("This is not YAML: %(problem)s.") % {"problem": shortened(problem)})


_START = yaml.Mark("", 0, 0, 0, "", 0)


class _Loader(yaml.SafeLoader):
    """Composes nodes, and refuses what configurations have no use for."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Return the next node. Raises ``Mistake`` for aliases, tags and deep nesting."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise Mistake(line, _("Aliases (“*%(name)s”) are not supported here. Write it out.")
                          % {"name": shortened(str(event.anchor))})  # fmt: skip
        if getattr(event, "anchor", None):
            raise Mistake(line, _("Anchors (“&%(name)s”) are not supported here. Leave it out.")
                          % {"name": shortened(str(event.anchor))})  # fmt: skip
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Mistake(line, _("This is nested too deeply."))
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and node.tag not in _PLAIN:
            raise Mistake(line, _("“%(tag)s” is not supported here.") % {"tag": _named(node)})
        return node


def _named(node: Node) -> str:
    if node.tag == "tag:yaml.org,2002:merge":
        return "<<"
    return shortened(str(node.tag).replace("tag:yaml.org,2002:", "!!"))


def walk(found: Mapping) -> Iterator[tuple[str, Value]]:
    """Yield the names and values of a mapping in the order of the file."""
    yield from found.values.items()
