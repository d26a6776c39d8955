"""Settings of the project; the environment says which database and which runner."""

from __future__ import annotations

import json
import os

from benchmarks.common_settings import *  # noqa: F403
from benchmarks.common_settings import DJANGO_APPS
from benchmarks.load import SECRET

ROOT_URLCONF = "benchmarks.project.urls"
INSTALLED_APPS = [
    *DJANGO_APPS,
    "after_response",
    "rest_framework",
    "bootstrap4",
    "response.apps.ResponseConfig",
    "benchmarks.project",
]
REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
LOGIN_URL = "/admin/login/"

SITE_URL = "http://response.example.com"
SLACK_TOKEN = "xoxb-benchmark"
SLACK_SIGNING_SECRET = SECRET
SLACK_API_URL = os.environ.get("SLACK_API_URL", "http://127.0.0.1:9/api/")
INCIDENT_CHANNEL_ID = "C0INCIDENTS"
INCIDENT_BOT_ID = "U0BENCHBOT1"
# What is measured is Response; Slack's limits would be measured otherwise.
RESPONSE_SLACK_PACE = 0
# Each step of an incident's life is waited for.
RESPONSE_HEADLINE_DELAY = 0.1

globals().update(json.loads(os.environ.get("BENCHMARK_SETTINGS", "{}")))
