"""Checks of the site: its addresses, URLs, apps, permissions and templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Info, Warning
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines

from response.conf import settings
from response.setup import site


def urls() -> Iterator[CheckMessage]:
    """Check ``SITE_URL``, and that the project has Response's URLs, a login and static files."""
    parts = site.split(settings.SITE_URL)
    beyond = parts._replace(scheme="", netloc="").geturl().strip("/")
    if beyond and site.is_address(settings.SITE_URL):
        yield Warning(
            f"SITE_URL has a path ({beyond}), which is left out of the addresses for Slack.",
            hint="Give only the scheme and the host; paths come from urls.py.",
            id="response.W046",
        )
    if site.is_local() and not django_settings.DEBUG and not site.uses_socket_mode():
        yield Warning(
            "SITE_URL is this machine itself: others cannot follow the links, and Slack cannot "
            "call it.",
            hint="Set it to the public address, or use Socket Mode (SLACK_APP_TOKEN).",
            id="response.W047",
        )
    if not getattr(django_settings, "ROOT_URLCONF", ""):
        return
    yield from _includes()
    yield from _login()
    if site.is_static_unserved():
        yield Warning(
            "Nothing serves the static files while DEBUG is False.",
            hint="Set STATIC_ROOT, run collectstatic and serve that folder, or use WhiteNoise.",
            id="response.W050",
        )


def _includes() -> Iterator[CheckMessage]:
    for line in site.missing_includes():
        if site.has_namespace(line):
            yield Warning(
                "The project's urls.py includes a part of Response in a namespace, where its "
                "addresses are not found.",
                hint=f"Include it without a namespace: {line}",
                id="response.W048",
            )
        else:
            yield Warning(
                "The project's urls.py lacks a part of Response.",
                hint=f"Add: {line}",
                id="response.W048",
            )
    for path, line in site.misplaced_includes():
        yield Warning(
            f"In the project's urls.py, the prefix of a part of Response has one slash too many or "
            f"too few: {path} is one of its addresses.",
            hint=f"Write: {line}",
            id="response.W048",
        )
    for path, line in site.covered_includes():
        yield Warning(
            f"{path} should lead to Response, and another view of the project answers there.",
            hint=f"In urls.py, put this above the entry that takes the address: {line}. If a page "
            "of the project has the same name as one of Response's, give it another.",
            id="response.W048",
        )


def _login() -> Iterator[CheckMessage]:
    if site.is_login_circular():
        yield Warning(
            f"LOGIN_URL is {django_settings.LOGIN_URL}, a page that needs a login itself: people "
            "are sent round in circles.",
            hint='Set it to the login page, e.g. LOGIN_URL = "login" with '
            'path("accounts/", include("django.contrib.auth.urls")) in urls.py.',
            id="response.W049",
        )
    if not site.is_login_missing():
        return
    if where := site.login_page():
        yield Warning(
            f"The pages need a login, and LOGIN_URL is {django_settings.LOGIN_URL}; the login "
            f"page is {where}.",
            hint='Set LOGIN_URL = "login".',
            id="response.W049",
        )
    else:
        yield Warning(
            f"The pages need a login, and there is no page at {django_settings.LOGIN_URL}.",
            hint='Add path("accounts/", include("django.contrib.auth.urls")) to urls.py, or set '
            "LOGIN_URL.",
            id="response.W049",
        )


def installed() -> Iterator[CheckMessage]:
    """Check ``INSTALLED_APPS``, the API's permissions, and the database for the runner."""
    if "response" in django_settings.INSTALLED_APPS:
        yield Warning(
            'INSTALLED_APPS has "response".',
            hint='Write "response.apps.ResponseConfig", as the documentation does.',
            id="response.W051",
        )
    yield from _permissions()
    sqlite = str(django_settings.DATABASES.get("default", {}).get("ENGINE")).endswith("sqlite3")
    if sqlite and str(settings.RESPONSE_RUNNER).endswith((".CeleryRunner", ".DjangoTasksRunner")):
        yield Warning(
            "RESPONSE_RUNNER is for several machines, but SQLite is a file on one.",
            hint="Use PostgreSQL, or the AfterResponseRunner.",
            id="response.W053",
        )


_ALLOW_ANY = "rest_framework.permissions.AllowAny"
#: Of Django REST framework's permissions those that let strangers in, and what they may do.
_FOR_STRANGERS = {
    "AllowAny": "read and change incidents",
    "IsAuthenticatedOrReadOnly": "read incidents",
    "DjangoModelPermissionsOrAnonReadOnly": "read incidents",
}


