"""The wheel in a project that ``django-admin startproject`` has just made, asked over HTTP."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import response
from tests.packaging.tools import (
    Browser,
    make_venv,
    plain_environment,
    readme_steps,
    run,
    run_in_terminal,
    served,
    signed,
)

pytestmark = pytest.mark.packaging

# What 0.5.1 asked of a project, and no more.
SETTINGS = """
INSTALLED_APPS += ["after_response", "rest_framework", "bootstrap4", "response.apps.ResponseConfig"]
REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
MARKDOWN_FILTER_WHITELIST_TAGS = ["a", "p", "code", "h1", "h2", "ul", "li", "strong", "em", "img"]
MARKDOWN_FILTER_WHITELIST_ATTRIBUTES = ["src", "style"]
MARKDOWN_FILTER_WHITELIST_STYLES = [
    "width", "height", "border-color", "background-color", "white-space", "vertical-align",
    "text-align", "border-style", "border-width", "float", "margin", "margin-bottom",
    "margin-left", "margin-right", "margin-top",
]
"""
URLS = """
from django.urls import include

urlpatterns += [
    path("slack/", include("response.slack.urls")),
    path("core/", include("response.core.urls")),
    path("", include("response.ui.urls")),
]
"""
# Nothing listens there: the commands must not knock at the real Slack's door.
NO_SLACK = 'SLACK_API_URL = "http://127.0.0.1:9/api/"\n'
SECRET = "a-signing-secret"
PASSWORD = "correct horse battery"


@pytest.fixture
def project(installed, tmp_path) -> Path:
    """The directory of a new project, named as anybody's may be."""
    run(installed, "-m", "django", "startproject", "ourcompany", tmp_path)
    return tmp_path


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + "\n" + text)


def look_around(browser: Browser) -> None:
    """A signature or a login is needed, and enough, to get in."""
    assert browser.status("/slack/slash_command", b"text=hi") == 403
    assert browser.status("/slack/action", b"payload={}") == 403
    assert browser.status("/slack/event", b"{}") == 403
    assert browser.status("/slack/cron_minute", b"") == 403
    assert browser.status("/core/incidents/") == 403
    status, headers, _ = browser.ask("/")
    assert (status, headers["Location"]) == (302, "/accounts/login/?next=/")

    browser.log_in("anna", "secret")
    status, _, home = browser.ask("/")
    assert (status, "</html>" in home) == (200, True)
    assert browser.status("/static/response/response.css") == 200
    status, headers, incidents = browser.ask("/core/incidents/", headers={"Accept": "*/*"})
    assert (status, headers["Content-Type"], '"count":0' in incidents) == (
        200, "application/json", True,
    )  # fmt: skip
    assert browser.status("/incident/1/") == 404
    assert browser.status("/admin/response/incident/") == 200


def test_the_steps_of_0_5_1_still_install_it(project, installed):
    append(project / "ourcompany" / "settings.py", SETTINGS)
    append(project / "ourcompany" / "urls.py", URLS)
    environment = plain_environment(DJANGO_SUPERUSER_PASSWORD="secret")

    def manage(*arguments: str) -> str:
        return run(installed, "manage.py", *arguments, cwd=project, env=environment)

    manage("migrate")
    manage("makemigrations", "--check")
    checked = manage("check")
    for setting in ("SLACK_SIGNING_SECRET", "SLACK_TOKEN", "SITE_URL"):
        assert f"{setting} is not set" in checked
    manage("createsuperuser", "--noinput", "--username=anna", "--email=anna@example.com")
    with served(installed, project, environment) as browser:
        look_around(browser)
        # Without a secret nothing can be Slack's.
        assert browser.status("/slack/event", b"{}", **signed(b"{}", "")) == 403


def test_the_readmes_steps_to_the_letter_end_at_pages_that_work(project, installed):
    environment = plain_environment(SLACK_TOKEN="xoxb-1", SLACK_SIGNING_SECRET=SECRET)
    (_, from_sources), (_, install), (_, settings), (_, urls), (_, commands) = readme_steps(
        "Installing"
    )
    assert install.strip() == "pip install django-incident-response"
    assert "pip install path/to/the/checkout" in from_sources
    # Django's own settings are above; only Slack's address is not the README's.
    append(project / "ourcompany" / "settings.py", settings + NO_SLACK)
    append(project / "ourcompany" / "urls.py", urls)
    lines = [shlex.split(line, comments=True) for line in commands.splitlines()]
    assert lines[-1] == ["python", "manage.py", "runserver"]
    for python, *arguments in lines[:-1]:
        assert python == "python"
        if arguments[1] == "createsuperuser":
            said = run_in_terminal(
                installed, *arguments, cwd=project, env=environment,
                answers={"):": "anna", "Email address:": "anna@example.com",
                         "Password:": PASSWORD, "Password (again):": PASSWORD},
            )  # fmt: skip
            assert "Superuser created successfully." in said
            continue
        said = run(installed, *arguments, cwd=project, env=environment)
        assert "response.E" not in said
        if arguments[1] == "check":
            # Nothing is left to fix but SQLite's mode, which the README tells of.
            assert set(re.findall(r"response\.[EW]\d+", said)) <= {"response.W010"}, said
    with served(installed, project, environment) as browser:
        status, headers, _ = browser.ask("/")
        assert (status, headers["Location"]) == (302, "/accounts/login/?next=/")
        browser.log_in("anna", PASSWORD, "/accounts/login/")
        for page in ("/", "/accounts/login/", "/core/incidents/", "/admin/response/incident/"):
            assert browser.status(page) == 200, page
        look_around_as_slack(browser)


def test_the_sources_install_as_the_readme_says(source, tmp_path):
    """Until there is a release: from a checkout, and from a wheel built of it."""
    (_, commands), *_rest = readme_steps("Installing")
    lines = [shlex.split(line, comments=True) for line in commands.splitlines()]
    assert [line[0] for line in lines] == ["pip", "pip", "pip"]
    environment = plain_environment(PIP_NO_DEPS="1")
    for number, chosen in enumerate((lines[:1], lines[1:])):
        python = make_venv(tmp_path / f"venv{number}", sys.executable)
        for _pip, *arguments in chosen:
            given = [source if word == "path/to/the/checkout" else word for word in arguments]
            given = [
                next(tmp_path.glob(word)) if isinstance(word, str) and "*" in word else word
                for word in given
            ]
            run(python, "-m", "pip", *given, cwd=tmp_path, env=environment)
        version = run(python, "-c", "import response; print(response.__version__)", cwd=tmp_path)
        assert version.strip() == response.__version__


def look_around_as_slack(browser: Browser) -> None:
    """What is signed gets in."""
    probe = b"ssl_check=1&token=x"
    assert browser.status("/slack/slash_command", probe, **signed(probe, SECRET)) == 200
    assert browser.status("/slack/slash_command", probe, **signed(probe, "wrong")) == 403
