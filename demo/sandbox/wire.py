"""Text as people type it, and as Slack sends it."""

from __future__ import annotations

import re

from demo.sandbox.models import Channel, Group, Member

_PARTS = re.compile(
    r"(?P<url>https?://[^\s<>|]+)|(?<![\w@])@(?P<user>[\w.\-]+)|(?<![\w#])#(?P<channel>[\w\-]+)"
)


def escape(text: str) -> str:
    """Escape the three characters that have a meaning in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def from_composer(text: str, *, with_names: bool = False) -> str:
    """Return typed text in the form that Slack sends.

    ``@name`` and ``#name`` become references if they name something, addresses become
    links, the rest is escaped. ``with_names`` is how slash commands write references.
    """
    parts: list[str] = []
    end = 0
    for match in _PARTS.finditer(text):
        reference = _reference(match, with_names)
        if reference is not None:
            parts += [escape(text[end : match.start()]), reference]
            end = match.end()
    return "".join([*parts, escape(text[end:])])


def _reference(match: re.Match[str], with_names: bool) -> str | None:
    if match["url"]:
        return f"<{escape(match['url'])}>"
    if match["channel"]:
        channel = Channel.objects.filter(name=match["channel"].lower()).first()
        return f"<#{channel.id}|{channel.name}>" if channel else None
    if match["user"].lower() in ("here", "channel", "everyone"):
        return f"<!{match['user'].lower()}>"
    name = match["user"].rstrip(".")
    rest = match["user"][len(name) :]
    member = Member.objects.filter(name__iexact=name).first()
    if member:
        return (f"<@{member.id}|{member.name}>" if with_names else f"<@{member.id}>") + rest
    group = Group.objects.filter(handle__iexact=name).first()
    return f"<!subteam^{group.id}|@{group.handle}>{rest}" if group else None
