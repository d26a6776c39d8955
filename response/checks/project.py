"""System checks of the project around Response: middleware, templates, cookies, static files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

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
    plain = urlsplit(str(settings.SITE_URL or "")).scheme == "http" and not site.is_local()
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        if plain and getattr(django_settings, name):
            yield Warning(
                f"{name} is True and SITE_URL begins with http://: no one can log in there.",
                hint=f"Set SITE_URL to the https:// address, or {name} = False.",
                id="response.W072",
            )


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
