"""The addresses at which people find our pages, for links outside of a request.

One way to build them: messages are made in workers, in requests of Slack's and in those of
the API, and a link must be the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings as django_settings
from django.urls import NoReverseMatch, get_script_prefix, reverse

from response.conf import settings


def site_url(path: str = "/") -> str:
    """Return the address of ``path`` below ``SITE_URL``.

    ``SITE_URL`` is where the site's root is, with the path below which the project is mounted,
    if there is one. A ``FORCE_SCRIPT_NAME`` that is missing at its end is added.
    """
    base = str(settings.SITE_URL or "").rstrip("/")
    mount = str(django_settings.FORCE_SCRIPT_NAME or "").strip("/")
    if mount and not urlsplit(base).path.endswith(f"/{mount}"):
        base = f"{base}/{mount}"
    return base + path


def document_url(pk: int) -> str:
    """Return the address of an incident's document."""
    return page_url("incident_doc", incident_id=pk)


def review_url(pk: int) -> str:
    """Return the address of an incident's review, or of where it is started."""
    return page_url("response_review", incident_id=pk)


def page_url(name: str, query: Mapping[str, Any] | None = None, **kwargs: Any) -> str:
    """Return the address of the page called ``name``; that of the site if the project has none."""
    try:
        path = reverse(name, kwargs=kwargs)
    except NoReverseMatch:  # a project may leave out our pages
        return site_url()
    # Within a request this begins with the path below which the server has mounted us.
    found = site_url("/" + path.removeprefix(get_script_prefix()).lstrip("/"))
    return f"{found}?{urlencode(query)}" if query else found
