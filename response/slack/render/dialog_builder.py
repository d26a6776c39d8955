"""Forms: described as Slack's dialogs were, opened as modals.

The submitted form reaches the ``@dialog_handler`` of its callback id, with a dict of the
elements' names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from response.slack.render import interaction_context
from response.slack.render.block_kit import Section, fitting, plain
from response.slack.render.block_kit import Text as BlockText
from response.slack.text import limits
from response.slack.text.mrkdwn import length, truncate
from response.slack.web_api.client import dialog_port, get_client
from response.slack.web_api.errors import SlackError

Serialized = dict[str, Any]

_DIALOG_KEYS = frozenset(
    {
        "label", "name", "optional", "hint", "subtype", "value", "placeholder",
        "max_length", "min_length",
    }
)  # fmt: skip


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

    ``label`` is shown above it, ``name`` is its key in the submission, ``hint`` small below,
    ``placeholder`` greyed in it; ``value`` is filled in. ``subtype`` (``email``, ``number``,
    ``tel``, ``url``) is understood where modals have an element for it.
    """

    #: What dialogs call the kind of field.
    type = ""

    def __init__(
        self,
        label: str | None = None,
        name: str | None = None,
        optional: bool = False,
        hint: str | None = None,
        subtype: str | None = None,
        value: str | None = None,
        placeholder: str | None = None,
    ) -> None:
        self.label, self.name, self.optional = label or "", name or "", optional
        self.hint, self.subtype = hint, subtype
        self.value, self.placeholder = value, placeholder

    def serialize(self) -> Serialized:
        """Return the field as Slack's dialogs described it; what is not set is left out."""
        return {
            **{k: v for k, v in vars(self).items() if v and k in _DIALOG_KEYS},
            "type": self.type,
        }

    def block(self) -> Serialized:
        """Return the input block of a modal; its block id and action id are the element's name."""
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

    type = "text"
    multiline = False

    def __init__(
        self,
        label: str | None = None,
        name: str | None = None,
        optional: bool = False,
        hint: str | None = None,
        subtype: str | None = None,
        value: str | None = None,
        placeholder: str | None = None,
        *,
        max_length: int | None = None,
        min_length: int | None = None,
    ) -> None:
        super().__init__(label, name, optional, hint, subtype, value, placeholder)
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

    type = "textarea"
    multiline = True


class SelectWithOptions(Element):
    """A choice from ``options``: pairs of (text, value)."""

    type = "select"

    def __init__(
        self,
        options: Iterable[Sequence[Any]],
        label: str | None = None,
        name: str | None = None,
        optional: bool = False,
        hint: str | None = None,
        subtype: str | None = None,
        value: str | None = None,
        placeholder: str | None = None,
    ) -> None:
        super().__init__(label, name, optional, hint, subtype, value, placeholder)
        self.options = [(str(text), str(value)) for text, value in options]

    def serialize(self) -> Serialized:
        options = [{"label": text, "value": value} for text, value in self.options]
        return {**super().serialize(), "options": options}

    def element(self) -> Serialized:
        options = [
            {
                "text": plain(text, limits.OPTION_TEXT),
                "value": value[: limits.OPTION_VALUE],
            }
            for text, value in self.options
        ]
        chosen = next((o for o in options if o["value"] == str(self.value)), None)
        element: Serialized = {"type": "static_select", "options": fitting(options, chosen)}
        if self.value is not None and chosen:
            element["initial_option"] = chosen
        return element


class SelectFromUsers(Element):
    """A choice from the people of the workspace; ``value`` is a user id."""

    type = "select"

    def serialize(self) -> Serialized:
        return {**super().serialize(), "data_source": "users"}

    def element(self) -> Serialized:
        element: Serialized = {"type": "users_select"}
        if self.value:
            element["initial_user"] = self.value
        return element


class SelectSeveralWithOptions(SelectWithOptions):
    """Several choices from ``options``; ``value`` and what comes back are joined with commas."""

    def serialize(self) -> Serialized:
        return {**super().serialize(), "multiple": True}

    def element(self) -> Serialized:
        element = super().element()
        element.pop("initial_option", None)
        chosen = (self.value or "").split(",")
        initial = [option for option in element["options"] if option["value"] in chosen]
        found = {"initial_options": initial} if initial else {}
        return {**element, "type": "multi_static_select", **found}


class SelectFromSeveralUsers(SelectFromUsers):
    """Several people of the workspace; ``value`` and what comes back are ids with commas."""

    def serialize(self) -> Serialized:
        return {**super().serialize(), "multiple": True}

    def element(self) -> Serialized:
        element: Serialized = {"type": "multi_users_select"}
        if self.value:
            element["initial_users"] = self.value.split(",")
        return element


