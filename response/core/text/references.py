"""The references that chat tools put into text, such as ``<@U012ABCDEF>``.

Slack's reference documentation ("Formatting text for app surfaces") describes the forms:
``<@U…>`` and ``<@W…|name>`` for people, ``<#C…|name>`` for channels,
``<!subteam^S…|@handle>`` for user groups, ``<!here>`` and the like, ``<url|label>``,
``<mailto:…|…>`` and ``<!date^epoch^format^link|fallback>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.formats import date_format

from response.core import chat

#: One reference. Lengths are bounded so that hostile text cannot make the search slow.
PATTERN = re.compile(
    r"""<(?:
        @(?P<user>[UW][A-Z0-9]{1,63})
      | \#(?P<channel>[CGD][A-Z0-9]{1,63})
      | !subteam\^(?P<group>S[A-Z0-9]{1,63})
      | !(?P<everyone>here|channel|everyone)
      | !date\^(?P<epoch>\d{1,11})\^[^<>|^]{0,500}(?:\^(?P<date_url>[^<>|\s]{0,3000}))?
      | (?P<url>(?:https?|mailto|tel):[^<>|\s]{1,3000})
    )(?:\|(?P<label>[^<>]{0,3000}))?>""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class References:
    """The names for the ids of people, channels and user groups that texts refer to.

    A page asks once for all of its texts, with :meth:`collect`, and hands the answer to
    everything it renders.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def collect(cls, texts: Iterable[str | None], people: Iterable[str] = ()) -> References:
        """Look up the names for every reference in ``texts``, and for the ids ``people``.

        Costs at most one query for people, two for channels and one for user groups, however
        many texts there are, and none if nothing is referred to.
        """
        users: set[str] = set(people)
        channels: set[str] = set()
        groups: set[str] = set()
        for text in texts:
            if not text or "<" not in text:
                continue
            for match in PATTERN.finditer(text):
                if match["user"]:
                    users.add(match["user"])
                elif match["channel"]:
                    channels.add(match["channel"])
                elif match["group"]:
                    groups.add(match["group"])
        if not (users or channels or groups):
            return cls()
        directory = chat.get()
        return cls(
            users=directory.names(users) if users else {},
            channels=directory.channel_names(channels) if channels else {},
            groups=directory.group_names(groups) if groups else {},
        )

    def read(self, match: re.Match[str]) -> tuple[str, str]:
        """Return ``(words, url)`` for a match of :data:`PATTERN`; ``url`` is empty for no link.

        The name known here is preferred to the one in the reference, which may be out of date;
        without either, the id is returned.
        """
        label = _one_line(match["label"] or "")
        if user := match["user"]:
            return "@" + (_one_line(self.users.get(user, "")) or label or user).removeprefix(
                "@"
            ), ""
        if channel := match["channel"]:
            return "#" + (
                _one_line(self.channels.get(channel, "")) or label or channel
            ).removeprefix("#"), ""
        if group := match["group"]:
            known = _one_line(self.groups.get(group, ""))
            return "@" + (known or label or group).removeprefix("@"), ""
        if everyone := match["everyone"]:
            return "@" + everyone, ""
        if epoch := match["epoch"]:
            return label or _moment(int(epoch)), match["date_url"] or ""
        url = match["url"]
        return label or url.removeprefix("mailto:").removeprefix("tel:"), url


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _moment(epoch: int) -> str:
    return date_format(datetime.fromtimestamp(epoch, UTC), "Y-m-d H:i") + " UTC"
