"""Answers that reach a page in the browser when a test says so."""

from __future__ import annotations

from playwright.sync_api import APIResponse, Page, Route

from tests.slack_for_tests import until


class HeldAnswer:
    """The answer to the next request for an address: as it is now, and delivered later."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._is_used = False
        self._kept: list[tuple[Route, APIResponse]] = []
        # Not for one time: a route that is taken away lets go of what it holds.
        page.route(pattern, self._keep)

    def _keep(self, route: Route) -> None:
        if self._is_used:
            route.fallback()
            return
        self._is_used = True
        self._kept.append((route, route.fetch()))

    def wait(self) -> None:
        """Wait until the server has answered."""
        until(lambda: self._page.wait_for_timeout(20) or self._kept, "the answer")

    def let_go(self) -> None:
        """Deliver the answer."""
        [(route, answer)] = self._kept
        route.fulfill(response=answer)
