"""A project with Response in it, configured by the environment or a ``.env`` file.

With ``SLACK_TOKEN`` and ``SLACK_SIGNING_SECRET`` it is a project to deploy; what is missing for
that is an error that says what to set. The sandbox, a local Slack without accounts, is there only
when it is asked for: by ``manage.py demo`` without any of Slack's settings, or by ``SANDBOX=1``.
It then answers on this machine only.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf.global_settings import LANGUAGES
from django.core.exceptions import ImproperlyConfigured

from demo import environment as env
from demo.keys import kept_secret
from response.worker.celery_beat import BEAT_SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".demo"
if not env.flag("SANDBOX", default=False):
    # A sandbox that was asked for from outside wants nothing of a real workspace's settings.
    env.load(Path.cwd() / ".env", ROOT / ".env")

#: Set by ``manage.py demo`` for itself and what it starts: a trial on this machine.
DEMO = env.flag("DEMO", default=False)
#: Set by ``manage.py`` for the commands with which one sets it up.
SETTING_UP = env.flag("SETTING_UP", default=False)
SLACK = ("SLACK_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
SANDBOX = env.flag("SANDBOX", default=DEMO and env.missing(*SLACK) == list(SLACK))
DEBUG = env.flag("DEBUG", default=False)
TRIAL = DEMO or SANDBOX or DEBUG


def required() -> list[str]:
    """Return the names of the settings that this way of running needs."""
    if SANDBOX or SETTING_UP:
        return []
    slack = ["SLACK_TOKEN"]
    if env.missing("SLACK_APP_TOKEN"):
        # Socket Mode needs no signing secret: nothing is posted to us.
        slack.append("SLACK_SIGNING_SECRET")
    return slack if TRIAL else [*slack, "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"]


if absent := env.missing(*required()):
    are = "is" if len(absent) == 1 else "are"
    raise ImproperlyConfigured(
        f"{', '.join(absent)} {are} not set. Put them into the environment or into a file .env "
        "(.env.example says what each is for). To try Response without Slack, run "
        "`manage.py demo`, or set SANDBOX=1 for other commands."
    )

# Where this is

HERE = ("127.0.0.1", "localhost", "[::1]")
PORT = env.integer("PORT", 8000, least=1, most=65534)
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{PORT}" if TRIAL else "")
HTTPS = SITE_URL.startswith("https://")
if SANDBOX:
    ALLOWED_HOSTS = [*HERE]
else:
    host = urlsplit(SITE_URL).hostname
    ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", (*HERE, *([host] if host else [])) if TRIAL else ())
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS", (SITE_URL,) if HTTPS else ())
SECRET_KEY = env.text("SECRET_KEY") or kept_secret(DATA)

# HTTPS: on where SITE_URL is https://…, except for what can lock people out if it is wrong.

SESSION_COOKIE_SECURE = env.flag("SESSION_COOKIE_SECURE", default=HTTPS)
CSRF_COOKIE_SECURE = env.flag("CSRF_COOKIE_SECURE", default=HTTPS)
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=False)
# Probes on the way in ask over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^slack/health/?$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
# The header in which a proxy says that the request came over HTTPS: X-Forwarded-Proto.
PROXY_HEADER = env.text("SECURE_PROXY_SSL_HEADER")
SECURE_PROXY_SSL_HEADER = (
    (f"HTTP_{PROXY_HEADER.upper().replace('-', '_')}", "https") if PROXY_HEADER else None
)

# Slack

if SANDBOX:
    SLACK_TOKEN = "xoxb-sandbox"
    SLACK_APP_TOKEN = env.text("SANDBOX_APP_TOKEN")
    SLACK_SIGNING_SECRET = env.text("SANDBOX_SIGNING_SECRET") or kept_secret(
        DATA, "sandbox-signing-secret"
    )
    SLACK_API_URL = f"http://127.0.0.1:{PORT + 1}/api/"
else:
    SLACK_TOKEN = env.text("SLACK_TOKEN")
    SLACK_APP_TOKEN = env.text("SLACK_APP_TOKEN")
    SLACK_SIGNING_SECRET = env.text("SLACK_SIGNING_SECRET")
    SLACK_API_URL = env.text("SLACK_API_URL", "https://slack.com/api/")
INCIDENT_CHANNEL_NAME = env.text("INCIDENT_CHANNEL_NAME", "incidents")
INCIDENT_CHANNEL_ID = env.text("INCIDENT_CHANNEL_ID") or None
INCIDENT_REPORT_CHANNEL_NAME = (
    env.text("INCIDENT_REPORT_CHANNEL_NAME", "incident-reports" if SANDBOX else "") or None
)
INCIDENT_REPORT_CHANNEL_ID = env.text("INCIDENT_REPORT_CHANNEL_ID") or None
RESPONSE_CREATE_INCIDENTS_CHANNEL = env.flag("RESPONSE_CREATE_INCIDENTS_CHANNEL", default=SANDBOX)
INCIDENT_BOT_NAME = env.text("INCIDENT_BOT_NAME", "incident")
INCIDENT_BOT_ID = env.text("INCIDENT_BOT_ID") or None
SANDBOX_RATE_LIMITS = env.number("SANDBOX_RATE_LIMITS", 0)
SANDBOX_APP_URL = f"http://127.0.0.1:{PORT}/slack/"
# The app has in the sandbox what its manifest asks for, and no more.
SANDBOX_SCOPES = "demo.launcher.app_manifest.bot_scopes"
SANDBOX_EVENTS = "demo.launcher.app_manifest.events"
SANDBOX_SHORTCUTS = "demo.launcher.app_manifest.shortcuts"
SANDBOX_WELCOME = [
    "Type `/incident The checkout is down` below, and press *Declare* in the form.",
    "In #incidents, press *Create comms channel*. In the new channel, say `@incident help`.",
    "Pin a message, and look at the incidents page: it is in the timeline.",
    "Act as others with *You are*: they join the channel, or you invite them.",
    "_What is marked “example” comes from `demo/runbooks`: it shows how to add your own._",
]

RESPONSE_LOGIN_REQUIRED = env.flag("RESPONSE_LOGIN_REQUIRED", default=not SANDBOX)
RESPONSE_CRON_TOKEN = env.text("RESPONSE_CRON_TOKEN")
RESPONSE_CHANNEL_NAME = env.text("RESPONSE_CHANNEL_NAME", "inc-{id}-{slug}")
RESPONSE_RUNNER = env.text(
    "RESPONSE_RUNNER",
    "response.worker.runners.CeleryRunner"
    if env.text("CELERY_BROKER_URL")
    else "response.worker.runners.AfterResponseRunner",
)
RESPONSE_SLACK_PACE = env.number("RESPONSE_SLACK_PACE", 1.0)
RESPONSE_WEBHOOK_ALLOWED_NETWORKS = env.items("RESPONSE_WEBHOOK_ALLOWED_NETWORKS")
RESPONSE_ALERTMANAGER_TOKEN = env.text("RESPONSE_ALERTMANAGER_TOKEN")
RESPONSE_INBOX_RETENTION_DAYS = env.number("RESPONSE_INBOX_RETENTION_DAYS", 7)

# Celery, where there is a broker

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("redis"):
    # Seconds; without, a machine that has gone is waited for for minutes.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 5, "socket_timeout": 30}
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "celerybeat-schedule")
CELERY_TASK_IGNORE_RESULT = True

# Django

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "after_response",
    "rest_framework",
    "bootstrap4",
    "response.apps.ResponseConfig",
    "demo.launcher.apps.LauncherConfig",
    # With the sandbox, an example of an app that extends Response is there as well.
    *(["demo.sandbox", "demo.seeding", "demo.runbooks"] if SANDBOX else []),
]
MIDDLEWARE = [
    *(["demo.launcher.loopback.loopback_only"] if SANDBOX else []),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = os.environ.get("DEMO_URLS", "demo.urls")
WSGI_APPLICATION = "demo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = env.one_of("LANGUAGE_CODE", "en", *(code for code, _name in LANGUAGES))
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = env.flag("USE_TZ", default=True)
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA / "static")))
with contextlib.suppress(OSError):
    # Whitenoise warns of a missing folder, though it also finds files where the apps keep them.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# What was tried in the sandbox is kept apart from what happened in a real workspace.
FILE = DATA / ("demo.sqlite3" if SANDBOX else "response.sqlite3")
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{FILE}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;",
    }
else:
    DATABASES["default"] |= {
        "CONN_MAX_AGE": env.integer("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
    }

REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.one_of("LOG_LEVEL", "WARNING", *LEVELS)},
    # A line per request would hide everything else.
    "loggers": {"django.server": {"level": "ERROR"}},
}
