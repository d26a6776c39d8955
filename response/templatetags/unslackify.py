"""``{% load unslackify %}``: Slack's references and emoji as people read them."""

from __future__ import annotations

from typing import Any

from django import template

from response.core.text import to_plain
from response.templatetags.slack_id_to_fullname import slack_id_to_fullname

register = template.Library()


@register.filter
def unslackify(value: Any) -> str:
    """``{{ event.text|unslackify }}``: names for ``<@U…>``, characters for ``:emoji:``.

    The result is text, which the template escapes, and can be given to
    ``markdown_filter``.
    """
    return to_plain("" if value is None else str(value))


# Release 0.5.1 had it in this library; it is in one of its own name as well.
register.filter(slack_id_to_fullname)
