"""System checks: a setting that is missing or wrong is said at start-up, with the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.utils.module_loading import import_string

from response.conf import DEFAULTS, settings
from response.setup import site
from response.slack.text import channel_names
from response.slack.web_api.client import SlackClient
from response.upgrade.published import REMEDY, older_release, too_old
from response.webhooks import addresses
from response.worker import runners
from response.worker.runners.django_tasks import find_backend

#: What ``RESPONSE_RUNNER`` may be, beside a class of the project's own.
RUNNERS = sorted(
    f"response.worker.runners.{name}"
    for name in runners.__all__
    if name.endswith("Runner") and name != "Runner"
)


@register(Tags.compatibility)
def check_settings(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every setting whose absence or shape would be felt only in the middle of an incident."""
    return [
        *_secrets(),
        *_misspelt(),
        *_site(),
        *_installed(),
        *_addresses(),
        *_channels(),
        *_old_settings(),
        *_classes(),
        *_runners(),
        *_numbers(),
        *_networks(),
        *_reviews(),
        *_alerts(),
        *_metrics(),
        *_apps(),
        *_templates(),
        *_database(),
    ]


def _secrets() -> Iterator[CheckMessage]:
    secret = settings.SLACK_SIGNING_SECRET
    if secret and not isinstance(secret, str | list | tuple):
        yield Error(
            "SLACK_SIGNING_SECRET must be a string, or a list of strings while it is being "
            "changed.",
            hint="Set it to the Signing Secret on your Slack app's page Basic Information.",
            id="response.E001",
        )
    elif not settings.signing_secrets and not site.uses_socket_mode():
        yield Warning(
            "SLACK_SIGNING_SECRET is not set: every request from Slack will be refused.",
            hint="Set it to the Signing Secret on your Slack app's page Basic Information. Or use "
            "Socket Mode (SLACK_APP_TOKEN), which needs none.",
            id="response.W001",
        )
    token = settings.SLACK_TOKEN
    if not token and _is_our_client(settings.SLACK_CLIENT):
        yield Warning(
            "SLACK_TOKEN is not set: nothing can be posted in Slack.",
            hint="Set it to the Bot User OAuth Token (xoxb-…) of your Slack app.",
            id="response.W002",
        )
    elif str(token).startswith("xoxp-"):
        yield Warning(
            "SLACK_TOKEN is a person's token (xoxp-…): Response may do only what that person may.",
            hint="Use the Bot User OAuth Token (xoxb-…).",
            id="response.W040",
        )
    elif str(token).startswith("xapp-"):
        yield Error(
            "SLACK_TOKEN is an app-level token (xapp-…), which cannot post messages.",
            hint="Use the Bot User OAuth Token (xoxb-…). This one goes into SLACK_APP_TOKEN.",
            id="response.E002",
        )
    elif str(token).startswith("xoxe"):
        yield Error(
            "SLACK_TOKEN is an app configuration token (xoxe…), which cannot post messages.",
            hint="Use the Bot User OAuth Token (xoxb-…). This one is for response_manifest.",
            id="response.E002",
        )
    elif token and not str(token).strip().startswith("xox"):
        yield Warning(
            "SLACK_TOKEN does not look like one of Slack's tokens.",
            hint="Use the Bot User OAuth Token (xoxb-…). The Signing Secret goes into "
            "SLACK_SIGNING_SECRET.",
            id="response.W054",
        )

    app_token = str(settings.SLACK_APP_TOKEN or "")
    if app_token and not app_token.startswith("xapp-"):
        yield Error(
            "SLACK_APP_TOKEN is not an app-level token (xapp-…).",
            hint="It is made at Basic Information › App-Level Tokens. The bot token (xoxb-…) goes "
            "into SLACK_TOKEN.",
            id="response.E042",
        )
    for name, value in (("SLACK_TOKEN", str(token or "")), ("SLACK_APP_TOKEN", app_token)):
        if re.search(r"\s", value):
            yield Error(
                f"{name} has white space in it.",
                hint="Copy it again, without spaces and line ends.",
                id="response.E043",
            )
        elif _FOREIGN.search(value):
            yield Error(
                f"{name} has characters that are in no token, such as quotes or dots (…).",
                hint="Copy the token itself: without quotes, and in full.",
                id="response.E043",
            )
    for secret in settings.signing_secrets:
        if re.search(r"\s", secret) or re.match(r"xox|xapp-", secret):
            yield Error(
                "SLACK_SIGNING_SECRET has white space in it, or is a token.",
                hint="It is at Basic Information › Signing Secret, and is not a token (xoxb-…).",
                id="response.E044",
            )
        elif _FOREIGN.search(secret) or re.fullmatch(r"\d+\.\d+|A[A-Z0-9]{8,}", secret):
            yield Error(
                "SLACK_SIGNING_SECRET is the app's id, the client's id, or not copied in full.",
                hint="It is at Basic Information › Signing Secret › Show. Copy it without quotes.",
                id="response.E044",
            )


