"""People's text, made readable and safe on the way out.

What is stored is what the person typed. :func:`to_html` and :func:`to_plain` turn it into
what is shown; both take the :class:`References` of all texts of a page, so that names
cost one query for the page, and look them up themselves if they get none.
"""

from __future__ import annotations

import re

from django.utils.safestring import SafeString, mark_safe

from response.core.clean import without_controls
from response.core.text import markdown
from response.core.text.as_typed import replace_emoji
from response.core.text.images import allowed_hosts, link_images
from response.core.text.references import PATTERN, References

_HEADING = re.compile(r"(</?h)([1-6])(?=[\s>])")
#: On a page with a title and headings of its sections, those of a text come below both.
BELOW_SECTIONS = 2


def to_html(
    text: str | None, names: References | None = None, *, images: bool = True, below: int = 0
) -> SafeString:
    """Return ``text`` as safe HTML: block elements, without a wrapper.

    ``:emoji:`` shortcodes, references to people and channels, URLs and Markdown are formatted,
    newlines are kept. HTML that was typed is shown as typed, unless
    its tags are in ``MARKDOWN_FILTER_WHITELIST_TAGS``. Nothing is left out: a text that
    would take too long to format is shown as it was typed. Images from other hosts than this
    site's and those of ``RESPONSE_IMAGE_HOSTS`` are links; without ``images`` all are. Headings
    are lowered by ``below`` levels, to stand below those of the page (:data:`BELOW_SECTIONS`).
    """
    if not text:
        return mark_safe("")
    text = without_controls(text)
    html = markdown.render(text, References.collect([text]) if names is None else names)
    html = link_images(html, allowed_hosts() if images else None)
    return _lowered(html, below) if below else html


def _lowered(html: SafeString, levels: int) -> SafeString:
    return mark_safe(_HEADING.sub(lambda m: f"{m[1]}{min(int(m[2]) + levels, 6)}", html))


def to_plain(text: str | None, names: References | None = None, *, one_line: bool = False) -> str:
    """Return ``text`` as plain text, with emoji as characters and references as names.

    The result is not escaped. Markdown stays as typed; a link is ``label (url)``. With
    ``one_line`` every run of white space becomes one space.
    """
    if not text:
        return ""
    text = without_controls(text)
    if "<" in text:
        found = References.collect([text]) if names is None else names
        text = PATTERN.sub(lambda match: _plain_reference(found, match), text)
    text = replace_emoji(text)
    return " ".join(text.split()) if one_line else text


def _plain_reference(names: References, match: re.Match[str]) -> str:
    words, url = names.read(match)
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return words if not url or words == bare else f"{words} ({bare})"
