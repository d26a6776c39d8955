"""All steps of the doctor, in the order in which a setup is fixed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from response.setup.doctor import arrivals, configured, database, site, slack_app, work
from response.setup.doctor.finding import FAIL, Finding, fail

logger = logging.getLogger(__name__)

Step = Callable[[], Iterable[Finding]]


def examine(*, ask_site: bool = True, post_test: bool = False) -> list[Finding]:
    """Run every step. Never raises: a step that breaks is a finding of its own.

    With ``ask_site`` the site is asked at its own address, which a process that answers one
    request at a time cannot do while it answers one. With ``post_test`` a message is posted in the
    incidents channel; otherwise nothing is changed.
    """
    found: list[Finding] = []
    found += _run_step("database", database.examine)
    found += _run_step("severities", configured.examine)
    found += _run_step("rules", configured.rules)
    workspace = slack_app.Workspace()
    found += _run_step("token", lambda: slack_app.token(workspace))
    if workspace.reached:
        found += _run_step("scopes", lambda: slack_app.granted_scopes(workspace))
        found += _run_step("bot", lambda: slack_app.bot(workspace))
        found += _run_step("clock", lambda: slack_app.clock(workspace))
        found += _run_step("channels", lambda: slack_app.channels(workspace))
    found += _run_step("socket_token", slack_app.socket_token)
    found += _run_step("arrivals", lambda: arrivals.examine(workspace))
    found += _run_step("site", site.examine)
    if ask_site:
        found += _run_step("address", site.ask)
    found += _run_step("work", work.examine)
    if post_test and workspace.reached:
        found += _run_step("post_test", slack_app.post_test)
    return found


def has_failed(found: Iterable[Finding]) -> bool:
    """Return whether anything does not work."""
    return any(finding.verdict == FAIL for finding in found)


def _run_step(name: str, step: Step) -> list[Finding]:
    found: list[Finding] = []
    try:
        for finding in step():
            found.append(finding)  # noqa: PERF402 - what was found before a step breaks is kept
    except Exception as error:
        logger.debug("The doctor's step %s failed", name, exc_info=True)
        found.append(
            fail(
                name,
                _("This could not be checked: %(error)s")
                % {"error": f"{type(error).__name__}: {error}"},
                _("Fix the problems above first, then run the doctor again."),
            )
        )
    return found