class SelectDate(Element):
    """A day; ``value`` and what comes back are as in 2026-03-01."""

    type = "date"

    def element(self) -> Serialized:
        element: Serialized = {"type": "datepicker"}
        if self.value:
            element["initial_date"] = self.value
        return element


class Note(Element):
    """A sentence between the fields, with nothing to fill in: ``label`` is its mrkdwn."""

    type = "note"

    def block(self) -> Serialized:
        return Section(text=BlockText(self.label)).serialize()


class Dialog:
    """A form. ``state`` comes back with it, as a string."""

    def __init__(
        self,
        title: str,
        submit_label: str,
        elements: Iterable[Element] | None = None,
        state: Any = None,
    ) -> None:
        self.title, self.submit_label = title, submit_label
        self.elements, self.state = list(elements or ()), state

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
        metadata = interaction_context.write_metadata(channel_id, state, response_url, form)
        if len(metadata) > limits.PRIVATE_METADATA:
            raise ValueError(f"The state of form {callback_id} is too long: Slack takes 3,000")
        return {
            "type": "modal",
            "callback_id": callback_id,
            "title": plain(str(self.title), limits.VIEW_TITLE),
            "submit": plain(str(self.submit_label), limits.VIEW_TITLE),
            "close": plain(_("Cancel"), limits.VIEW_TITLE),
            "private_metadata": metadata,
            "blocks": [e.block() for e in self.elements[: limits.VIEW_BLOCKS]],
        }

    def build_dialog(self, callback_id: str) -> Serialized:
        """Return the form as Slack's dialogs described it, for :meth:`SlackClient.dialog_open`."""
        return {
            "title": self.title,
            "submit_label": self.submit_label,
            "callback_id": callback_id,
            "state": self.state,
            "elements": [element.serialize() for element in self.elements],
        }

    def send_open_dialog(
        self, callback_id: str, trigger_id: str, channel_id: str = "", response_url: str = ""
    ) -> dict[str, Any]:
        """Open the form for the person who made the trigger. Takes 2 seconds at most.

        Raises :class:`FormNotOpened` with the reason if Slack did not open it. The channel
        is where the person was, for the handler; inside a handler it is known.
        """
        channel_id = channel_id or interaction_context.channel_id()
        response_url = response_url or interaction_context.response_url()
        client = get_client()
        try:
            if hasattr(client, "dialog_open") and hasattr(client, "open_view"):
                with interaction_context.activate(channel_id, response_url):
                    dialog = self.build_dialog(callback_id)
                    return dict(client.dialog_open(dialog=dialog, trigger_id=trigger_id))
            # A client of the project's own, which may know no more than this.
            view = self.view(callback_id, channel_id, response_url)
            return dict(client.api_call("views.open", trigger_id=trigger_id, view=view))
        except SlackError as error:
            why = error.reason if error.misconfigured else ""
            raise FormNotOpened(str(error), misconfigured=why) from error


@dialog_port.provide
def view_of_dialog(dialog: Serialized) -> Serialized:
    """Return a dialog, as Slack's dialogs described it, as the modal that takes its place.

    Raises ``ValueError`` for an unknown type of field.
    """
    form = Dialog(
        title=dialog.get("title") or "",
        submit_label=dialog.get("submit_label") or "Submit",
        elements=[_read_element(element) for element in dialog.get("elements") or ()],
        state=dialog.get("state"),
    )
    return form.view(
        str(dialog.get("callback_id") or ""),
        interaction_context.channel_id(),
        interaction_context.response_url(),
    )


def _read_element(element: Serialized) -> Element:
    given = {k: v for k, v in element.items() if k in _DIALOG_KEYS}
    kind = element.get("type")
    if kind in ("text", "textarea"):
        return (Text if kind == "text" else TextArea)(**given)
    given = {k: v for k, v in given.items() if k not in ("max_length", "min_length")}
    several = bool(element.get("multiple"))
    if kind in ("date", "note"):
        return (SelectDate if kind == "date" else Note)(**given)
    if kind == "select" and element.get("data_source") == "users":
        return (SelectFromSeveralUsers if several else SelectFromUsers)(**given)
    if kind == "select" and element.get("data_source", "static") == "static":
        options = [(o.get("label"), o.get("value")) for o in element.get("options") or ()]
        return (SelectSeveralWithOptions if several else SelectWithOptions)(options, **given)
    raise ValueError(f"Response opens dialogs as modals, and has no field like {element!r}")
