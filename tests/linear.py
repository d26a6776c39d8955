"""Every regular expression and parser that meets text from outside: the one list of them.

The expressions are found in the package's source, so that none can be forgotten; the
parsers are named in :data:`PARSERS`. ``test_linear_time.py`` gives all of them growing
texts. What is exempt stands in :data:`BOUNDED`, with what bounds its input.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

import response
from response.core import clean
from response.core.text import References, as_typed, fences, sanitiser, to_html, to_plain
from response.core.text.literal import literal
from response.slack.decorators.incident_command import nearest
from response.slack.decorators.keyword_handler import matching
from response.slack.features import pending_edits
from response.slack.inbound import payloads, redaction
from response.slack.render import forms, interaction_context
from response.slack.text import (
    button_values,
    channel_names,
    command_text,
    message_content,
    mrkdwn,
    timestamps,
    translation,
)
from response.webhooks import addresses

#: Expressions that see no text from outside, or only so much of it: where, and why.
BOUNDED = {
    "response.upgrade.escaped_text": "texts of 0.5.1, once, at the upgrade",
    "response.upgrade.markup": "texts of 0.5.1, once, at the upgrade",
    "response.checks.site": "the project's own settings",
    "response.checks.slack": "the project's own settings",
    "response.checks.setting_names": "the project's own settings",
    "response.checks.values": "the project's own settings",
    "response.slack.decorators.incident_command:\\s": "the names of a project's commands",
}
_CALLS = {"compile", "sub", "subn", "search", "match", "fullmatch", "split", "findall", "finditer"}

NAMES = References({"U1": "anna"}, {"C1": "general"})


def _list_of(text: str) -> dict[str, Any]:
    """A list of rich text with one item."""
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text_list", "indent": 8, "elements": [item]}


#: What is done to texts, and the pieces of which the worst texts for it are made.
PARSERS: dict[str, tuple[Callable[[str], Any], list[str]]] = {
    "core.text.to_html": (
        lambda text: to_html(text, NAMES),
        [
            "```! ",
            "``` ",
            "\n``` !",
            "~~~ x y\n",
            "# #",
            "#",
            "*a",
            "_",
            "[a](",
            "<a ",
            "&#9",
            " ",
            "a",
            "`",
            "|a",
            "\n|-",
            "> ",
            "- a\n",
            "\n\n",
            "1. ",
            "=",
            "http://a,",
            "<@U1|",
            "\t",
        ],
    ),
    "core.text.to_plain": (
        lambda text: to_plain(text, NAMES),
        ["<@U1|", ":a", "<", " ", "<!date^1^"],
    ),
    "core.text.as_typed.trim_url": (as_typed.trim_url, [")", "]", ".)", "("]),
    "core.text.fences": (
        lambda text: fences._on_own_lines(text.split("\n")),
        ["```", "```\n", "\n```a", "`", "~~~"],
    ),
    "core.text.sanitiser.safe_style": (
        lambda text: sanitiser.safe_style(text, frozenset({"width"})),
        ["width:", ";", "rgb(", "width:rgb(1,", " ", "!important"],
    ),
    "core.text.sanitiser.is_safe_url": (sanitiser.is_safe_url, [":", "a", "\x01", "/"]),
    "core.clean.sanitise": (clean.sanitise, ["\r", "\x00", "\u202e", "\r\n"]),
    "core.clean.is_visible": (clean.is_visible, [" ", "\u200b", "\u3164"]),
    "core.clean.load_json": (
        lambda text: _quietly(clean.load_json, text),
        ["[", '{"a":', "9", '"'],
    ),
    "core.text.literal": (
        lambda text: to_html(literal(text), NAMES),
        ["<", "*", "`", "\\", ":a:", " ", "#", "http://a"],
    ),
    "slack.text.mrkdwn.incoming": (
        mrkdwn.incoming,
        ["<", "<https:", "<!date^", "<!channel|", "<a|", "&", "<#C1|"],
    ),
    "slack.text.mrkdwn.outgoing": (mrkdwn.outgoing, ["<", "<@U1|", "&", "<#C1|"]),
    "slack.text.translation.to_markdown": (
        translation.to_markdown,
        ["<", "*", "*a", "_", "~", "~a", "`", "* ", "`a", "```", "<a|", "*a "],
    ),
    "slack.text.translation.to_mrkdwn": (
        translation.to_mrkdwn,
        [
            "<",
            "<@U1|",
            "*",
            "**",
            "**a",
            "[a](",
            "[a](http://(",
            "[",
            "](",
            "_",
            "_a",
            "__a ",
            "~~",
            "~a",
            "`",
            "`a",
            "#",
            "\n# ",
            "\n- ",
            "![",
            "\\",
            "&#9",
            "&",
            "http:",
            "```",
            " ",
        ],
    ),
    "slack.text.mrkdwn.truncate": (
        lambda text: mrkdwn.truncate(text, 3000),
        ["<", "&", "<a", "&amp;"],
    ),
    "slack.text.mrkdwn.readable": (
        lambda text: mrkdwn.readable(text, lambda _id: None),
        ["<@U1|", "<#C1|", "<"],
    ),
    "slack.text.channel_names.slug": (channel_names.slug, ["-", " ", "ä", "_"]),
    "slack.text.timestamps": (
        lambda text: (timestamps.parse_ts(text), timestamps.is_later(text, "1")),
        ["9", "1e", "."],
    ),
    "slack.text.command_text.read": (
        command_text.read,
        [":", " ", "`", "<", "*", "a", "&gt;", "! ", "\uff1a", "- "],
    ),
    "slack.text.command_text.without_courtesy": (
        lambda text: (command_text.without_courtesy(text), command_text.says_nothing(text)),
        ["please ", " ", "! ", ":a: "],
    ),
    "slack.text.message_content": (
        lambda text: message_content.as_markdown(
            {"blocks": [{"type": "rich_text", "elements": [_list_of(text), _list_of(text)]}]}
        ),
        ["\n", "a\n", ":a: ", "*", " ", "<@U1>"],
    ),
    "slack.text.command_text.commands_in": (
        lambda text: command_text.commands_in(text, "U1"),
        ["<@U1> a\n", "\n", "- ", "<@", "a", "<@U1> ", "<@U1>,", "1. <@U1> ", "a) "],
    ),
    "slack.text.command_text.mentioned_command": (
        lambda text: command_text.mentioned_command(text, "U1", {"close"}),
        ["<@U1> ", "<@U1>\n", "a "],
    ),
    "slack.decorators.incident_command.nearest": (
        nearest,
        ["a", "lead", "severity"],
    ),
    "slack.decorators.keyword_handler.matching": (
        lambda text: list(matching(text)),
        ["a", "ß"],
    ),
    "slack.features.pending_edits": (
        lambda text: pending_edits.load("[" + text),
        ["9", "["],
    ),
    "slack.text.button_values": (
        lambda text: button_values.incident_id_in(text),
        ["9", "["],
    ),
    "slack.inbound.payloads.read_json": (
        lambda text: _quietly(payloads.read_json, text.encode()),
        ["[", '{"a":', "9", "["],
    ),
    "slack.inbound.payloads.read_form": (
        lambda text: _quietly(payloads.read_form, text.encode()),
        ["&", "a=", "%", "%00", "="],
    ),
    "slack.inbound.redaction": (
        lambda text: redaction.redacted({text: text, "a": text}),
        ["_", "a_", "id_"],
    ),
    "slack.render.interaction_context": (
        interaction_context.read_metadata,
        ["[", "{", "9"],
    ),
    "slack.render.forms": (lambda text: forms.changed({"a": "b"}, text), ["[", '{"shown":', "9"]),
    "webhooks.addresses.read_url": (
        lambda text: _quietly(addresses.read_url, "https://" + text),
        ["a.", "[", ":", "@", "/"],
    ),
}


def _quietly(fn: Callable[[Any], Any], value: Any) -> Any:
    """What ``fn`` says, or that it refuses the value in the way it promises."""
    try:
        return fn(value)
    except ValueError as refusal:
        return refusal


def expressions() -> Iterator[tuple[str, re.Pattern[str]]]:
    """``(where, pattern)`` for every regular expression in the package that is not exempt."""
    for info in pkgutil.walk_packages(response.__path__, "response."):
        if ".migrations" in info.name or ".management" in info.name:
            continue
        module = importlib.import_module(info.name)
        if not module.__file__:
            continue
        named = {p.pattern: p for p in vars(module).values() if isinstance(p, re.Pattern)}
        for pattern in named.values():
            if isinstance(pattern.pattern, str) and not _exempt(info.name, pattern.pattern):
                yield f"{info.name}:{pattern.pattern}", pattern
        for text in _inline(Path(module.__file__)):
            if text not in named and not _exempt(info.name, text):
                yield f"{info.name}:{text}", re.compile(text, re.DOTALL)


def _exempt(module: str, pattern: str) -> bool:
    return module in BOUNDED or f"{module}:{pattern}" in BOUNDED


def _inline(path: Path) -> Iterator[str]:
    """The expressions that are written where they are used."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _CALLS
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def units(pattern: re.Pattern[str]) -> list[str]:
    """Pieces that ``pattern`` likes, and so the ones that could keep it busy."""
    found: list[str] = []
    _collect(sre_parse.parse(pattern.pattern, pattern.flags), found)
    single = list(dict.fromkeys([*found, " ", "a", "1"]))[:16]
    joined = "".join(found[:6])
    pairs = [a + b for a in single[:7] for b in single[:7] if a != b]
    return [unit for unit in [*single, joined, *pairs] if unit]


def _collect(parsed: Any, found: list[str]) -> None:
    for op, value in parsed:
        if op in (sre.LITERAL, sre.NOT_LITERAL):
            found.append(chr(value))
        elif op is sre.IN:
            found += [_member(v) for v in value if v[0] is not sre.NEGATE][:4]
        elif op is sre.ANY:
            found.append("a")
        elif op is sre.BRANCH:
            for branch in value[1]:
                _collect(branch, found)
        elif isinstance(value, tuple | list):
            for inner in value:
                if isinstance(inner, sre_parse.SubPattern):
                    _collect(inner, found)
        elif isinstance(value, sre_parse.SubPattern):
            _collect(value, found)


def _member(member: tuple[Any, Any]) -> str:
    op, value = member
    if op is sre.LITERAL:
        return chr(value)
    if op is sre.RANGE:
        return chr(value[0])
    return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " "}.get(value, "a")
