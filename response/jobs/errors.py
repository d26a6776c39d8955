"""Exceptions that a job's handler raises when the job is not done.

The services that handlers call (Slack, webhook receivers) have their own errors; each service
has one place that translates them into these. Any other exception counts as a bug in the
handler: the job is retried a few times and then fails.
"""

from __future__ import annotations


class JobError(Exception):
    """Base class. The message is stored with the job and shown in the admin."""


class RetryLater(JobError):
    """The job can succeed later as it is.

    ``after`` is the delay in seconds; None leaves it to the queue, which waits longer after
    each attempt. With ``counts=False`` the attempt is not counted, because the job was only too
    early, and jobs queued meanwhile may go first. ``configuration`` means that a setting, a
    token or a permission has to be changed before the job can succeed.
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
    """The job can never succeed as it is."""
