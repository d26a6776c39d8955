"""``{% load unslackify %}``: Slack's references and emoji as people read them."""

from __future__ import annotations

from typing import Any

from django import template

from response.core.text import to_plain

register = template.Library()


@register.filter
def unslackify(value: Any) -> str:
    """``{{ event.text|unslackify }}``: names for ``<@U…>``, characters for ``:emoji:``.

    The result is text, which the template escapes, and can be given to
    ``markdown_filter``.
    """
    return to_plain("" if value is None else str(value))
