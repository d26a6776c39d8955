"""What can be known of the project's pages without asking the network.

Used by the system checks and by the doctor.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.http.request import validate_host
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

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
    missing = []
    for name, line in INCLUDES.items():
        if name == "slash_command" and uses_socket_mode():
            continue
        try:
            reverse(name)
        except NoReverseMatch:
            missing.append(line)
    return missing


def login_address() -> str:
    """Return where people are sent to log in: a path or an address."""
    return str(resolve_url(django_settings.LOGIN_URL))


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


def is_static_unserved() -> bool:
    """Return whether it is certain that nothing serves the static files."""
    if django_settings.DEBUG or getattr(django_settings, "STATIC_ROOT", None):
        return False
    url = urlsplit(str(django_settings.STATIC_URL or ""))
    if url.netloc:
        return False
    return not any("whitenoise" in str(name).lower() for name in django_settings.MIDDLEWARE)


def host() -> str:
    """Return the host of ``SITE_URL``, empty if there is none."""
    return urlsplit(str(settings.SITE_URL or "")).hostname or ""


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
    parts = urlsplit(str(settings.SITE_URL or ""))
    if parts.scheme != "https" or django_settings.SECURE_PROXY_SSL_HEADER:
        return ""
    origin = f"https://{parts.netloc}"
    for trusted in django_settings.CSRF_TRUSTED_ORIGINS:
        given = urlsplit(trusted)
        wildcard = given.netloc.startswith("*") and parts.netloc.endswith(given.netloc[1:])
        if given.scheme == "https" and (given.netloc == parts.netloc or wildcard):
            return ""
    return origin
