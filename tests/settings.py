"""The settings the suite runs with.

``DATABASE_URL`` chooses the database (SQLite in a temporary file unless it is set),
``RESPONSE_TEST_USE_TZ=0`` runs without time zone support.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import dj_database_url

SECRET_KEY = "only-for-the-test-suite"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
USE_TZ = os.environ.get("RESPONSE_TEST_USE_TZ", "1") != "0"
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
STATIC_ROOT = str(Path(tempfile.gettempdir()) / f"response-tests-{os.getpid()}-static")

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
    "demo.sandbox",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LOGIN_URL = "/admin/login/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# SQLite in a file, not in memory: several threads and processes have to meet in it.
_directory = Path(tempfile.gettempdir()) / f"response-tests-{os.getpid()}"
DATABASES = {
    "default": dj_database_url.config(default=f"sqlite:///{_directory}.sqlite3", conn_max_age=0)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
    }
    DATABASES["default"]["TEST"] = {"NAME": f"{_directory}-test.sqlite3"}

REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

SITE_URL = "http://response.example.com"
SLACK_TOKEN = "xoxb-sandbox"
# The bot has the scopes that the manifest asks for: what needs another one fails.
SANDBOX_SCOPES = "demo.launcher.app_manifest.bot_scopes"
SLACK_SIGNING_SECRET = "sample-signing-secret-for-tests"
# Nothing listens there: a test that wants Slack asks for the ``slack`` fixture.
SLACK_API_URL = "http://127.0.0.1:9/api/"
INCIDENT_CHANNEL_NAME = "incidents"
RESPONSE_CREATE_INCIDENTS_CHANNEL = True
INCIDENT_BOT_NAME = "incident"
RESPONSE_HEADLINE_DELAY = 0.2
# Tests of Slack's limits set it; the others need not keep to them.
RESPONSE_SLACK_PACE = 0

# For the processes that tests start: the database of the test, and where Slack is.
if os.environ.get("RESPONSE_TEST_DATABASE"):
    DATABASES["default"]["NAME"] = os.environ["RESPONSE_TEST_DATABASE"]
if os.environ.get("RESPONSE_TEST_DATABASE_ZONE"):
    DATABASES["default"]["TIME_ZONE"] = os.environ["RESPONSE_TEST_DATABASE_ZONE"]
globals().update(json.loads(os.environ.get("RESPONSE_TEST_SETTINGS", "{}")))