def _permissions() -> Iterator[CheckMessage]:
    remedy = (
        'REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": '
        '["rest_framework.permissions.IsAuthenticated"], …}'
    )
    configured = getattr(django_settings, "REST_FRAMEWORK", None) or {}
    chosen = configured.get("DEFAULT_PERMISSION_CLASSES", [_ALLOW_ANY])
    if not isinstance(chosen, list | tuple):
        yield Error(
            f"DEFAULT_PERMISSION_CLASSES in REST_FRAMEWORK must be a list, not {chosen!r:.60}: "
            "each page would be an error.",
            hint=remedy,
            id="response.E081",
        )
        return
    names = [str(getattr(item, "__name__", item)).rpartition(".")[2] for item in chosen]
    # A stranger has to pass all of them.
    if names and all(name in _FOR_STRANGERS for name in names):
        name = next((n for n in names if n != "AllowAny"), "AllowAny")
        yield Warning(
            f"The API's default is {name}: anyone who can reach it can {_FOR_STRANGERS[name]}.",
            hint=remedy,
            id="response.W052",
        )


def addresses() -> Iterator[CheckMessage]:
    """Check that the settings with addresses are complete addresses."""
    address = str(settings.SITE_URL or "")
    if not address:
        yield Warning(
            "SITE_URL is not set: links to incident documents in Slack will lead nowhere.",
            hint='Set it to where people reach this site, e.g. "https://incidents.example.com".',
            id="response.W003",
        )
    for name, value in (
        ("SITE_URL", address),
        ("SLACK_API_URL", str(settings.SLACK_API_URL)),
        ("RESPONSE_SLACK_PROXY", str(settings.RESPONSE_SLACK_PROXY or "")),
    ):
        if value and not site.is_address(value):
            yield Error(
                f"{name} must be an address with http:// or https://, not {value!r}.",
                hint='Write it in full, e.g. "https://incidents.example.com".',
                id="response.E003",
            )
    if site.split(address).username is not None:
        yield Error(
            "SITE_URL has a name or a password in it, and is part of every link in Slack.",
            hint='Give only the scheme and the host, e.g. "https://incidents.example.com".',
            id="response.E003",
        )


def schemes() -> Iterator[CheckMessage]:
    given = site.split(settings.SITE_URL)
    if given.scheme == "http" and not site.is_local() and not site.uses_socket_mode():
        yield Warning(
            "SITE_URL begins with http://, and Slack sends to https:// only.",
            hint="Set it to the https:// address, or use Socket Mode (SLACK_APP_TOKEN).",
            id="response.W071",
        )
    api = site.split(settings.SLACK_API_URL)
    if api.netloc and api.path.rstrip("/").rpartition("/")[2] != "api":
        yield Warning(
            f"SLACK_API_URL is {settings.SLACK_API_URL!r}, which does not end in /api/.",
            hint='Slack\'s own is "https://slack.com/api/"; leave the setting out for it.',
            id="response.W076",
        )


def hosts() -> Iterator[CheckMessage]:
    """Check that ``ALLOWED_HOSTS`` has the host of ``SITE_URL``."""
    if site.is_host_refused():
        yield Warning(
            f"ALLOWED_HOSTS lacks {site.host()}, the host of SITE_URL: Django refuses every "
            "request there.",
            hint=f'ALLOWED_HOSTS = ["{site.host()}"]',
            id="response.W078",
        )


def needed_apps() -> Iterator[CheckMessage]:
    """Check that the apps that Response needs are installed."""
    for name, why in (
        ("rest_framework", "the API's pages"),
        ("bootstrap4", "the forms"),
        ("after_response", "working after the response"),
    ):
        if not apps.is_installed(name):
            yield Error(
                f"{name} is missing from INSTALLED_APPS.",
                hint=f'Add "{name}": it is needed for {why}.',
                id="response.E009",
            )


#: Templates of release 0.5.1 that a project could override, and what an override that is meant
#: for Response's pages contains.
_OLD_TEMPLATES = {
    "incident_doc.html": re.compile(r""),
    "home.html": re.compile(r"incident", re.IGNORECASE),
    "base.html": re.compile(r"{%-?\s*block\s+(content|head|navbar|javascript)\b"),
}


def templates() -> Iterator[CheckMessage]:
    """Find templates of the project that release 0.5.1 used and this one does not."""
    for name, wanted in _OLD_TEMPLATES.items():
        template = _source_of(name)
        if template is None or _source_of(f"response/{name}", of_project=True) is not None:
            continue
        path, source = template
        if not wanted.search(source):
            continue
        # Many projects have a base.html for pages of their own.
        message = Info if name == "base.html" else Warning
        yield message(
            f"The template {name} ({path}) is no longer used by Response's pages: they are "
            f"rendered from response/{name}.",
            hint=f"If it was meant for them, call it response/{name} and look at Response's own "
            "first: its blocks and context are different. If not, silence response.W041.",
            id="response.W041",
        )


def _source_of(name: str, *, of_project: bool = False) -> tuple[str, str] | None:
    """Return the path and the text of a template; None if it is not found.

    With ``of_project`` only templates outside this package count.
    """
    ours = str(Path(__file__).parent.parent)
    for engine in engines.all():
        try:
            template = engine.get_template(name)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            continue
        path = str(getattr(getattr(template, "origin", None), "name", ""))
        if of_project and path.startswith(ours):
            continue
        source = getattr(getattr(template, "template", None), "source", "")
        return path, str(source)
    return None
