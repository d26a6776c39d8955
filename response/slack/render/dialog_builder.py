"""Forms, described like Slack's former dialogs and opened as modals.

The submitted form reaches the ``@dialog_handler`` of its callback id, with a dict of the
elements' names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from response.slack.render import interaction_context
from response.slack.render.block_kit import plain
from response.slack.render.form_metadata import write_metadata
from response.slack.text import limits
from response.slack.text.mrkdwn import length, truncate
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError

Serialized = dict[str, Any]


class FormNotOpened(Exception):
    """Slack did not open a form, for instance because the trigger had expired.

    ``misconfigured`` is Slack's word for what is wrong with our token or its scopes, empty
    if it may work the next time.
    """

    def __init__(self, message: str, misconfigured: str = "") -> None:
        super().__init__(message)
        self.misconfigured = misconfigured


class Element:
    """A field of a form.

    ``label`` stands above it, ``name`` is its key in the submission, ``hint`` small below,
    ``placeholder`` greyed in it; ``value`` is filled in. ``subtype`` (``email``, ``number``,
    ``tel``, ``url``) is understood where modals have an element for it.
    """

    def __init__(
        self,
        label: str = "",
        name: str = "",
        optional: bool = False,
        hint: str | None = None,
        subtype: str | None = None,
        value: str | None = None,
        placeholder: str | None = None,
    ) -> None:
        self.label, self.name, self.optional = label, name, optional
        self.hint, self.subtype = hint, subtype
        self.value, self.placeholder = value, placeholder

    def serialize(self) -> Serialized:
        """Return the input block; its block id and action id are the element's name."""
        element = self.element()
        if self.placeholder:
            element["placeholder"] = plain(str(self.placeholder), limits.PLACEHOLDER)
        block: Serialized = {
            "type": "input",
            "block_id": self.name[: limits.ID],
            "label": plain(str(self.label), limits.INPUT_LABEL),
            "optional": self.optional,
            "element": element | {"action_id": self.name[: limits.ID]},
        }
        if self.hint:
            block["hint"] = plain(str(self.hint), limits.INPUT_HINT)
        return block

    def element(self) -> Serialized:
        """Return the element without its block."""
        raise NotImplementedError


class Text(Element):
    """A line of text."""

    multiline = False

    def __init__(
        self,
        *args: Any,
        max_length: int | None = None,
        min_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.max_length, self.min_length = max_length, min_length

    def element(self) -> Serialized:
        typed = {"email": "email_text_input", "url": "url_text_input", "number": "number_input"}
        kind = typed.get(self.subtype or "", "plain_text_input")
        element: Serialized = {"type": kind}
        if kind == "plain_text_input":
            element["multiline"] = self.multiline
            if self.max_length:
                element["max_length"] = min(self.max_length, limits.INPUT_VALUE)
            if self.min_length:
                element["min_length"] = min(self.min_length, limits.INPUT_VALUE)
        elif kind == "number_input":
            element["is_decimal_allowed"] = True
        if self.value:
            element["initial_value"] = truncate(str(self.value), self._longest(element))
        return element

    def _longest(self, element: Serialized) -> int:
        return int(element.get("max_length", limits.INPUT_VALUE))

    @property
    def fits(self) -> bool:
        """Whether all of the value can be shown; the rest would be lost when the form is sent."""
        return length(str(self.value or "")) <= limits.INPUT_VALUE


class TextArea(Text):
    """Several lines of text."""

    multiline = True


class SelectWithOptions(Element):
    """A choice from ``options``: pairs of (text, value)."""

    def __init__(self, options: Iterable[Sequence[Any]] = (), *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = [(str(text), str(value)) for text, value in options]

    def element(self) -> Serialized:
        options = [
            {
                "text": plain(text, limits.OPTION_TEXT),
                "value": value[: limits.OPTION_VALUE],
            }
            for text, value in self.options[: limits.SELECT_OPTIONS]
        ]
        element: Serialized = {"type": "static_select", "options": options}
        chosen = next((o for o in options if o["value"] == str(self.value)), None)
        if self.value is not None and chosen:
            element["initial_option"] = chosen
        return element


class SelectFromUsers(Element):
    """A choice from the people of the workspace; ``value`` is a user id."""

    def element(self) -> Serialized:
        element: Serialized = {"type": "users_select"}
        if self.value:
            element["initial_user"] = self.value
        return element


class Dialog:
    """A form. ``state`` comes back with it, as a string."""

    def __init__(
        self,
        title: str,
        submit_label: str,
        elements: Iterable[Element] = (),
        state: Any = None,
    ) -> None:
        self.title, self.submit_label = title, submit_label
        self.elements, self.state = list(elements), state

    def add_element(self, element: Element) -> None:
        """Add a field at the end."""
        self.elements.append(element)

    def set_state(self, state: Any) -> None:
        """Set what comes back with the form."""
        self.state = state

    def view(self, callback_id: str, channel_id: str = "", response_url: str = "") -> Serialized:
        """Return the modal, with an id of its own by which a second submission is recognised."""
        state = "" if self.state is None else str(self.state)
        form = uuid.uuid4().hex
        metadata = write_metadata(channel_id, state, response_url, form)
        if len(metadata) > limits.PRIVATE_METADATA:
            raise ValueError(f"The state of form {callback_id} is too long: Slack takes 3,000")
        return {
            "type": "modal",
            "callback_id": callback_id,
            "title": plain(str(self.title), limits.VIEW_TITLE),
            "submit": plain(str(self.submit_label), limits.VIEW_TITLE),
            "close": plain("Cancel", limits.VIEW_TITLE),
            "private_metadata": metadata,
            "blocks": [e.serialize() for e in self.elements[: limits.VIEW_BLOCKS]],
        }

    def send_open_dialog(
        self, callback_id: str, trigger_id: str, channel_id: str = "", response_url: str = ""
    ) -> dict[str, Any]:
        """Open the form for the person who made the trigger. Takes 2 seconds at most.

        Raises :class:`FormNotOpened` with the reason if Slack did not open it. The channel
        is where the person was, for the handler; inside a handler it is known.
        """
        view = self.view(
            callback_id,
            channel_id or interaction_context.channel_id(),
            response_url or interaction_context.response_url(),
        )
        try:
            client = get_client()
            if hasattr(client, "open_view"):
                return dict(client.open_view(trigger_id, view))
            # A client of the project's own, which may know no more than this.
            return dict(client.api_call("views.open", trigger_id=trigger_id, view=view))
        except SlackError as error:
            why = error.reason if error.misconfigured else ""
            raise FormNotOpened(str(error), misconfigured=why) from error
