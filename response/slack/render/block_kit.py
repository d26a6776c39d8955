"""Block Kit, as values with ``serialize()``. Pure, but for :meth:`Message.send`.

Everything is cut to Slack's limits when it is serialised, so that long text never makes
Slack refuse a message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from response.slack.text import limits
from response.slack.text.mrkdwn import truncate
from response.slack.web_api.client import get_client

Serialized = dict[str, Any]


class Text:
    """A piece of text: ``mrkdwn`` unless ``text_type`` is ``plain_text``.

    A ``title`` is shown above it in bold, and ``add_new_line`` leaves room below such a text.
    """

    def __init__(
        self,
        text: str,
        title: str | None = None,
        text_type: str = "mrkdwn",
        add_new_line: bool = False,
        *,
        emoji: bool | None = None,
        verbatim: bool | None = None,
    ) -> None:
        self.text = text
        self.title = title
        self.text_type = text_type
        self.add_new_line = add_new_line
        self.emoji = emoji
        self.verbatim = verbatim

    def serialize(self, limit: int = limits.SECTION_TEXT) -> Serialized:
        """Return it as Slack takes it; empty text, which Slack refuses, becomes a space."""
        shown = str(self.text)
        if self.title:
            below = "\n\u00a0" if self.add_new_line else ""
            title = f"*{self.title}*\n"
            shown = title + truncate(shown, max(limit - len(title) - len(below), 0)) + below
        text: Serialized = {"type": self.text_type, "text": truncate(shown, limit) or " "}
        if self.emoji is not None and self.text_type == "plain_text":
            text["emoji"] = self.emoji
        if self.verbatim is not None and self.text_type == "mrkdwn":
            text["verbatim"] = self.verbatim
        return text


def plain(text: str, limit: int) -> Serialized:
    """Return plain text with emoji, cut to ``limit``."""
    return Text(text, text_type="plain_text", emoji=True).serialize(limit)


class Confirm:
    """The question before an action that cannot be undone."""

    def __init__(self, title: str, text: str, confirm: str, deny: str) -> None:
        self.title, self.text, self.confirm, self.deny = title, text, confirm, deny

    def serialize(self) -> Serialized:
        """Return the block as the dict that Slack expects."""
        return {
            "title": plain(self.title, limits.CONFIRM_TITLE),
            "text": Text(self.text).serialize(limits.CONFIRM_TEXT),
            "confirm": plain(self.confirm, limits.CONFIRM_BUTTON),
            "deny": plain(self.deny, limits.CONFIRM_BUTTON),
        }


class Button:
    """A button. ``style`` is ``primary``, ``danger`` or None; ``url`` makes it a link."""

    def __init__(
        self,
        text: str,
        action_id: str,
        value: str | None = None,
        confirm: Confirm | None = None,
        url: str | None = None,
        style: str | None = None,
    ) -> None:
        self.text, self.action_id, self.value = text, action_id, value
        self.confirm, self.url, self.style = confirm, url, style

    def serialize(self) -> Serialized:
        """Return it as Slack takes it. Raises ``ValueError`` for a value over Slack's limit."""
        value = None if self.value is None else str(self.value)
        if value is not None and len(value) > limits.BUTTON_VALUE:
            raise ValueError(f"The value of button {self.action_id} is over 2,000 characters")
        button: Serialized = {
            "type": "button",
            "text": plain(self.text, limits.BUTTON_TEXT),
            "action_id": self.action_id,
        }
        optional = {
            "value": value or None,
            "url": self.url if self.url and len(self.url) <= limits.URL else None,
            "style": self.style,
            "confirm": self.confirm and self.confirm.serialize(),
        }
        return button | {k: v for k, v in optional.items() if v is not None}


class StaticSelectOption:
    """One option of a :class:`StaticSelect`."""

    def __init__(self, text: str, value: str) -> None:
        self.text, self.value = text, value

    def serialize(self) -> Serialized:
        """Return the block as the dict that Slack expects."""
        return {
            "text": plain(self.text, limits.OPTION_TEXT),
            "value": str(self.value)[: limits.OPTION_VALUE],
        }


def fitting(options: Sequence[Serialized], chosen: Serialized | None) -> list[Serialized]:
    """Return as many serialized options as a select can have, the chosen one among them.

    Slack refuses a message or form whose initial option is not one of the options.
    """
    kept = list(options[: limits.SELECT_OPTIONS])
    if chosen is not None and chosen not in kept and chosen in options:
        kept[-1] = chosen
    return kept


