"""System checks of the project around Response: middleware, templates, cookies, static files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.module_loading import import_string

from response.conf import settings
from response.setup import site


@register(Tags.compatibility)
def check_project(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Return what in the project around Response would keep people or Slack out."""
    return [
        *_logins(),
        *_templates(),
        *_static_files(),
        *_proxy(),
        *_sizes(),
    ]


def _logins() -> Iterator[CheckMessage]:
    if not settings.RESPONSE_LOGIN_REQUIRED:
        return
    if not any(map(_knows_people, django_settings.MIDDLEWARE)):
        yield Warning(
            "The pages need a login, and no middleware knows who has logged in: people are sent "
            "to the login again and again.",
            hint='Add "django.contrib.sessions.middleware.SessionMiddleware" and '
            '"django.contrib.auth.middleware.AuthenticationMiddleware" to MIDDLEWARE.',
            id="response.W073",
        )
    yield from _sessions()
    plain = site.split(settings.SITE_URL).scheme == "http" and not site.is_local()
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        if plain and getattr(django_settings, name):
            yield Warning(
                f"{name} is True and SITE_URL begins with http://: no one can log in there.",
                hint=f"Set SITE_URL to the https:// address, or {name} = False.",
                id="response.W072",
            )


def _sessions() -> Iterator[CheckMessage]:
    """Check the sessions that Django's logins need, and the place where they are kept."""
    middleware = django_settings.MIDDLEWARE
    if "django.contrib.auth.middleware.AuthenticationMiddleware" not in middleware:
        return
    if not any("session" in name.lower() for name in middleware):
        yield Warning(
            "AuthenticationMiddleware needs sessions, and MIDDLEWARE has none: each page would be "
            "an error.",
            hint='Add "django.contrib.sessions.middleware.SessionMiddleware" before it.',
            id="response.W073",
        )
        return
    engine = str(django_settings.SESSION_ENGINE)
    in_database = engine in ("django.contrib.sessions.backends.db", _CACHED_DB)
    if in_database and not apps.is_installed("django.contrib.sessions"):
        yield Warning(
            "Sessions are kept in the database, and django.contrib.sessions is missing from "
            "INSTALLED_APPS: the login would be an error.",
            hint='Add "django.contrib.sessions", and run: python manage.py migrate',
            id="response.W073",
        )
    cache = django_settings.CACHES.get(django_settings.SESSION_CACHE_ALIAS) or {}
    if engine == "django.contrib.sessions.backends.cache" and str(
        cache.get("BACKEND", "")
    ).endswith(".DummyCache"):
        yield Warning(
            "Sessions are kept in a cache that keeps nothing (DummyCache): no one can log in.",
            hint="Remove SESSION_ENGINE, so that they are kept in the database, or use another "
            "cache.",
            id="response.W073",
        )


_CACHED_DB = "django.contrib.sessions.backends.cached_db"
_OF_PEOPLE = re.compile(r"auth|user|login|sso|saml|oidc|account", re.IGNORECASE)


def _knows_people(dotted_path: str) -> bool:
    """Return whether a middleware sets ``request.user``: Django's, or, by its name, another."""
    try:
        middleware = import_string(dotted_path)
    except ImportError:
        return True  # Django will say so
    if isinstance(middleware, type) and issubclass(middleware, AuthenticationMiddleware):
        return True
    ours = dotted_path.startswith("django.contrib.auth.")
    return not ours and bool(_OF_PEOPLE.search(dotted_path))


def _templates() -> Iterator[CheckMessage]:
    base = str(settings.RESPONSE_BASE_TEMPLATE or "")
    if base and not _is_template(base):
        yield Error(
            f"RESPONSE_BASE_TEMPLATE is {base!r}, and there is no such template.",
            hint="Give its name as in {% extends %}, or leave the setting out.",
            id="response.E074",
        )
    if not _is_template("response/page.html"):
        yield Error(
            "Response's templates are not found.",
            hint="TEMPLATES needs Django's own backend with APP_DIRS: "
            '{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, …}',
            id="response.E077",
        )


def _is_template(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    except TemplateSyntaxError:
        return True  # it is there, and its page will say what is wrong
    return True


def _static_files() -> Iterator[CheckMessage]:
    if not django_settings.STATIC_URL:
        if apps.is_installed("django.contrib.staticfiles"):
            yield Warning(
                "STATIC_URL is not set: each page would be an error.",
                hint='Set STATIC_URL = "static/".',
                id="response.W075",
            )
        return
    try:
        static("response/response.css")
    except ValueError:
        yield Warning(
            "The static files have not been collected: each page would be an error.",
            hint="Run: python manage.py collectstatic",
            id="response.W075",
        )
    if django_settings.DEBUG and not apps.is_installed("django.contrib.staticfiles"):
        yield Warning(
            "django.contrib.staticfiles is missing from INSTALLED_APPS: pages have no styles.",
            hint='Add "django.contrib.staticfiles".',
            id="response.W075",
        )


def _proxy() -> Iterator[CheckMessage]:
    """Check ``SECURE_PROXY_SSL_HEADER``: the header with which a proxy says that it got HTTPS."""
    value = django_settings.SECURE_PROXY_SSL_HEADER
    if not value:
        return
    pair = isinstance(value, list | tuple) and len(value) == 2
    if not pair or not re.fullmatch(r"[A-Z0-9_]+", str(value[0])):
        yield Error(
            f"SECURE_PROXY_SSL_HEADER is {value!r:.80}, which Django does not find in a request.",
            hint='Write SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"): the '
            "header's name in capitals, with HTTP_ before it and _ for each -.",
            id="response.E083",
        )


def _sizes() -> Iterator[CheckMessage]:
    most, wanted = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.RESPONSE_MAX_BODY_BYTES
    if isinstance(most, int) and isinstance(wanted, int) and most < wanted:
        yield Warning(
            f"DATA_UPLOAD_MAX_MEMORY_SIZE is {most} bytes, so that larger requests of Slack's are "
            "refused.",
            hint=f"Leave it out: Django's default is 2621440. Or set RESPONSE_MAX_BODY_BYTES "
            f"({wanted}) to no more than it.",
            id="response.W084",
        )