#: Quotes of an environment file, an ellipsis of the documentation.
_FOREIGN = re.compile("[\"'<>…]|[^\\x00-\\x7f]|\\.\\.\\.")
_OURS = re.compile(r"(?:RESPONSE|INCIDENT|SLACK)[A-Z0-9_]+")


def _misspelt() -> Iterator[CheckMessage]:
    """Settings that look like ours, and are near one that we know."""
    for name in dir(django_settings):
        if name in DEFAULTS or not _OURS.fullmatch(name):
            continue
        if near := _meant(name):
            yield Warning(
                f"{name} is not a setting of Response; did you mean {near}?",
                hint="Rename or remove it.",
                id="response.W045",
            )


#: What other tools for Slack call the same.
_ELSEWHERE = {
    "SLACK_API_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_USER_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_USER_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_BOT_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_OAUTH_TOKEN": "SLACK_TOKEN",
    "SLACK_APP_LEVEL_TOKEN": "SLACK_APP_TOKEN",
    "SLACK_SOCKET_TOKEN": "SLACK_APP_TOKEN",
    "SLACK_SECRET": "SLACK_SIGNING_SECRET",
    "SLACK_APP_SIGNING_SECRET": "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN": "SLACK_SIGNING_SECRET",
}


def _meant(name: str) -> str:
    """Return the setting that was meant; empty if it is the project's own."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    prefix, _dash, stem = name.partition("_")
    # With a prefix too many, without the one that it has, or with the other.
    other = {"RESPONSE": "INCIDENT", "INCIDENT": "RESPONSE"}.get(prefix, "")
    for candidate in (stem, f"RESPONSE_{name}", f"{other}_{stem}"):
        if candidate in DEFAULTS:
            return candidate
    near = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=0.84)
    return near[0] if near else ""


def _site() -> Iterator[CheckMessage]:
    parts = urlsplit(str(settings.SITE_URL or ""))
    if parts.path.strip("/"):
        yield Warning(
            f"SITE_URL has a path ({parts.path}), which is left out of the addresses for Slack.",
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
    for line in site.missing_includes():
        yield Warning(
            "The project's urls.py lacks a part of Response.",
            hint=f"Add: {line}",
            id="response.W048",
        )
    if site.is_login_missing():
        yield Warning(
            f"The pages need a login, and there is no page at {django_settings.LOGIN_URL}.",
            hint='Add path("accounts/", include("django.contrib.auth.urls")) to urls.py, or set '
            "LOGIN_URL.",
            id="response.W049",
        )
    if site.is_static_unserved():
        yield Warning(
            "Nothing serves the static files while DEBUG is False.",
            hint="Set STATIC_ROOT, run collectstatic and serve that folder, or use WhiteNoise.",
            id="response.W050",
        )


def _installed() -> Iterator[CheckMessage]:
    if "response" in django_settings.INSTALLED_APPS:
        yield Warning(
            'INSTALLED_APPS has "response".',
            hint='Write "response.apps.ResponseConfig", as the documentation does.',
            id="response.W051",
        )
    permissions = getattr(django_settings, "REST_FRAMEWORK", {}).get(
        "DEFAULT_PERMISSION_CLASSES", ["rest_framework.permissions.AllowAny"]
    )
    if any(str(name).endswith(".AllowAny") for name in permissions):
        yield Warning(
            "The API's default is AllowAny: anyone who can reach it can read and change incidents.",
            hint='REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": '
            '["rest_framework.permissions.IsAuthenticated"], …}',
            id="response.W052",
        )
    sqlite = str(django_settings.DATABASES.get("default", {}).get("ENGINE")).endswith("sqlite3")
    if sqlite and str(settings.RESPONSE_RUNNER).endswith((".CeleryRunner", ".DjangoTasksRunner")):
        yield Warning(
            "RESPONSE_RUNNER is for several machines, but SQLite is a file on one.",
            hint="Use PostgreSQL, or the AfterResponseRunner.",
            id="response.W053",
        )


def _is_our_client(client: Any) -> bool:
    """Whether it reads its token from the settings, and is not one of the project's own."""
    return client is None or (isinstance(client, SlackClient) and not client.has_own_token)