class StaticSelect:
    """A choice from a list."""

    def __init__(
        self,
        options: Sequence[StaticSelectOption],
        action_id: str,
        placeholder_text: str | None = None,
        *,
        initial_option: StaticSelectOption | None = None,
        confirm: Confirm | None = None,
    ) -> None:
        self.placeholder_text, self.action_id = placeholder_text, action_id
        self.options = list(options)
        self.initial_option, self.confirm = initial_option, confirm

    def serialize(self) -> Serialized:
        """Return the block as the dict that Slack expects."""
        chosen = self.initial_option.serialize() if self.initial_option else None
        select: Serialized = {
            "type": "static_select",
            "action_id": self.action_id,
            "options": fitting([option.serialize() for option in self.options], chosen),
        }
        if self.placeholder_text:
            select["placeholder"] = plain(self.placeholder_text, limits.PLACEHOLDER)
        if chosen:
            select["initial_option"] = chosen
        if self.confirm:
            select["confirm"] = self.confirm.serialize()
        return select


class Block:
    """A block of a message."""

    def __init__(self, block_id: str | None = None) -> None:
        self.block_id = block_id

    def serialize(self) -> Serialized:
        """Return the block as the dict that Slack expects."""
        block = self.content()
        if self.block_id:
            block["block_id"] = self.block_id[: limits.ID]
        return block

    def content(self) -> Serialized:
        """Return the block without its id."""
        raise NotImplementedError


class Divider(Block):
    """A horizontal line."""

    def content(self) -> Serialized:
        return {"type": "divider"}


class Header(Block):
    """A large line of plain text."""

    def __init__(self, text: str, block_id: str | None = None) -> None:
        super().__init__(block_id)
        self.text = text

    def content(self) -> Serialized:
        return {"type": "header", "text": plain(self.text, limits.HEADER_TEXT)}


class Section(Block):
    """Text, fields in two columns, and perhaps one element beside them."""

    def __init__(
        self,
        block_id: str | None = None,
        text: Text | None = None,
        accessory: Any = None,
        fields: Iterable[Text] | None = None,
    ) -> None:
        super().__init__(block_id)
        self.text, self.accessory = text, accessory
        self.fields = list(fields or [])

    def add_field(self, field: Text) -> None:
        """Add a field."""
        self.fields.append(field)

    def content(self) -> Serialized:
        if not (self.text or self.fields or self.accessory):
            raise ValueError("A section needs a text, fields or an element beside them")
        section: Serialized = {"type": "section"}
        if self.text:
            section["text"] = self.text.serialize(limits.SECTION_TEXT)
        if self.fields:
            fields = self.fields[: limits.SECTION_FIELDS]
            section["fields"] = [f.serialize(limits.FIELD_TEXT) for f in fields]
        if self.accessory:
            section["accessory"] = self.accessory.serialize()
        return section


class Context(Block):
    """A block of small print."""

    def __init__(self, texts: Iterable[Text], block_id: str | None = None) -> None:
        super().__init__(block_id)
        self.texts = list(texts)

    def content(self) -> Serialized:
        texts = self.texts[: limits.CONTEXT_ELEMENTS]
        return {"type": "context", "elements": [t.serialize(limits.FIELD_TEXT) for t in texts]}


class Actions(Block):
    """A row of buttons and the like."""

    def __init__(self, block_id: str | None = None, elements: Iterable[Any] | None = None) -> None:
        super().__init__(block_id)
        self.elements = list(elements or [])

    def add_element(self, element: Any) -> None:
        """Add an element; None is left out."""
        if element is not None:
            self.elements.append(element)

    def content(self) -> Serialized:
        elements = self.elements[: limits.ACTIONS_ELEMENTS]
        return {"type": "actions", "elements": [e.serialize() for e in elements]}


class Message:
    """Blocks, and the text that stands for them in a notification."""

    def __init__(self, blocks: Iterable[Block] | None = None, fallback_text: str = "") -> None:
        self.blocks = list(blocks or [])
        self.fallback_text = fallback_text

    def add_block(self, block: Block | None) -> None:
        """Add a block; None is left out."""
        if block is not None:
            self.blocks.append(block)

    def set_fallback_text(self, text: str) -> None:
        """Set the text of notifications and of clients that show no blocks."""
        self.fallback_text = text

    def serialize(self) -> list[Serialized]:
        """Return the blocks as Slack takes them."""
        return [block.serialize() for block in self.blocks[: limits.MESSAGE_BLOCKS]]

    def arguments(self) -> dict[str, Any]:
        """Return ``text`` and ``blocks``, as ``chat.postMessage`` and ``chat.update`` take them."""
        return {
            "text": truncate(self.fallback_text, limits.MESSAGE_TEXT),
            "blocks": self.serialize(),
        }

    def fingerprint(self) -> str:
        """Return a digest of what the message looks like."""
        return hashlib.sha256(json.dumps(self.arguments(), sort_keys=True).encode()).hexdigest()

    def send(self, channel: str, ts: str | None = None) -> dict[str, Any]:
        """Post now, without the outbox, or with ``ts`` update. Returns Slack's answer."""
        answer: dict[str, Any] = get_client().send_or_update_message_block(
            channel, blocks=self.serialize(), fallback_text=self.fallback_text, ts=ts
        )
        return answer
