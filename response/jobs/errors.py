"""How a job's handler says that its job is not done.

Whatever a handler calls (Slack, a webhook's receiver) has errors of its own; one place for
each translates them into these. Any other exception counts as a bug in the handler: the job
is tried again a few times and then fails.
"""

from __future__ import annotations


class JobError(Exception):
    """The message is kept with the job, for the people who look at it in the admin."""


class RetryLater(JobError):
    """The job can be done later, without a change to it.

    ``after`` is in seconds from now; None leaves it to the queue, whose waits grow with each
    try. With ``counts`` False it was no try at all: it was too early, the number of tries
    stays, and what comes meanwhile may go first. ``configuration`` says that somebody has to
    change a setting, a token or a permission before it can work.
    """

    def __init__(
        self,
        why: str,
        after: float | None = None,
        *,
        counts: bool = True,
        configuration: bool = False,
    ) -> None:
        super().__init__(why)
        self.after = after
        self.counts = counts
        self.configuration = configuration


class GiveUp(JobError):
    """The job can never be done as it is."""
