"""What the tests of the pages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Error, sync_playwright


@pytest.fixture(scope="session")
def browser():
    """Chromium: the one that ``RESPONSE_TEST_BROWSER`` names, the system's, or Playwright's."""
    # Playwright's loop runs in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    named = os.environ.get("RESPONSE_TEST_BROWSER") or "/usr/bin/chromium"
    path = named if Path(named).exists() else None
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except Error as error:
            pytest.fail(
                "There is no browser for the tests: install Debian's package “chromium”, run "
                "“playwright install chromium”, or name one in RESPONSE_TEST_BROWSER."
                f"\n{error.message}"
            )
        yield chromium
        chromium.close()


@pytest.fixture
def reader(db):
    """An account without any permission."""
    return get_user_model().objects.create_user("reader", password="reader")


@pytest.fixture
def reading(client, reader):
    """A client that is logged in as ``reader``."""
    client.force_login(reader)
    return client
