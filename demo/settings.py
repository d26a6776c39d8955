"""A project with Response in it, configured by the environment or a ``.env`` file.

Without any setting of Slack's it runs with the sandbox: ``manage.py demo`` starts both.
With ``SLACK_TOKEN`` and ``SLACK_SIGNING_SECRET`` it is a project to deploy.
"""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from demo.keys import kept_secret
from response.worker.celery_beat import BEAT_SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".demo"

env = environ.Env()
for place in (Path.cwd() / ".env", ROOT / ".env"):
    if place.is_file():
        env.read_env(place)

SLACK = ("SLACK_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
SANDBOX = not any(os.environ.get(name) for name in SLACK)

# Where this is

PORT = env.int("PORT", default=8000)
DEBUG = env.bool("DEBUG", default=SANDBOX)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}" if SANDBOX or DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECRET_KEY = env("SECRET_KEY", default=kept_secret(DATA) if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Put a long random text into it.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Put the name of this host into it, for instance "
        "ALLOWED_HOSTS=incidents.example.com"
    )

# Slack

SLACK_TOKEN = env("SLACK_TOKEN", default="xoxb-sandbox" if SANDBOX else "")
SLACK_SIGNING_SECRET = env(
    "SLACK_SIGNING_SECRET", default="the-sandbox-signs-with-this" if SANDBOX else ""
)
SLACK_API_URL = env(
    "SLACK_API_URL",
    default=f"http://127.0.0.1:{PORT + 1}/api/" if SANDBOX else "https://slack.com/api/",
)
INCIDENT_CHANNEL_NAME = env("INCIDENT_CHANNEL_NAME", default="incidents")
INCIDENT_CHANNEL_ID = env("INCIDENT_CHANNEL_ID", default=None)
INCIDENT_REPORT_CHANNEL_NAME = env(
    "INCIDENT_REPORT_CHANNEL_NAME", default="incident-reports" if SANDBOX else None
)
INCIDENT_REPORT_CHANNEL_ID = env("INCIDENT_REPORT_CHANNEL_ID", default=None)
INCIDENT_BOT_NAME = env("INCIDENT_BOT_NAME", default="incident")
INCIDENT_BOT_ID = env("INCIDENT_BOT_ID", default=None)
SANDBOX_RATE_LIMITS = env.float("SANDBOX_RATE_LIMITS", default=0)
SANDBOX_APP_URL = f"http://127.0.0.1:{PORT}/slack/"

RESPONSE_LOGIN_REQUIRED = env.bool("RESPONSE_LOGIN_REQUIRED", default=not SANDBOX)
RESPONSE_CRON_TOKEN = env("RESPONSE_CRON_TOKEN", default="")
RESPONSE_CHANNEL_NAME = env("RESPONSE_CHANNEL_NAME", default="inc-{id}-{slug}")
RESPONSE_RUNNER = env(
    "RESPONSE_RUNNER",
    default="response.worker.runners.CeleryRunner"
    if env("CELERY_BROKER_URL", default="")
    else "response.worker.runners.AfterResponseRunner",
)
RESPONSE_SLACK_PACE = env.float("RESPONSE_SLACK_PACE", default=1.0)
RESPONSE_WEBHOOK_ALLOWED_NETWORKS = env.list("RESPONSE_WEBHOOK_ALLOWED_NETWORKS", default=[])
RESPONSE_ALERTMANAGER_TOKEN = env("RESPONSE_ALERTMANAGER_TOKEN", default="")
RESPONSE_INBOX_RETENTION_DAYS = env.float("RESPONSE_INBOX_RETENTION_DAYS", default=7)

# Celery, where there is a broker

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
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
    *(["demo.sandbox", "demo.runbooks"] if SANDBOX else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
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
LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = env.bool("USE_TZ", default=True)
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA / 'demo.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;",
    }
else:
    DATABASES["default"] |= {
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }

REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
    # A line per request would hide everything else.
    "loggers": {"django.server": {"level": "ERROR"}},
}
