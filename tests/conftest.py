"""What the tests share: a Slack to talk to, and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from demo.sandbox import delivery
from demo.sandbox import sockets as sockets_module
from demo.sandbox.web_api import views
from response.core.models import configured
from response.slack.inbound import incident_channels
from response.slack.web_api import identity
from response.worker.runners import threads
from tests import empty_database
from tests.kinds import (  # noqa: F401 - hooks of pytest
    pytest_collection_modifyitems,
    pytest_deselected,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.slack_for_tests import Slack, registered_handlers, wait_for_workers
from tests.slack_in_process import SlackInProcess, connect

#: Milliseconds within which a page shows what it is to show, on a slow machine too. Longer than the
#: pages wait before they ask again.
BROWSER_PATIENCE = 30_000
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# No deadline: the first example pays for what is imported and cached. The fixtures of a test are
# made once for all of its examples, which its author has to know.
hypothesis_settings.register_profile(
    "dev",
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# The same examples each time: what is green stays green until something has changed.
hypothesis_settings.register_profile(
    "ci", hypothesis_settings.get_profile("dev"), derandomize=True, database=None, print_blob=True
)
# For make fuzz, and for a night: make test ARGS="--hypothesis-profile=fuzz -k …"
hypothesis_settings.register_profile(
    "fuzz",
    hypothesis_settings.get_profile("dev"),
    max_examples=int(os.environ.get("RESPONSE_TEST_EXAMPLES") or 5000),
)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Make the database, and have it emptied after tests that commit: faster than Django does."""
    with django_db_blocker.unblock():
        made = empty_database.kept_rows("default")
    with empty_database.quickly(made):
        yield


@pytest.fixture(autouse=True, scope="session")
def known_features() -> None:
    """Checks of models ask the database whether it knows JSON; a test may have no database."""
    connection.features.supports_json_field = True  # as all that are supported do


@pytest.fixture(autouse=True)
def no_workers(settings) -> Iterator[None]:
    """Only tests that ask for Slack have threads that talk to it, and only while they last."""
    settings.RESPONSE_RUNNER = "response.worker.runners.TickRunner"
    for workers in (threads.inbox_workers, threads.outbox_workers):
        workers.linger = 0.05  # each test waits for them to go home
    yield
    wait_for_workers()


@pytest.fixture(autouse=True)
def no_known_channels() -> None:
    """No test knows which channels another one had events from, a moment ago."""
    incident_channels.forget()


@pytest.fixture(autouse=True)
def no_known_workspace(monkeypatch) -> None:
    """No test knows the workspace's address from another one, or forgets it while it lasts."""
    monkeypatch.setattr(identity, "_workspace_urls", {})
    monkeypatch.setattr(identity, "SECONDS_REMEMBERED", float("inf"))


@pytest.fixture(autouse=True)
def configured_rows(monkeypatch) -> Iterator[None]:
    """The built-in severities and the like are known, until a test changes them.

    No count of queries minds the clock.
    """
    monkeypatch.setattr(configured, "SECONDS_REMEMBERED", float("inf"))
    for kind in configured.ConfiguredRow.__subclasses__():
        kind.remember(kind.built_in())
    yield
    for kind in configured.ConfiguredRow.__subclasses__():
        kind.forget()


@pytest.fixture
def patience(settings, monkeypatch) -> None:
    """Slack and the app wait for each other as long as a slow machine takes.

    Tests of what happens when one of them is late set its limit.
    """
    monkeypatch.setattr(delivery, "LIMIT", 30.0)
    monkeypatch.setattr(sockets_module, "LIMIT", 30.0)
    monkeypatch.setattr(views, "TRIGGER_LASTS", 30.0)
    settings.RESPONSE_SLACK_TIMEOUT = 30
    settings.RESPONSE_SLACK_REQUEST_TIMEOUT = 20


@pytest.fixture
def live_slack(transactional_db, live_server, settings, patience) -> Iterator[Slack]:
    """The sandbox as Slack, and the project with Response behind real HTTP."""
    settings.SLACK_API_URL = f"{live_server.url}/sandbox/api/"
    settings.SANDBOX_APP_URL = f"{live_server.url}/slack/"
    settings.SANDBOX_RETRY_DELAYS = (0, 0.1, 0.2)
    settings.SITE_URL = live_server.url
    settings.RESPONSE_RUNNER = "response.worker.runners.AfterResponseRunner"
    sandbox = Slack(live_server.url)
    with registered_handlers():
        yield sandbox
        sandbox.come_to_rest()


@pytest.fixture
def slack(live_slack) -> Slack:
    """The live one. A module whose tests need no server makes it ``slack_in_process``."""
    return live_slack


@pytest.fixture
def slack_in_process(db, monkeypatch, settings) -> Iterator[SlackInProcess]:
    """The sandbox as Slack in the test's own thread: fast, and nothing happens by itself."""
    with registered_handlers():
        yield connect(monkeypatch, settings)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Handlers that a test registers are forgotten after it."""
    with registered_handlers():
        yield


@pytest.fixture(scope="session")
def browser():
    """A real Chromium. Its absence is a failure with instructions, never a skip."""
    from playwright.sync_api import Error, expect, sync_playwright

    expect.set_options(timeout=BROWSER_PATIENCE)
    path = os.environ.get("RESPONSE_TEST_BROWSER") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    # Playwright keeps an event loop in this thread, and Django would take our calls of the
    # database for calls from a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        except Error as error:
            pytest.fail(
                "No browser for the browser tests. Install Debian's package chromium, or run "
                "`playwright install chromium`, or set RESPONSE_TEST_BROWSER to the path of a "
                f"Chromium.\n{error}",
                pytrace=False,
            )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """``new_page(**context)``: a page of its own, on which an error is an error of the test."""
    contexts = []
    problems: list[str] = []

    def made(**options):
        given = {"locale": "en-GB", "timezone_id": "Europe/London", **options}
        context = browser.new_context(**given)
        context.set_default_timeout(BROWSER_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield made
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(new_page):
    """One page."""
    return new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Make reports that can be sent from a worker: hostile texts are quoted in logs as they are."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report
