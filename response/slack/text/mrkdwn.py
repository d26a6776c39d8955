"""Slack's text: into what we store, out of what we store, and within its limits.

Stored text is what a person meant: no entities, links as Markdown, people and channels as
the references ``<@U…>`` and ``<#C…|name>``, and ``<!subteam^S…>`` for a user group whose name
is not told. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from response.core.clean import without_controls

ELLIPSIS = "…"

#: What can be the id of a user. Other programs may have stored anything as one.
USER_ID = re.compile(r"[UW][A-Z0-9]{1,30}")
#: A reference to a user; ids may begin with U or W.
USER = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|([^<>]*))?>")
#: A reference to a channel. The name is empty for a private one.
CHANNEL = re.compile(r"<#([CGD][A-Z0-9]{1,30})(?:\|([^<>]*))?>")
#: A reference to a user group.
GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{1,30})(?:\|@?([^<>]*))?>")
_SPECIAL = re.compile(r"<!(here|channel|everyone)(?:\|[^<>]*)?>")
_DATE = re.compile(r"<!date\^[^<>|]*\|([^<>]*)>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^<>|]+)(?:\|([^<>]*))?>")
_KEEP = re.compile(f"{USER.pattern}|{CHANNEL.pattern}")
# What may not be cut in two: entities, references, and links of Slack's.
_UNITS = re.compile(r"&(?:amp|lt|gt);|<[^<>\s][^<>]*>|.", re.DOTALL)


def escape(text: str) -> str:
    """Escape the three characters of ``text`` that have a meaning in mrkdwn."""
    return without_controls(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo :func:`escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def outgoing(text: str | None) -> str:
    """Return stored text as mrkdwn: literal, except for references to people and channels.

    Nothing in it can ping ``<!channel>``, ``<!here>`` or a group.
    """
    text = text or ""
    parts: list[str] = []
    end = 0
    for match in _KEEP.finditer(text):
        parts += [escape(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def incoming(text: str | None) -> str:
    """Return a message's text, as Slack sends it, in the form in which it is stored."""
    text = _DATE.sub(r"\1", text or "")
    text = _SPECIAL.sub(r"@\1", text)
    text = GROUP.sub(lambda m: f"@{m[2]}" if m[2] else f"<!subteam^{m[1]}>", text)
    text = _LINK.sub(_markdown_link, text)
    return unescape(text)


def address_in(text: str) -> str:
    """Return the address of the link that a message's text is, else the text as it is stored."""
    match = _LINK.fullmatch(text.strip())
    return unescape(match[1]) if match else incoming(text)


def _markdown_link(match: re.Match[str]) -> str:
    url, label = match[1], match[2]
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (url, bare) or url.endswith(f"//{label}"):
        return bare if bare != url else url
    return f"[{label}]({url})"


def readable(
    text: str,
    user_name: Callable[[str], str | None],
    channel_name: Callable[[str], str | None] = lambda _id: None,
) -> str:
    """Return stored or incoming text with names in place of references, and no markup."""

    def user(match: re.Match[str]) -> str:
        return "@" + (user_name(match[1]) or match[2] or match[1])

    def channel(match: re.Match[str]) -> str:
        return "#" + (match[2] or channel_name(match[1]) or match[1])

    return CHANNEL.sub(channel, USER.sub(user, text))


def length(text: str) -> int:
    """Return the length of ``text`` as Slack may count it: in UTF-16 units, to be safe."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def truncate(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit``, with an ellipsis if it is longer.

    An entity, a reference or a code point is never cut in two. This is the one place
    where text for Slack is shortened; the limits are in ``limits.py``.
    """
    if length(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - length(ELLIPSIS)
    for match in _UNITS.finditer(text):
        size = length(match.group())
        if size > room:
            break
        kept.append(match.group())
        room -= size
    return "".join(kept).rstrip() + ELLIPSIS


def date(epoch: float, fallback: str, form: str = "{date_short_pretty} {time}") -> str:
    """Return a time that each reader sees in their zone. ``fallback`` is for old clients."""
    return f"<!date^{int(epoch)}^{form}|{escape(fallback)}>"


def link(url: str, label: str) -> str:
    """Return a link with a label. Both may be any text."""
    target = url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{target}|{escape(label).replace('|', '/')}>"