def _addresses() -> Iterator[CheckMessage]:
    site = str(settings.SITE_URL or "")
    if not site:
        yield Warning(
            "SITE_URL is not set: links to incident documents in Slack will lead nowhere.",
            hint='Set it to where people reach this site, e.g. "https://incidents.example.com".',
            id="response.W003",
        )
    for name, value in (
        ("SITE_URL", site),
        ("SLACK_API_URL", str(settings.SLACK_API_URL)),
        ("RESPONSE_SLACK_PROXY", str(settings.RESPONSE_SLACK_PROXY or "")),
    ):
        parts = urlsplit(value)
        if value and (
            parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", value)
        ):
            yield Error(
                f"{name} must be an address with http:// or https://, not {value!r}.",
                hint='Write it in full, e.g. "https://incidents.example.com".',
                id="response.E003",
            )


def _channels() -> Iterator[CheckMessage]:
    if not settings.INCIDENT_CHANNEL_ID and not settings.INCIDENT_CHANNEL_NAME:
        yield Error(
            "Neither INCIDENT_CHANNEL_NAME nor INCIDENT_CHANNEL_ID is set.",
            hint='Headline posts need one; the default is INCIDENT_CHANNEL_NAME = "incidents".',
            id="response.E004",
        )
    for name in (
        "INCIDENT_CHANNEL_NAME",
        "INCIDENT_REPORT_CHANNEL_NAME",
        "RESPONSE_UPDATES_CHANNEL_NAME",
    ):
        value = str(getattr(settings, name) or "").lstrip("#")
        if value != value.lower() or " " in value or "." in value:
            yield Error(
                f"{name} is {value!r}, which cannot be the name of a Slack channel.",
                hint="Lowercase letters, digits, - and _ only. A channel's id goes into "
                f"{name.replace('_NAME', '_ID')}.",
                id="response.E005",
            )
    for name in (
        "INCIDENT_CHANNEL_ID",
        "INCIDENT_REPORT_CHANNEL_ID",
        "RESPONSE_UPDATES_CHANNEL_ID",
    ):
        value = str(getattr(settings, name) or "")
        if value and not re.fullmatch(r"[CGD][A-Z0-9]+", value):
            yield Error(
                f"{name} is {value!r}, which cannot be the id of a Slack channel.",
                hint="Copy the id (C…) from the channel's details in Slack. A name goes into "
                f"{name.replace('_ID', '_NAME')}.",
                id="response.E005",
            )
    scheme = settings.RESPONSE_CHANNEL_NAME
    try:
        one = channel_names.for_incident(scheme, 1, "one", date(2000, 1, 1))
        other = channel_names.for_incident(scheme, 2, "one", date(2000, 1, 1))
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        yield Error(
            f"RESPONSE_CHANNEL_NAME cannot be filled in: {error!r}.",
            hint="It may use {id}, {slug} and {date}; the default is inc-{id}-{slug}.",
            id="response.E006",
        )
    else:
        if one == other:
            yield Warning(
                "RESPONSE_CHANNEL_NAME has no {id}: channels of similar incidents get numbers.",
                hint="Put {id} into it; the default is inc-{id}-{slug}.",
                id="response.W006",
            )


