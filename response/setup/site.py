"""What can be known of the project's pages without asking the network.

Used by the system checks and by the doctor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings as django_settings
from django.http.request import validate_host
from django.shortcuts import resolve_url
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLResolver,
    get_resolver,
    get_script_prefix,
    resolve,
    reverse,
)

from response.conf import settings

#: A name of each of the three includes, with the line that brings it.
INCLUDES = {
    "slash_command": 'path("slack/", include("response.slack.urls"))',
    "incident-list": 'path("core/", include("response.core.urls"))',
    "home": 'path("", include("response.ui.urls"))',
}
LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - compared with, not bound
_NAMES_IN_DEBUG = [".localhost", "127.0.0.1", "[::1]"]


def uses_socket_mode() -> bool:
    """Return whether Slack's requests come by Socket Mode and need no address of this site."""
    return bool(settings.SLACK_APP_TOKEN)


def missing_includes() -> list[str]:
    """Return the lines that are missing from the project's ``urls.py``."""
    return [line for name, line in _needed_includes() if _path_of(name) is None]


def has_namespace(line: str) -> bool:
    """Return whether the project includes what ``line`` does, but in a namespace."""
    found = re.search(r'include\("([^"]+)"', line)
    return found is not None and found[1] in _in_namespaces(get_resolver().url_patterns, False)


def _in_namespaces(patterns: Any, inside: bool) -> Iterator[str]:
    """Yield the modules that are included in a namespace, themselves or with what is around."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            here = inside or bool(pattern.namespace)
            if here:
                yield str(getattr(pattern.urlconf_name, "__name__", pattern.urlconf_name))
            yield from _in_namespaces(pattern.url_patterns, here)


def misplaced_includes() -> list[tuple[str, str]]:
    """Return the includes whose addresses are odd: the path of one, and the line.

    A slash at the beginning of the prefix, or none at its end.
    """
    ends = {"slash_command": "/slash_command", "incident-list": "/incidents/", "home": "/"}
    return [
        (path, line)
        for name, line in _needed_includes()
        if (path := _path_of(name)) is not None
        and (_DOUBLE in path or not path.endswith(ends[name]))
    ]


def covered_includes() -> list[tuple[str, str]]:
    """Return the includes whose addresses lead to something else: the path of one, and the line.

    An earlier pattern takes the address, or another page has the name.
    """
    return [
        (path, line)
        for name, line in _needed_includes()
        if (path := _path_of(name)) is not None and _DOUBLE not in path and not _is_ours(path)
    ]


#: How Django writes the second of two slashes at the beginning of an address.
_DOUBLE = "%2F"


def _needed_includes() -> list[tuple[str, str]]:
    return [
        (name, line)
        for name, line in INCLUDES.items()
        if name != "slash_command" or not uses_socket_mode()
    ]


def _path_of(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _is_ours(path: str) -> bool:
    """Return whether a view of Response's answers at ``path``."""
    try:
        view = resolve(f"/{path.removeprefix(get_script_prefix())}").func
    except Resolver404:
        return False
    return str(getattr(view, "__module__", "")).partition(".")[0] == "response"


def login_address() -> str:
    """Return where people are sent to log in: a path or an address; empty if nowhere."""
    return str(resolve_url(django_settings.LOGIN_URL)) if django_settings.LOGIN_URL else ""


def is_login_missing() -> bool:
    """Return whether the pages need a login and the project has no page for it."""
    if not settings.RESPONSE_LOGIN_REQUIRED:
        return False
    try:
        address = urlsplit(login_address())
        if not address.netloc:
            resolve(address.path)
    except (Resolver404, NoReverseMatch):
        return True
    return False


def is_login_circular() -> bool:
    """Return whether ``LOGIN_URL`` leads to a page of Response's, which needs a login itself."""
    if not settings.RESPONSE_LOGIN_REQUIRED or is_login_missing():
        return False
    address = urlsplit(login_address())
    return not address.netloc and _is_ours(address.path)


def login_page() -> str:
    """Return where the project has Django's login page under its usual name; empty if nowhere."""
    return _path_of("login") or ""


def is_static_unserved() -> bool:
    """Return whether it is certain that nothing serves the static files."""
    if django_settings.DEBUG or getattr(django_settings, "STATIC_ROOT", None):
        return False
    url = urlsplit(str(django_settings.STATIC_URL or ""))
    if url.netloc:
        return False
    return not any("whitenoise" in str(name).lower() for name in django_settings.MIDDLEWARE)


def split(value: Any) -> SplitResult:
    """Return the parts of an address; all are empty if it cannot be read."""
    try:
        parts = urlsplit(str(value or ""))
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def is_address(value: Any) -> bool:
    """Return whether it is an address that people and programs can be sent to."""
    parts = split(value)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not re.search(r"\s", str(value))
    )


def host() -> str:
    """Return the host of ``SITE_URL``, empty if there is none."""
    return split(settings.SITE_URL).hostname or ""


def is_local() -> bool:
    """Return whether ``SITE_URL`` leads to this machine itself."""
    return host() in LOCAL or host().endswith(".localhost")


def is_host_refused() -> bool:
    """Return whether Django refuses requests to ``SITE_URL``'s host."""
    allowed = django_settings.ALLOWED_HOSTS
    if django_settings.DEBUG and not allowed:
        allowed = _NAMES_IN_DEBUG
    shown = host()
    if ":" in shown:
        shown = f"[{shown}]"
    return bool(shown) and not validate_host(shown, allowed)


def untrusted_origin() -> str:
    """Return the origin whose forms Django refuses behind a proxy that ends HTTPS, else empty."""
    parts = split(settings.SITE_URL)
    if parts.scheme != "https" or django_settings.SECURE_PROXY_SSL_HEADER:
        return ""
    origin = f"https://{parts.netloc}"
    for trusted in django_settings.CSRF_TRUSTED_ORIGINS:
        given = urlsplit(trusted)
        wildcard = given.netloc.startswith("*") and parts.netloc.endswith(given.netloc[1:])
        if given.scheme == "https" and (given.netloc == parts.netloc or wildcard):
            return ""
    return origin
