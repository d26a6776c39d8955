"""The exception for failed calls of Slack's Web API, and the classes of its error codes."""

from __future__ import annotations

#: Errors after which the same call may succeed later, unchanged.
TRANSIENT = frozenset(
    {
        "connection_failed", "timeout", "server_error", "unreadable_answer",
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
        "request_timeout", "team_added_to_org", "accesslimited", "paced",
    }
)  # fmt: skip

#: Errors that last until a person changes a setting, a token or a scope.
MISCONFIGURED = frozenset(
    {
        "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive",
        "missing_scope", "no_permission", "org_login_required", "ekm_access_denied",
        "not_allowed_token_type", "team_access_not_granted", "access_denied",
        "no_incidents_channel", "no_such_channel",
    }
)  # fmt: skip

#: Methods for which Slack takes a person's token alone, so that no bot's token is at fault.
_OF_PEOPLE = frozenset({"conversations.unarchive"})


class SlackError(Exception):
    """Slack refused a call, or could not be reached.

    ``message`` is a sentence. ``slack_error`` is Slack's own word (``channel_not_found``),
    or one of ours for what never got an answer (``connection_failed``, ``timeout``,
    ``server_error``) or was not called yet (``paced``: it would have been too often).
    ``method`` is the method that was called. ``retry_after`` is seconds, if Slack asked us
    to wait. ``uncertain`` says that the call may have had its effect although we got no
    answer. ``needed`` is the scope that is missing, if Slack says which.
    """

    method: str | None = None

    def __init__(
        self,
        message: str,
        slack_error: str | None = None,
        *,
        retry_after: float | None = None,
        uncertain: bool = False,
        details: tuple[str, ...] = (),
        needed: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.slack_error = slack_error
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.details = details
        self.needed = needed

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed later."""
        return self.slack_error in TRANSIENT

    @property
    def too_often(self) -> bool:
        """Whether Slack has asked us to call this method less often."""
        return self.slack_error in ("ratelimited", "rate_limited")

    @property
    def misconfigured(self) -> bool:
        """Whether the configuration has to be changed before the call can succeed."""
        if self.slack_error == "not_allowed_token_type" and self.method in _OF_PEOPLE:
            return False
        return self.slack_error in MISCONFIGURED

    @property
    def reason(self) -> str:
        """Slack's word for it, and the scope that is missing."""
        return f"{self.slack_error}: {self.needed}" if self.needed else str(self.slack_error)

    @property
    def refused_blocks(self) -> bool:
        """Whether Slack accepts the message only without its blocks."""
        return self.slack_error in ("invalid_blocks", "invalid_blocks_format")
