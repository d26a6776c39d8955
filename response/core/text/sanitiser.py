"""HTML made of people's text, cleaned by nh3: the second of two safeguards before a page.

The first is ``markdown.py``, which escapes all that is neither Markdown nor a whitelisted
tag. Three settings say what may be on the page: ``MARKDOWN_FILTER_WHITELIST_TAGS``,
``MARKDOWN_FILTER_WHITELIST_ATTRIBUTES`` (a list, or a dict of tag to list) and
``MARKDOWN_FILTER_WHITELIST_STYLES``. Paragraphs and line breaks are always there, and so is
what a listed link, image, list or table cell cannot do without.

Images from elsewhere become links, unless their host is allowed: loading an image tells its
host who reads the page and when, and a strict ``Content-Security-Policy`` would leave a hole in
its place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

import nh3
from django.utils.html import escape
from django.utils.translation import gettext as _

from response.conf import settings

# Never allowed, even if a project lists them: these run code, load documents, change the page
# around them, or make browsers and sanitisers read the same bytes differently.
NEVER_TAGS = frozenset({
    "animate", "animatetransform", "applet", "audio", "base", "body", "button", "canvas",
    "dialog", "embed", "fieldset", "foreignobject", "form", "frame", "frameset", "head", "html",
    "iframe", "input", "link", "listing", "marquee", "math", "meta", "noembed", "noframes",
    "noscript", "object", "option", "optgroup", "plaintext", "portal", "script", "select",
    "set", "slot", "source", "style", "svg", "template", "textarea", "title", "track", "video",
    "xmp",
})  # fmt: skip
ALWAYS_TAGS = frozenset({"br", "p"})
NEVER_ATTRIBUTES = frozenset({
    "action", "background", "http-equiv", "id", "is", "name", "ping", "rel", "slot", "srcdoc",
    "srcset", "target", "xmlns",
})  # fmt: skip
#: The beginnings of further attributes that are never allowed.
NEVER_BEGINNINGS = ("on", "data-", "form")
#: Attributes without which a tag is useless, and those that Markdown itself writes.
ESSENTIAL_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
URL_ATTRIBUTES = frozenset({"href", "src", "cite", "longdesc"})
SCHEMES = {"http", "https", "mailto", "tel"}
#: On every link: no endorsement by this page, and no referrer from it.
REL = "noopener noreferrer nofollow"
IMAGE = {"loading": "lazy", "referrerpolicy": "no-referrer"}


@dataclass(frozen=True)
class Whitelist:
    """The tags, attributes and styles that are allowed; hashable, as the key of a cache."""

    tags: frozenset[str]
    attributes: tuple[tuple[str, frozenset[str]], ...]
    styles: frozenset[str]

    @classmethod
    def current(cls) -> Whitelist:
        """Return the whitelist of the settings as they are now."""
        tags = frozenset(str(tag).lower() for tag in settings.MARKDOWN_FILTER_WHITELIST_TAGS)
        attributes = settings.MARKDOWN_FILTER_WHITELIST_ATTRIBUTES
        if not isinstance(attributes, dict):
            attributes = {"*": attributes}
        return cls(
            tags=(tags | ALWAYS_TAGS) - NEVER_TAGS,
            attributes=tuple(sorted((tag, frozenset(names)) for tag, names in attributes.items())),
            styles=frozenset(settings.MARKDOWN_FILTER_WHITELIST_STYLES),
        )


def clean(html: str, whitelist: Whitelist) -> str:
    """Return ``html`` with only what ``whitelist`` allows."""
    return _cleaner(whitelist).clean(html)


@lru_cache(maxsize=8)
def _cleaner(whitelist: Whitelist) -> nh3.Cleaner:
    # With an entry for "*", without which nh3 allows title and lang on every tag.
    attributes: dict[str, set[str]] = {"*": set()}
    attributes |= {tag: set(names) for tag, names in ESSENTIAL_ATTRIBUTES.items()}
    for tag, names in whitelist.attributes:
        listed = {name.lower() for name in names}
        attributes.setdefault(tag.lower(), set()).update(
            name
            for name in listed - NEVER_ATTRIBUTES
            if not name.startswith(NEVER_BEGINNINGS) and ":" not in name
        )

    def value_of(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return safe_style(value, whitelist.styles) or None
        return None if name in URL_ATTRIBUTES and not is_safe_url(value) else value

    return nh3.Cleaner(
        tags=set(whitelist.tags),
        clean_content_tags=set(),
        attributes=attributes,
        attribute_filter=value_of,
        link_rel=REL,
        set_tag_attribute_values={"img": IMAGE},
        url_schemes=SCHEMES,
    )


def is_safe_url(url: str) -> bool:
    """Return whether ``url`` is safe as a link or source: a web or mail address, never a script.

    Control characters and spaces inside a scheme are ignored here, as browsers ignore them.
    """
    bare = "".join(
        c for c in unicodedata.normalize("NFKC", url) if unicodedata.category(c)[0] not in "CZ"
    )
    head = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return ":" not in head or head.split(":", 1)[0].lower() in SCHEMES


def safe_style(style: str, properties: frozenset[str]) -> str:
    """Return the declarations of a ``style`` attribute that are allowed.

    These are whitelisted properties with plain values, which load and compute nothing.
    Declarations with escapes, comments or quotes are left out.
    """
    kept = []
    for declaration in style.split(";"):
        name, _colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if value.lower().endswith("!important"):
            value = value[: -len("!important")].rstrip()
        if name in properties and value and _PLAIN_VALUE.fullmatch(_COLOUR.sub(" ", value)):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


_COLOUR = re.compile(r"\b(?:rgb|hsl)a?\([0-9.,%/ +-]{0,60}\)", re.IGNORECASE)
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9.#%+,/ \t\n-]+")


# Images

# What :func:`clean` returns: names in small letters, values in double quotes.
_TAG = re.compile(r'<(?P<name>a|/a|img)(?P<attributes>(?: [a-z-]+="[^"]*")*+)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def allowed_hosts() -> frozenset[str]:
    """Return the hosts from which images are shown: our own, and ``RESPONSE_IMAGE_HOSTS``."""
    listed = settings.RESPONSE_IMAGE_HOSTS or []
    own = urlsplit(str(settings.SITE_URL or "")).netloc
    return frozenset(host.lower() for host in [*listed, own] if isinstance(host, str) and host)


def link_images(html: str, hosts: frozenset[str] | None) -> str:
    """Return sanitised ``html`` with images of other hosts as links.

    With ``hosts`` None every image becomes a link. Inside a link an image becomes its text.
    """
    inside = False

    def shown(match: re.Match[str]) -> str:
        nonlocal inside
        if match["name"] != "img":
            inside = match["name"] == "a"
            return match[0]
        values = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match["attributes"])}
        source = values.get("src", "")
        if not source or (hosts is not None and is_allowed(source, hosts)):
            return match[0]
        words = values.get("alt") or values.get("title") or _("image")
        if inside:
            return escape(words)
        return f'<a href="{escape(source)}" rel="{REL}">{escape(words)}</a>'

    return _TAG.sub(shown, html)


def is_allowed(source: str, hosts: frozenset[str]) -> bool:
    """Return whether an image at this address is on our own site, or on one of ``hosts``.

    An address is read as browsers do: a backslash is a slash, and white space at its ends and
    line breaks in it are ignored. A host of the list may begin with ``*.``.
    """
    address = re.sub(r"[\t\r\n]", "", source).strip().replace("\\", "/")
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if not parts.scheme and not parts.netloc:
        return not address.startswith("//")
    if parts.scheme not in ("", "http", "https") or not parts.netloc or "@" in parts.netloc:
        return False
    host = parts.netloc.lower()
    bare = host.partition(":")[0]
    if host in hosts or bare in hosts:
        return True
    return any(h.startswith("*.") and bare.endswith(h[1:]) for h in hosts)
