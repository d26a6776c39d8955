"""What release 0.5.1 did to a text on its way into the database, for expectations of tests.

The release cleaned five columns with bleach 3.1.4 and the lists of bleach_whitelist. That
bleach runs on no Python of today; a later one does the same to what these tests make, if the
attributes are put in order, but for the two differences that :func:`cleaned` names. The tests
hold it against texts that the release itself cleaned.
"""

from __future__ import annotations

import re

import bleach

#: bleach_whitelist.markdown_tags and markdown_attrs, in versions 0.0.10 and 0.0.11.
TAGS = frozenset(
    ["h1", "h2", "h3", "h4", "h5", "h6", "b", "i", "strong", "em", "tt", "p", "br", "span", "div",
     "blockquote", "code", "hr", "ul", "ol", "li", "dd", "dt", "img", "a", "sub", "sup"]
)  # fmt: skip
ATTRIBUTES = {
    "*": ["id"],
    "img": ["src", "alt", "title"],
    "a": ["href", "alt", "title"],
}

_START = re.compile(r"""<([a-z0-9]+)((?: [a-z]+=(?:"[^"]*"|'[^']*'))+)>""")
_ATTRIBUTE = re.compile(r""" [a-z]+=(?:"[^"]*"|'[^']*')""")


def cleaned(text: str) -> str:
    """``text`` as 0.5.1 stored it.

    Different are only tags that do not end before the next begins or the text is over, and
    what looks like an entity but is none: bleach 3.1.4 left some of these as they were.
    """
    html = bleach.clean(text, tags=TAGS, attributes=ATTRIBUTES)
    return _START.sub(lambda m: f"<{m[1]}{''.join(sorted(_ATTRIBUTE.findall(m[2])))}>", html)


def typed(text: str | None) -> str | None:
    """What had been typed where 0.5.1 stored ``text``."""
    if not text or cleaned(text) != text:
        return text
    return re.sub("&(amp|lt|gt);", lambda m: {"amp": "&", "lt": "<", "gt": ">"}[m[1]], text)
