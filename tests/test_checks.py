"""What `manage.py check` says about settings."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks


def ids() -> set[str]:
    return {m.id for m in run_checks() if m.id and m.id.startswith("response.")}


def test_the_suites_own_settings_are_fine():
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SLACK_SIGNING_SECRET", "", "response.W001"),
        ("SLACK_SIGNING_SECRET", [], "response.W001"),
        ("SLACK_TOKEN", "", "response.W002"),
        ("SLACK_TOKEN", "xapp-1", "response.E002"),
        ("SITE_URL", "", "response.W003"),
        ("SITE_URL", "incidents.example.com", "response.E003"),
        ("SLACK_API_URL", "slack.com/api", "response.E003"),
        ("INCIDENT_CHANNEL_NAME", "", "response.E004"),
        ("INCIDENT_CHANNEL_NAME", "My Incidents", "response.E005"),
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
