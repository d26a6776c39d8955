"""What people type as commands: finding the commands in a message, and reading one.

People type at 3 a.m., on phones, and copy from help texts: formatting marks, invisible
characters and punctuation around a word mean nothing here. Pure functions, linear in the
length of the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from dataclasses import dataclass

from response.slack.text import mrkdwn

#: Formatting of Slack's, quotation marks, and punctuation that may stand around a word.
_MARKS = "*_~`\"'“”„‘’‚«»‹›.,:;!?()[]"
#: What may stand before a command in its line: a list's dash or bullet, and formatting.
_BEFORE = "-–—•*_~`\"'“”‘’ \t"

#: Words for a severity, as in "sev2" or "p1".
_SEVERITY_PREFIXES = ("severity", "sev", "prio", "priority", "p", "s")


_LONGEST_WORD = 200


@dataclass(frozen=True)
class CommandText:
    """A command as it was typed: its first word, read, and what stands behind that.

    ``name`` is empty if nothing was typed; ``rest`` keeps its line breaks and its marks.
    """

    name: str
    rest: str


def commands_in(text: str, bot: str) -> list[str]:
    """Return what each command in a message says, without the mention of the bot.

    ``text`` is as Slack sends it; ``bot`` is the bot's user id. A command is a line that
    begins with a mention of the bot, and reaches to the next such line. Without a known
    ``bot`` id any mention counts, as Slack sends only messages that mention it.
    """
    commands: list[list[str]] = []
    for line in text.split("\n"):
        said = _said_to(line, bot)
        if said is not None:
            commands.append([said])
        elif commands:
            commands[-1].append(line)
    return ["\n".join(lines).strip() for lines in commands]


def _said_to(line: str, bot: str) -> str | None:
    start = without_invisible(line).lstrip(_BEFORE)
    match = mrkdwn.USER.match(start)
    if match is None or (bot and match[1] != bot):
        return None
    return start[match.end() :]


def mentioned_command(text: str, bot: str, known: Container[str]) -> str | None:
    """Return the command that seems to be meant by a mention in the middle of a line.

    That is the word right behind the mention, if it is one of ``known``; None otherwise.
    """
    for match in mrkdwn.USER.finditer(text):
        if bot and match[1] != bot:
            continue
        # The one word behind it, from a bounded piece: a text may mention the bot a thousand times.
        behind = text[match.end() : match.end() + _LONGEST_WORD]
        word = read(behind.split("\n", 1)[0]).name
        if word in known:
            return word
    return None


def read(text: str) -> CommandText:
    """Read one command. The first word is taken without marks, in lower case."""
    text = without_invisible(text).strip()
    if len(text) > 2 and text[0] == text[-1] == "`" and "`" not in text[1:-1]:
        text = text[1:-1].strip()  # copied from a help text, marks and all
    text = text.lstrip(" \t\n:,-–—>")
    parts = text.split(maxsplit=1)
    if not parts:
        return CommandText("", "")
    rest = text[len(parts[0]) :].strip()
    if parts[0].startswith("<"):
        # A reference, of a person who left out the command: kept readable.
        return CommandText(parts[0], rest)
    name = parts[0]
    # "lead:<@U…>" and "severity=2" are two words.
    for separator in (":", "=", "<"):
        head, found, tail = name.partition(separator)
        if found and head.strip(_MARKS):
            name, rest = head, f"{found if found == '<' else ''}{tail} {rest}".strip()
    return CommandText(word(name), rest)


def word(text: str) -> str:
    """Return a word without the marks around it, compatible characters made one, in lower case."""
    plain = unicodedata.normalize("NFKC", without_invisible(text))
    return plain.strip().lstrip("/").strip(_MARKS).strip().casefold()


def severity_words(text: str) -> list[str]:
    """Return what "SEV 2", "sev-2", "P2" or "2" may be called: "sev2", "p2", … and "2".

    Empty for anything but a number with one of the words for severities before it, or none.
    """
    plain = word(text)
    for prefix in _SEVERITY_PREFIXES:
        if plain.startswith(prefix):
            plain = plain.removeprefix(prefix).strip(" -_:#=")
            break
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 2):
        return []
    return [*(f"{prefix}{plain}" for prefix in _SEVERITY_PREFIXES), plain]


def means_severity(name: str) -> bool:
    """Return whether a word alone says how bad it is, as "sev2" and "p1" do.

    "s3" does not: it may be the name of what is broken.
    """
    return len(name) > 1 and name.startswith(("sev", "p")) and bool(severity_words(name))


def without_invisible(text: str) -> str:
    """Return ``text`` without characters that show nothing, such as zero-width spaces.

    Line breaks and tabs stay; joiners inside emoji do not matter in a command.
    """
    return "".join(
        " " if c == "\xa0" else c
        for c in text
        if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
