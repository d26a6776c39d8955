"""The text that a rule posts: what may be in braces, and filling it in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from response.slack.text.mrkdwn import outgoing

#: What can be filled in.
NAMES = ("id", "title", "severity", "lead", "channel", "link")


def check(text: str) -> None:
    """Raise ``ValidationError`` for braces that cannot be filled in."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValidationError(
            _("The braces do not match (%(error)s). To show a brace, write it twice.")
            % {"error": error}
        ) from error
    for _literal, name, form, conversion in parts:
        if name is None:
            continue
        if name not in NAMES or form or conversion:
            typed = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ValidationError(
                _("“{%(name)s}” cannot be filled in. Use one of: %(known)s.")
                % {"name": typed, "known": ", ".join(f"{{{known}}}" for known in NAMES)}
            )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with ``values``, which are mrkdwn, in place of the names in braces.

    The text itself is escaped but for mentions of people and links to channels: it pings no
    group and no channel.
    """
    filled = []
    for literal, name, _form, _conversion in Formatter().parse(text):
        filled.append(outgoing(literal))
        if name is not None:
            filled.append(values.get(name, ""))
    return "".join(filled)
