"""What `manage.py check` says about settings."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks


def ids() -> set[str]:
    return {m.id for m in run_checks() if m.id and m.id.startswith("response.")}


@pytest.fixture(autouse=True)
def address(settings) -> None:
    """Slack sends to https:// only."""
    settings.SITE_URL = "https://response.example.com"


def test_the_suites_own_settings_are_fine():
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SLACK_SIGNING_SECRET", "", "response.W001"),
        ("SLACK_SIGNING_SECRET", [], "response.W001"),
        ("SLACK_TOKEN", "", "response.W002"),
        ("SLACK_TOKEN", "xapp-1", "response.E002"),
        ("SLACK_API_MOCK", "localhost:8020", "response.E045"),
        ("SITE_URL", "", "response.W003"),
        ("SITE_URL", "incidents.example.com", "response.E003"),
        ("SLACK_API_URL", "slack.com/api", "response.E003"),
        ("INCIDENT_CHANNEL_NAME", "", "response.E004"),
        ("INCIDENT_CHANNEL_NAME", "My Incidents", "response.E005"),
        ("RESPONSE_UPDATES_CHANNEL_NAME", "My Updates", "response.E005"),
        ("RESPONSE_CHANNEL_NAME", "inc-{nope}", "response.E006"),
        ("RESPONSE_CHANNEL_NAME", "inc-{slug}", "response.W006"),
        ("RESPONSE_RUNNER", "nowhere.Runner", "response.E007"),
        ("INCIDENT_EVENT_HANDLER_CLASS", "tests.test_checks.ids", "response.E007"),
        ("RESPONSE_MAX_BODY_BYTES", "1 MB", "response.E008"),
        ("RESPONSE_SLACK_REQUEST_TIMEOUT", 5, "response.W008"),
        ("RESPONSE_ALERTMANAGER_TOKEN", 7, "response.E031"),
        ("RESPONSE_ALERTMANAGER_TOKEN", ["0123456789abcdef", None], "response.E031"),
        ("RESPONSE_ALERTMANAGER_TOKEN", "0123456789 abcdef", "response.E031"),
        ("RESPONSE_ALERTMANAGER_TOKEN", "0123456789äbcdef", "response.E031"),
        ("RESPONSE_ALERTMANAGER_TOKEN", "secret", "response.W031"),
        ("RESPONSE_METRICS_TOKEN", 7, "response.E034"),
        ("RESPONSE_METRICS_TOKEN", ["0123456789abcdef", "secret"], "response.W034"),
        ("RESPONSE_METRICS_CHANNEL", "Figures of the month", "response.E035"),
        ("RESPONSE_METRICS_CHANNEL", 7, "response.E035"),
        ("RESPONSE_ALERTMANAGER_SEVERITIES", ["critical"], "response.E032"),
        ("RESPONSE_ALERTMANAGER_SEVERITIES", {"critical": 1}, "response.E032"),
        ("RESPONSE_ALERTMANAGER_RESOLVED", "never", "response.E033"),
        ("RESPONSE_ALERTMANAGER_RESOLVED", ["auto"], "response.E033"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(settings, name, value, expected):
    setattr(settings, name, value)
    [message] = [m for m in run_checks() if m.id == expected]
    assert name in message.msg


def test_a_missing_app_is_named(settings):
    settings.INSTALLED_APPS = [a for a in settings.INSTALLED_APPS if a != "bootstrap4"]
    assert ids() == {"response.E009"}


@pytest.fixture
def own_template(settings, tmp_path):
    """A function that puts a template of the project's in front of all others."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [str(tmp_path)]}]

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    return write


OLD_TEMPLATES = [
    ("incident_doc.html", "anything"),
    ("home.html", "{% for incident in incidents %}{% endfor %}"),
    ("base.html", "<nav></nav>{% block content %}{% endblock %}"),
]


@pytest.mark.parametrize(("name", "text"), OLD_TEMPLATES)
def test_a_template_that_has_another_name_now_is_named(own_template, name, text):
    own_template(name, text)
    [message] = [m for m in run_checks() if m.id == "response.W041"]
    assert name in message.msg
    assert f"response/{name}" in message.msg


@pytest.mark.parametrize(("name", "text"), OLD_TEMPLATES)
def test_a_template_that_is_there_under_its_new_name_is_fine(own_template, name, text):
    own_template(name, text)
    own_template(f"response/{name}", text)
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [("home.html", "Welcome to our shop"), ("base.html", "<html>{% now 'Y' %}</html>")],
)
def test_a_template_of_the_projects_own_pages_is_none_of_our_business(own_template, name, text):
    own_template(name, text)
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SLACK_TOKEN", "xoxp-1", "response.W040"),
        ("SLACK_APP_TOKEN", "xoxb-1", "response.E042"),
        ("SLACK_TOKEN", "xoxb-1\n", "response.E043"),
        ("SLACK_SIGNING_SECRET", "xoxb-1", "response.E044"),
        ("SLACK_SIGNING_SECRET", "abc def", "response.E044"),
        ("RESPONSE_LOGIN_REQIRED", True, "response.W045"),
        ("SLACK_SIGNING_SECRETS", "x", "response.W045"),
        ("INCIDENTS_CHANNEL_NAME", "x", "response.W045"),
        ("SITE_URL", "https://incidents.example.com/response", "response.W046"),
        ("SITE_URL", "http://localhost:8000", "response.W047"),
        ("ROOT_URLCONF", "demo.sandbox.urls", "response.W048"),
        ("LOGIN_URL", "/nowhere/", "response.W049"),
        ("STATIC_ROOT", None, "response.W050"),
        ("REST_FRAMEWORK", {}, "response.W052"),
        ("RESPONSE_RUNNER", "response.worker.runners.CeleryRunner", "response.W053"),
        ("RESPONSE_CHANNEL_NAME", "inc-{id", "response.E006"),
    ],
)
def test_more_that_can_be_known_offline(settings, monkeypatch, name, value, expected):
    if expected == "response.W053":
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    setattr(settings, name, value)
    found = {m.id: m for m in run_checks() if str(m.id).startswith("response.")}
    assert found[expected].hint


def test_an_unknown_runner_comes_with_those_there_are(settings):
    settings.RESPONSE_RUNNER = "response.worker.runners.NoRunner"
    [message] = [m for m in run_checks() if m.id == "response.E007"]
    assert "response.worker.runners.AfterResponseRunner" in message.hint


def test_without_a_login_page_the_check_says_which_line_to_add(settings):
    settings.LOGIN_URL = "/accounts/login/"
    [found] = [message for message in run_checks() if message.id == "response.W049"]
    assert 'path("accounts/", include("django.contrib.auth.urls"))' in found.hint
    settings.ROOT_URLCONF = "tests.urls_login"  # with that line
    assert "response.W049" not in {message.id for message in run_checks()}