def _old_settings() -> Iterator[CheckMessage]:
    mock = getattr(django_settings, "SLACK_API_MOCK", None)
    if mock:
        yield Error(
            "SLACK_API_MOCK is no longer a setting: messages would go to Slack itself.",
            hint=f'Set SLACK_API_URL = "http://{mock}/api/" instead.',
            id="response.E045",
        )


def _classes() -> Iterator[CheckMessage]:
    for name in ("RESPONSE_RUNNER", "ACTION_EVENT_HANDLER_CLASS", "INCIDENT_EVENT_HANDLER_CLASS"):
        value = getattr(settings, name)
        needed = "wake" if name == "RESPONSE_RUNNER" else "handle"
        if not value and name != "RESPONSE_RUNNER":
            continue
        try:
            target = import_string(value) if isinstance(value, str) else value
        except ImportError as error:
            yield Error(
                f"{name} cannot be imported: {error}.",
                hint=f"Use one of: {', '.join(RUNNERS)}."
                if name == "RESPONSE_RUNNER"
                else "Leave it out, or give the dotted path of a class.",
                id="response.E007",
            )
            continue
        if not callable(getattr(target, needed, None)):
            yield Error(
                f"{name} names something that has no method {needed}().",
                hint=f"Use one of: {', '.join(RUNNERS)}."
                if name == "RESPONSE_RUNNER"
                else "Leave it out, or name a class with that method.",
                id="response.E007",
            )


def _runners() -> Iterator[CheckMessage]:
    runner = str(settings.RESPONSE_RUNNER)
    if runner.endswith(".CeleryRunner"):
        yield from _celery()
    if runner.endswith(".DjangoTasksRunner"):
        yield from _django_tasks()


def _celery() -> Iterator[CheckMessage]:
    try:
        # Celery is an extra.
        from celery import current_app
    except ImportError:
        yield Error(
            "RESPONSE_RUNNER is Celery's, but Celery is not installed.",
            hint='pip install "django-incident-response[celery]"',
            id="response.E011",
        )
        return
    if not current_app.conf.broker_url:
        yield Warning(
            "RESPONSE_RUNNER is Celery's, but Celery has no broker.",
            hint="Import the project's Celery app in the package of its settings module, and "
            "set CELERY_BROKER_URL. Until then work waits for the next tick.",
            id="response.W011",
        )


def _django_tasks() -> Iterator[CheckMessage]:
    try:
        backend = find_backend()
    except ImportError:
        yield Error(
            "RESPONSE_RUNNER is the Tasks API's, but this version of Django has none.",
            hint="Use Django 6.0 or later, or pip install django-tasks.",
            id="response.E012",
        )
    except Exception as error:
        yield Error(
            f"RESPONSE_TASKS_BACKEND is {settings.RESPONSE_TASKS_BACKEND!r}, which TASKS does "
            f"not have: {error}",
            hint="Name one of the keys of TASKS; the default is 'default'.",
            id="response.E012",
        )
    else:
        if type(backend).__name__ in ("ImmediateBackend", "DummyBackend"):
            yield Warning(
                f"RESPONSE_RUNNER is the Tasks API's, and its {type(backend).__name__} hands "
                "nothing to other processes.",
                hint="Configure a backend with workers in TASKS, or use the AfterResponseRunner.",
                id="response.W012",
            )


