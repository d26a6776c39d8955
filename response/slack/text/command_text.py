"""What people type as commands: finding the commands in a message, and reading one.

People type at 3 a.m., on phones, and copy from help texts: formatting marks, invisible
characters and punctuation around a word are ignored. Pure functions, linear in the
length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

from response.slack.text import mrkdwn

#: Formatting of Slack's, quotation marks, and punctuation that may stand around a word.
_MARKS = "*_~`\"'“”„‘’‚«»‹›「」『』.,:;!?()[]…。、｡､·¿¡؟،؛"
_BULLETS = "-–—•◦‣⁃▪■●○\ufe0e\ufe0f"
#: What may come before a command in its line: a list's number, dash or bullet, and formatting.
_BEFORE = re.compile(
    r"[{0}]*+(?:(?:[0-9]{{1,3}}|[a-z]|[ivx]{{1,5}})[.)](?=[{0}<]))?+[{0}]*+".format(
        re.escape(_BULLETS + "*_~`\"'“”„‘’«» \t")
    ),
    re.IGNORECASE,
)
#: What may stand between the mention and the command: "…", "->", "!", ":".
_BETWEEN = re.compile(
    rf"(?:&gt;|[\s>{re.escape(_MARKS + _BULLETS)}\uff01\uff08\uff0c\uff0e\uff1a\uff1b→⇒➡])*+"
)
#: What separates a command from what follows it, without a space: "severity:major".
_SEPARATOR = re.compile("[:\uff1a=\uff1d<]")
#: Letters of other alphabets that look like Latin ones; a keyboard may be set to either.
_LATIN = str.maketrans(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d"  # Cyrillic
    "\u043e\u0440\u0441\u0442\u0443\u0445\u0501\u04bb"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",  # Greek
    "abesijkmhopctyxdhabeikvoptux",
)
#: Words that ask nicely, and add nothing.
_COURTESY = frozenset({"please", "pls", "plz", "thanks", "thx", "now", "asap"})

#: Words for a severity, as in "sev2" or "p1".
_SEVERITY_PREFIXES = ("severity", "sev", "prio", "priority", "p", "s")


_LONGEST_WORD = 200


@dataclass(frozen=True)
class CommandText:
    """A command as it was typed: its first word, read, and what follows it.

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
    shown = without_invisible(line)
    before = _BEFORE.match(shown)
    match = mrkdwn.USER.match(shown, before.end() if before else 0)
    if match is None or (bot and match[1] != bot):
        return None
    end = match.end()
    while match is not None and match[1] == bot:  # "@incident @incident close"
        end = match.end()
        behind = end
        while shown[behind : behind + 1] in (" ", "\t", ","):
            behind += 1
        match = mrkdwn.USER.match(shown, behind)
    return shown[end:]


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
    between = _BETWEEN.match(text)
    text = text[between.end() :] if between else text
    parts = text.split(maxsplit=1)
    if not parts:
        return CommandText("", "")
    rest = text[len(parts[0]) :].strip()
    if parts[0].startswith("<"):
        # A reference, of a person who left out the command: kept readable.
        return CommandText(parts[0], rest)
    name = parts[0]
    # "lead:<@U…>" and "severity=2" are two words.
    head, tail = in_two(name)
    if head.strip(_MARKS):
        name, rest = head, f"{tail} {rest}".strip()
    return CommandText(word(name), rest)


def word(text: str) -> str:
    """Return a word without the marks around it, compatible characters made one, in lower case."""
    plain = unicodedata.normalize("NFKC", without_invisible(text))
    return plain.strip().lstrip("/").strip(_MARKS).strip().casefold()


def in_two(text: str) -> tuple[str, str]:
    """Return what is before a colon or the like, and what is after it; twice "" without one."""
    found = _SEPARATOR.search(text)
    if found is None:
        return "", ""
    behind = found.start() if found.group() == "<" else found.end()
    return text[: found.start()].strip(), text[behind:].strip()


def in_latin(name: str) -> str:
    """Return ``name`` with Latin letters in place of those that only look like them."""
    return name.translate(_LATIN)


def without_courtesy(text: str) -> str:
    """Return ``text`` without "please" and its kin at the end, where anything is left."""
    said = text.strip()
    while len(said) <= _LONGEST_WORD:
        parts = said.rsplit(maxsplit=1)
        if len(parts) < 2 or word(parts[1]) not in _COURTESY:
            break
        said = parts[0].strip()
    return said


def says_nothing(text: str) -> bool:
    """Return whether a word is a courtesy, an emoji or punctuation."""
    plain = word(text)
    return (
        not plain
        or plain in _COURTESY
        or (len(text) > 2 and text[0] == text[-1] == ":")
        or all(unicodedata.category(c) in ("So", "Sk", "Mn") for c in plain)
    )


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
