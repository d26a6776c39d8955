"""Images in people's text: those from elsewhere become links, unless their host is allowed.

Loading an image tells its host who reads the page and when, and a strict
``Content-Security-Policy`` would leave a hole in its place.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.text.sanitiser import REL

# What the sanitiser writes: names in small letters, values in double quotes.
_TAG = re.compile(r'<(?P<name>a|/a|img)(?P<attributes>(?: [a-z-]+="[^"]*")*+)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def allowed_hosts() -> frozenset[str]:
    """Return the hosts from which images are shown: our own, and ``RESPONSE_IMAGE_HOSTS``."""
    listed = settings.RESPONSE_IMAGE_HOSTS or []
    own = urlsplit(str(settings.SITE_URL or "")).netloc
    return frozenset(host.lower() for host in [*listed, own] if isinstance(host, str) and host)


def link_images(html: str, hosts: frozenset[str] | None) -> SafeString:
    """Return sanitised ``html`` with images of other hosts as links.

    With ``hosts`` None every image becomes a link. Inside a link an image becomes its text.
    """
    if "<img" not in html:
        return mark_safe(html)
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

    return mark_safe(_TAG.sub(shown, html))


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