def _numbers() -> Iterator[CheckMessage]:
    for name, least in (
        ("RESPONSE_MAX_BODY_BYTES", 1024),
        ("RESPONSE_INBOX_MAX_ATTEMPTS", 1),
        ("RESPONSE_INBOX_RETENTION_DAYS", 0),
        ("RESPONSE_HANDLER_WAIT", 0),
        ("RESPONSE_SLACK_TIMEOUT", 0.1),
        ("RESPONSE_SLACK_REQUEST_TIMEOUT", 0.1),
        ("RESPONSE_HEADLINE_DELAY", 0),
        ("RESPONSE_SLACK_PACE", 0),
        ("RESPONSE_OUTBOX_GIVE_UP_HOURS", 0),
        ("RESPONSE_REVIEW_DUE_DAYS", 0),
        ("RESPONSE_REVIEW_CHANNEL_DAYS", 0),
        ("RESPONSE_REVIEW_ASSISTANT_TIMEOUT", 1),
        ("RESPONSE_SNOOZE_DAYS", 1),
        ("RESPONSE_FORGOTTEN_DAYS", 0),
    ):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            yield Error(
                f"{name} must be a number of at least {least}, not {value!r}.",
                hint=f"The default is {DEFAULTS[name]!r}.",
                id="response.E008",
            )
    limit = settings.RESPONSE_SLACK_REQUEST_TIMEOUT
    if isinstance(limit, int | float) and limit > 2.5:
        yield Warning(
            "RESPONSE_SLACK_REQUEST_TIMEOUT is over 2.5 seconds, but Slack gives up after 3.",
            hint="Leave it out: the default is 2.",
            id="response.W008",
        )


def _networks() -> Iterator[CheckMessage]:
    value = settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS
    try:
        if isinstance(value, str) or not all(isinstance(item, str) for item in value):
            raise TypeError("it is not a list of strings")
        addresses.networks(value)
    except (TypeError, ValueError) as error:
        yield Error(
            f"RESPONSE_WEBHOOK_ALLOWED_NETWORKS cannot be read: {error}.",
            hint='A list of networks, e.g. ["10.1.0.0/16", "fd00:1::/64"].',
            id="response.E013",
        )


_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?")


def _reviews() -> Iterator[CheckMessage]:
    hosts = settings.RESPONSE_IMAGE_HOSTS
    if not isinstance(hosts, list | tuple | set) or not all(
        isinstance(host, str) and _HOST.fullmatch(host) for host in hosts
    ):
        yield Error(
            f"RESPONSE_IMAGE_HOSTS must be a list of hosts, not {hosts!r}.",
            hint='For instance ["graphs.example.com", "*.example.org"], without https://.',
            id="response.E065",
        )
    assistant = settings.RESPONSE_REVIEW_ASSISTANT
    if not assistant:
        return
    try:
        target = import_string(assistant) if isinstance(assistant, str) else assistant
    except ImportError as error:
        yield Error(
            f"RESPONSE_REVIEW_ASSISTANT cannot be imported: {error}.",
            hint="It is the dotted path of a function (incident, section) -> text.",
            id="response.E066",
        )
    else:
        if not callable(target):
            yield Error(
                f"RESPONSE_REVIEW_ASSISTANT names something that cannot be called: {target!r}.",
                hint="It is the dotted path of a function (incident, section) -> text.",
                id="response.E066",
            )


_BAD_FORM = (
    "%s must be a string of ASCII characters without white space, or a list of such strings "
    "while it is being changed."
)
_TOO_SHORT = "%s is short enough to be guessed."
_LONGER = "Use at least 16 characters, e.g. what `openssl rand -hex 32` prints."


