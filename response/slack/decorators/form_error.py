"""The exception with which a form's handler rejects a submission."""

from __future__ import annotations


class FormError(Exception):
    """Raised by a form's handler to reject a submission, with a dict of field name to error text.

    Slack shows each text at its field and keeps the form open; the handler's own changes are
    rolled back. ``remember`` is stored nevertheless: texts by key, which
    :meth:`~response.slack.models.lookup.LookupManager.recall` returns when the form is sent again.
    """

    def __init__(self, errors: dict[str, str], remember: dict[str, str] | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.remember = remember or {}
