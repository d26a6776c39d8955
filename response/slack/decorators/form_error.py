"""What a form's handler can say to the person who filled it in."""

from __future__ import annotations


class FormError(Exception):
    """Raised by a form's handler to refuse: a dict of field name to what is wrong with it.

    Slack shows each sentence at its field and keeps the form open; nothing that the
    handler did is kept. ``remember`` is kept all the same: texts by key, which
    :meth:`~response.slack.models.lookup.LookupManager.recall` finds when the form comes again.
    """

    def __init__(self, errors: dict[str, str], remember: dict[str, str] | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.remember = remember or {}