def _tokens(name: str) -> tuple[bool, bool]:
    """Return whether a setting with tokens is well-formed, and whether one is too short."""
    token = getattr(settings, name)
    several = token if isinstance(token, list | tuple) else [token or ""]
    if not all(isinstance(t, str) and t.isascii() and not re.search(r"\s", t) for t in several):
        return False, False
    return True, any(0 < len(t) < 16 for t in several)


def _metrics() -> Iterator[CheckMessage]:
    well_formed, short = _tokens("RESPONSE_METRICS_TOKEN")
    if not well_formed:
        yield Error(_BAD_FORM % "RESPONSE_METRICS_TOKEN", hint=_LONGER, id="response.E034")
    if short:
        yield Warning(_TOO_SHORT % "RESPONSE_METRICS_TOKEN", hint=_LONGER, id="response.W034")
    channel = settings.RESPONSE_METRICS_CHANNEL or ""
    if not isinstance(channel, str) or not re.fullmatch(
        r"|[CGD][A-Z0-9]{6,}|#?[^\sA-Z.#]{1,80}", channel
    ):
        yield Error(
            f"RESPONSE_METRICS_CHANNEL is {channel!r}, which is not a channel's name or id.",
            hint='A name such as "incidents", or an id such as "C012ABCDEF".',
            id="response.E035",
        )


def _alerts() -> Iterator[CheckMessage]:
    well_formed, short = _tokens("RESPONSE_ALERTMANAGER_TOKEN")
    if not well_formed:
        yield Error(_BAD_FORM % "RESPONSE_ALERTMANAGER_TOKEN", hint=_LONGER, id="response.E031")
    if short:
        yield Warning(_TOO_SHORT % "RESPONSE_ALERTMANAGER_TOKEN", hint=_LONGER, id="response.W031")
    severities = settings.RESPONSE_ALERTMANAGER_SEVERITIES
    if not isinstance(severities, dict) or not all(
        isinstance(value, str) and value.strip() for value in severities.values()
    ):
        yield Error(
            "RESPONSE_ALERTMANAGER_SEVERITIES must be a dict of words to keys of severities, "
            f"not {severities!r}.",
            hint='For instance {"critical": "1", "warning": "3"}.',
            id="response.E032",
        )
    policy = settings.RESPONSE_ALERTMANAGER_RESOLVED
    if policy not in ("auto", "close", "note"):
        yield Error(
            f'RESPONSE_ALERTMANAGER_RESOLVED must be "auto", "close" or "note", not {policy!r}.',
            hint='Leave it out for "auto".',
            id="response.E033",
        )


def _apps() -> Iterator[CheckMessage]:
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


#: Templates of release 0.5.1 that a project could put one of its own in the place of, and what
#: one that is meant for Response's pages has in it.
_OLD_TEMPLATES = {
    "incident_doc.html": re.compile(r""),
    "home.html": re.compile(r"incident", re.IGNORECASE),
    "base.html": re.compile(r"{%-?\s*block\s+(content|head|navbar|javascript)\b"),
}


def _templates() -> Iterator[CheckMessage]:
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
    """Path and text of a template; None if there is none, or none of the project's own."""
    ours = str(Path(__file__).parent)
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


def _database() -> Iterator[CheckMessage]:
    database = django_settings.DATABASES.get("default", {})
    if not str(database.get("ENGINE", "")).endswith("sqlite3"):
        return
    command = str(database.get("OPTIONS", {}).get("init_command", "")).lower()
    if "journal_mode=wal" not in command.replace(" ", "") and not django_settings.DEBUG:
        yield Warning(
            "SQLite is not set to write-ahead logging: readers and writers wait for each other.",
            hint='Add "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;", "timeout": 20} to '
            "DATABASES, or use PostgreSQL.",
            id="response.W010",
        )


@register(Tags.database)
def check_upgrade(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Refuse a database that stopped before release 0.5.1, before anything is changed."""
    return [
        Error(too_old(alias, stopped), hint=REMEDY, id="response.E020")
        for alias in databases or ()
        if (stopped := older_release(alias))
    ]
