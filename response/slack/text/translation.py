"""Markdown, as texts are stored, and Slack's mrkdwn: each into the other. Pure.

Slack writes ``*bold*``, ``_italic_``, ``~struck~`` and ``<url|label>`` where Markdown has
``**bold**``, ``*italic*``, ``~~struck~~`` and ``[label](url)``; Slack's reference documentation
("Formatting text for app surfaces") describes its side. Code is the same in both and is left
as it is. Formatting stays within a line, as in Slack.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from response.core.clean import without_controls
from response.slack.text import mrkdwn

# Each of the parts below stops at the character that begins the next one, so that looking
# for them takes time in proportion to the text.
_CODE = r"(?<!`)(?P<tick>`{1,2})(?!`)(?P<code>[^`\n]+)(?P=tick)(?!`)"
_MARKDOWN_PARTS = re.compile(
    rf"{_CODE}"
    r"|!?\[(?P<label>[^\[\]\n]{1,500})\]"
    r"\((?P<url>(?:https?://|mailto:)(?:[^\s()<>\\|]|\([^\s()<>\\|]{0,200}\)){1,2000})\)"
    r"|(?P<bare>https?://[^\s<>|`]{1,3000})"
    r"|(?P<reference><(?:@[UW]|\#[CGD])[A-Z0-9]{1,30}(?:\|[^<>\n]{0,200})?>)"
    r"|<(?P<slack_url>(?:https?|mailto|tel):[^<>|\s]{1,3000})(?:\|(?P<slack_label>[^<>]{0,3000}))?>"
)
_SLACK_PARTS = re.compile(rf"{_CODE}|<[^<>\n]{{1,4000}}>")

# Punctuation that Markdown lets one escape, and what stands for it meanwhile: 32 control
# characters that no text has.
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_ESCAPED = {c: chr(0x80 + i) for i, c in enumerate(_PUNCTUATION)}
_UNESCAPE = str.maketrans({stand: mrkdwn.escape(c) for c, stand in _ESCAPED.items()})
_DROP = str.maketrans(dict.fromkeys(_ESCAPED.values()))
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|nbsp|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});")
_PART, _BOLD, _ITALIC, _STRUCK = "\x05", "\x01", "\x02", "\x03"
_FINAL = str.maketrans({_BOLD: "*", _ITALIC: "_", _STRUCK: "~"})


def _between(mark: str, inside: str) -> re.Pattern[str]:
    """Return a pattern for the text between two marks, without white space at its ends."""
    once = re.escape(mark)
    first = re.escape(mark[0])
    return re.compile(
        rf"(?<![\w{first}]){once}(?=[^\s{first}])({inside}+)(?<=[^\s{first}]){once}(?![\w{first}])"
    )


_STAR = r"[^*\n]"
_LINE = r"(?:[^_\n]|(?<=[^\W_])_(?=[^\W_]))"  # snake_case is no formatting
_BOTH = _between("***", _STAR)
_STRONG = (_between("**", _STAR), _between("__", _LINE))
_EMPHASIS = (_between("*", _STAR), _between("_", _LINE))
_DOUBLE_TILDE = _between("~~", r"[^~\n]")
_TILDE = _between("~", r"[^~\n]")


def to_mrkdwn(text: str | None) -> str:
    """Return stored Markdown as mrkdwn, which cannot ping ``<!channel>``, ``<!here>`` or a group.

    References to people and channels stay what they are. What mrkdwn has no form for, such as
    tables, stays as it was typed.
    """
    text = without_controls(text or "").translate(_DROP)
    return _outside_fences(text, _prose_to_mrkdwn, _fence_to_mrkdwn)


def _fence_to_mrkdwn(code: str) -> str:
    language, newline, rest = code.partition("\n")
    if newline and re.fullmatch(r"[\w#.+-]{1,20}", language.strip(" ")):
        code = newline + rest
    return f"```{mrkdwn.escape(code)}```"


def _prose_to_mrkdwn(text: str) -> str:
    parts: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        parts.append(_part_to_mrkdwn(match))
        return _PART

    text = _BACKSLASH.sub(lambda match: _ESCAPED[match[1]], text)
    text = _MARKDOWN_PARTS.sub(set_aside, text)
    text = _BOTH.sub(rf"{_BOLD}{_ITALIC}\1{_ITALIC}{_BOLD}", text)
    for pattern in _STRONG:
        text = pattern.sub(rf"{_BOLD}\1{_BOLD}", text)
    for pattern in _EMPHASIS:
        text = pattern.sub(rf"{_ITALIC}\1{_ITALIC}", text)
    text = _DOUBLE_TILDE.sub(rf"{_STRUCK}\1{_STRUCK}", text)
    text = "\n".join(map(_line_to_mrkdwn, text.split("\n")))
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    # By hand: ``mrkdwn.escape`` drops control characters, and ours stand for something here.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").translate(_FINAL)
    there = iter(parts)
    text = re.sub(_PART, lambda _match: next(there), text)
    return text.translate(_UNESCAPE)


def _line_to_mrkdwn(line: str) -> str:
    bare = line.lstrip(" ")
    level = len(bare) - len(bare.lstrip("#"))
    if 1 <= level <= 6 and bare[level : level + 1] == " ":
        title = bare[level:].strip(" ").rstrip("#").rstrip(" ").replace(_BOLD, "")
        return f"{_BOLD}{title}{_BOLD}" if title else line
    if bare[:2] in ("- ", "* ", "+ "):
        return f"{line[: len(line) - len(bare)]}• {bare[2:]}"
    return line


def _part_to_mrkdwn(match: re.Match[str]) -> str:
    if match["code"]:
        return f"`{mrkdwn.escape(match['code'])}`"
    if match["bare"]:
        return mrkdwn.escape(match["bare"])
    if match["reference"]:
        return match["reference"]
    url = match["url"] or match["slack_url"]
    label = match["label"] or match["slack_label"] or url
    if re.match(r"[a-z]{1,9}://", label.lower()) and label != url:
        return mrkdwn.escape(f"{label} ({url})")  # a link must not look like another one
    return mrkdwn.link(url, label)


def to_markdown(text: str | None) -> str:
    """Return a message's mrkdwn, as Slack sends it, as Markdown to be stored."""
    text = (text or "").translate(_DROP)
    return _outside_fences(text, _prose_to_markdown, lambda code: f"```{mrkdwn.incoming(code)}```")


def _prose_to_markdown(text: str) -> str:
    parts: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        parts.append(mrkdwn.incoming(match[0]))
        return _PART

    text = _SLACK_PARTS.sub(set_aside, text.replace(_PART, ""))
    text = _EMPHASIS[0].sub(r"**\1**", text)
    text = _TILDE.sub(r"~~\1~~", text)
    text = mrkdwn.unescape(text)
    there = iter(parts)
    return re.sub(_PART, lambda _match: next(there), text)


def _outside_fences(text: str, prose: Callable[[str], str], code: Callable[[str], str]) -> str:
    """Apply ``prose`` to the parts of ``text`` outside ``` fences, and ``code`` to the others."""
    parts = text.split("```")
    if len(parts) % 2 == 0:
        # The last fence is not closed: it is text like any other.
        parts[-2:] = ["```".join(parts[-2:])]
    return "".join(code(part) if i % 2 else prose(part) for i, part in enumerate(parts))
