"""``{% load markdown_filter %}``: text as safe HTML."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from response.core.text import to_html

register = template.Library()


@register.filter
def markdown_filter(text: Any) -> SafeString:
    """``{{ incident.summary|markdown_filter }}``: Markdown, emoji and references as HTML.

    The result is cleaned by the ``MARKDOWN_FILTER_WHITELIST_*`` settings and safe to show.
    Nothing (None, an empty text) gives nothing.
    """
    return to_html("" if text is None else str(text))
