"""A project as 0.5.1's README made one starts as it is, and its handlers are there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = """
    import os

    SECRET_KEY = "x"
    DEBUG = True
    USE_TZ = False
    ROOT_URLCONF = "shop.urls"
    STATIC_URL = "/static/"
    SITE_URL = "http://localhost:8000"
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
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
    ]
    MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": ["templates"],
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
    REST_FRAMEWORK = {
        "PAGE_SIZE": 100,
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    }
    SLACK_API_URL = os.environ["SLACK_STANDS_AT"]
    SLACK_TOKEN = "xoxb-1"
    SLACK_SIGNING_SECRET = "secret"

    from response.slack.client import SlackClient

    SLACK_CLIENT = SlackClient(SLACK_TOKEN)
    INCIDENT_CHANNEL_ID = SLACK_CLIENT.get_channel_id("incidents")
    INCIDENT_BOT_ID = SLACK_CLIENT.get_user_id("incident")
"""

HANDLERS = """
    from response.core.models import Incident
    from response.core.models.user_external import ExternalUser
    from response.slack import block_kit, dialog_builder, incident_notifications
    from response.slack.cache import get_user_profile
    from response.slack.client import SlackClient, SlackError
    from response.slack.decorators import (
        ActionContext,
        action_handler,
        dialog_handler,
        handle_notifications,
        headline_post_action,
        keyword_handler,
        recurring_notification,
        single_notification,
    )
    from response.slack.decorators.incident_command import (
        __default_incident_command,
        get_help,
        incident_command,
    )
    from response.slack.models import CommsChannel, HeadlinePost
    from response.slack.models.comms_channel import CommsChannelManager
    from response.slack.reference_utils import reference_to_id, user_reference
    from response.slack.settings import INCIDENT_EDIT_DIALOG

    PAGE, FORM = "page-button", "page-form"


    @incident_command(["escalate", "esc"], helptext="Page another team")
    def escalate(incident: Incident, user_id: str, message: str):
        message = block_kit.Message()
        message.add_block(block_kit.Section(text=block_kit.Text("Which team?")))
        message.add_block(
            block_kit.Actions(
                block_id="actions",
                elements=[block_kit.Button("Page", PAGE, value=incident.pk)],
            )
        )
        message.send(CommsChannel.objects.get(incident=incident).channel_id)
        return True, None


    @headline_post_action(order=150)
    def page_action(headline_post):
        return block_kit.Button("Page", PAGE, value=headline_post.incident.pk)


    @action_handler(PAGE)
    def page(context: ActionContext):
        dialog = dialog_builder.Dialog(
            title="Page",
            submit_label="Page",
            elements=[dialog_builder.Text(label="Message", name="message")],
            state=context.incident.pk,
        )
        dialog.send_open_dialog(FORM, context.trigger_id)


    @dialog_handler(FORM)
    def send_page(user_id: str, channel_id: str, submission, response_url: str, state):
        Incident.objects.get(pk=state)


    @keyword_handler(["status page", "statuspage"])
    def status_page(comms_channel: CommsChannel, user: str, text: str, ts: str):
        comms_channel.post_in_channel("https://status.example.com")


    @keyword_handler(["runbook"])
    def runbook(comms_channel: CommsChannel):
        comms_channel.post_in_channel("https://runbooks.example.com")


    @single_notification()
    def process(incident: Incident):
        CommsChannel.objects.get(incident=incident).post_in_channel("Follow the process")


    @recurring_notification(interval_mins=5, max_notifications=5)
    def remind_severity(incident: Incident):
        CommsChannel.objects.get(incident=incident).post_in_channel("How bad is it?")


    def create_our_way(self, incident):
        return self.create(incident=incident, channel_id="C1", channel_name="ours")


    CommsChannelManager.create_comms_channel = create_our_way
"""

WSGI = """
    import os

    from django.core.wsgi import get_wsgi_application

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    application = get_wsgi_application()

    from shop import handlers
"""

URLS = """
    from django.contrib import admin
    from django.urls import include, path

    urlpatterns = [
        path("admin/", admin.site.urls),
        path("slack/", include("response.slack.urls")),
        path("core/", include("response.core.urls")),
        path("", include("response.ui.urls")),
    ]
"""

ASK = """
    import json
    from shop.wsgi import handlers
    from django.conf import settings
    from django.core.management import call_command
    from response.slack.decorators.action_handler import SLACK_ACTION_MAPPINGS
    from response.slack.decorators.incident_command import COMMAND_MAPPINGS_CUSTOM
    from response.slack.decorators.incident_notification import NOTIFICATION_HANDLERS
    from response.slack.decorators.keyword_handler import KEYWORD_HANDLERS

    call_command("check")
    print(
        json.dumps(
            {
                "ids": [settings.INCIDENT_CHANNEL_ID, settings.INCIDENT_BOT_ID],
                "commands": sorted(COMMAND_MAPPINGS_CUSTOM),
                "button": SLACK_ACTION_MAPPINGS["page-button"].__name__,
                "keywords": sorted(KEYWORD_HANDLERS),
                "reminders": sorted(
                    h.key for h in NOTIFICATION_HANDLERS if h.callback.__module__ == "shop.handlers"
                ),
            }
        )
    )
"""


class _Slack(BaseHTTPRequestHandler):
    def do_POST(self):
        answer = {
            "ok": True,
            "channels": [{"id": "C0INCIDENTS", "name": "incidents", "is_archived": False}],
            "members": [{"id": "U0BOT", "name": "incident"}],
            "response_metadata": {"next_cursor": ""},
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Print nothing."""


@pytest.fixture
def run(tmp_path):
    """A function that runs code in the project, and what it printed."""
    files = {
        "settings.py": SETTINGS,
        "handlers.py": HANDLERS,
        "wsgi.py": WSGI,
        "urls.py": URLS,
        "__init__.py": "",
    }
    (tmp_path / "shop").mkdir()
    for name, text in files.items():
        (tmp_path / "shop" / name).write_text(dedent(text), "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slack)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def python(code):
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", dedent(code)],
            cwd=tmp_path,
            env={
                "PYTHONPATH": f"{tmp_path}:{ROOT}",
                "PATH": "/usr/bin:/bin",
                "SLACK_STANDS_AT": f"http://127.0.0.1:{server.server_port}/api/",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield python
    server.shutdown()
    server.server_close()


def test_it_starts_and_its_handlers_are_there(run):
    done = run(ASK)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "ids": ["C0INCIDENTS", "U0BOT"],
        "commands": ["esc", "escalate"],
        "button": "page",
        "keywords": ["runbook", "status page", "statuspage"],
        "reminders": ["process", "remind_severity"],
    }
