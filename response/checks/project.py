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
from response.setup import setting_types, site


@register(Tags.compatibility)
def check_project(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What else of the project's settings would keep people or Slack out."""
    return [
        *_kinds(),
        *_addresses(),
        *_hosts(),
        *_logins(),
        *_templates(),
        *_static_files(),
        *_reactions(),
        *_client(),
    ]


def _kinds() -> Iterator[CheckMessage]:
    for name, wanted, remedy in setting_types.wrong():
        yield Error(
            f"{name} must be {wanted}, not {getattr(settings, name)!r:.60}.",
            hint=remedy,
            id="response.E070",
        )


def _addresses() -> Iterator[CheckMessage]:
    given = urlsplit(str(settings.SITE_URL or ""))
    if given.scheme == "http" and not site.is_local() and not site.uses_socket_mode():
        yield Warning(
            "SITE_URL begins with http://, and Slack sends to https:// only.",
            hint="Set it to the https:// address, or use Socket Mode (SLACK_APP_TOKEN).",
            id="response.W071",
        )
    api = urlsplit(str(settings.SLACK_API_URL or ""))
    if api.netloc and api.path.rstrip("/").rpartition("/")[2] != "api":
        yield Warning(
            f"SLACK_API_URL is {settings.SLACK_API_URL!r}, which does not end in /api/.",
            hint='Slack\'s own is "https://slack.com/api/"; leave the setting out for it.',
            id="response.W076",
        )


def _hosts() -> Iterator[CheckMessage]:
    if site.is_host_refused():
        yield Warning(
            f"ALLOWED_HOSTS lacks {site.host()}, the host of SITE_URL: Django refuses every "
            "request there.",
            hint=f'ALLOWED_HOSTS = ["{site.host()}"]',
            id="response.W078",
        )


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
                f"{name} is True and SITE_URL begins with http://: there nobody can log in.",
                hint=f"Set SITE_URL to the https:// address, or {name} = False.",
                id="response.W072",
            )


_OF_PEOPLE = re.compile(r"auth|user|login|sso|saml|oidc|account", re.IGNORECASE)


def _knows_people(dotted_path: str) -> bool:
    """Whether it sets ``request.user``: Django's own, or by its name one of the project's."""
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


def _reactions() -> Iterator[CheckMessage]:
    names = settings.RESPONSE_TIMELINE_REACTIONS
    if not isinstance(names, list | tuple | set | frozenset):
        return  # said already
    if bad := [name for name in names if isinstance(name, str) and not _is_emoji_name(name)]:
        yield Warning(
            f"RESPONSE_TIMELINE_REACTIONS has {bad[0]!r}, and Slack calls no reaction so.",
            hint='Names without colons, as Slack shows them on hover: ["pushpin", "star"].',
            id="response.W079",
        )


def _is_emoji_name(name: str) -> bool:
    return bool(name) and name == name.strip().lower() and ":" not in name and name.isascii()


def _client() -> Iterator[CheckMessage]:
    client = settings.SLACK_CLIENT
    if client is not None and not callable(getattr(client, "api_call", None)):
        yield Error(
            f"SLACK_CLIENT is {client!r:.60}, which has no method api_call().",
            hint="It is an object, not its name. Leave it out for Response's own client.",
            id="response.E080",
        )
