"""What Slack refuses in messages and forms: Block Kit's limits and required parts.

Each function returns sentences like those in ``response_metadata.messages``; none means
that Slack takes it. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Problems = Iterator[str]
Value = dict[str, Any]


def length(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def message_problems(arguments: Value) -> list[str]:
    """Of ``blocks`` and ``text`` of a message."""
    return list(_message(arguments))


def _message(arguments: Value) -> Problems:
    blocks = arguments.get("blocks") or []
    if not isinstance(blocks, list):
        yield "[ERROR] blocks must be an array"
        return
    yield from _blocks(blocks, 50, _MESSAGE_BLOCKS)


def view_problems(view: Value) -> list[str]:
    """Return what is wrong with a view."""
    return list(_view(view))


def _view(view: Value) -> Problems:
    if view.get("type") not in ("modal", "home"):
        yield "[ERROR] invalid view type"
    if len(json.dumps(view)) > 250_000:
        yield "view_too_large"
    if length(view.get("private_metadata") or "") > 3000:
        yield "[ERROR] private_metadata must be at most 3000 characters"
    if length(view.get("callback_id") or "") > 255:
        yield "[ERROR] callback_id must be at most 255 characters"
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield "[ERROR] missing required field: blocks"
        return
    yield from _blocks(blocks, 100, _VIEW_BLOCKS)
    if view.get("type") != "modal":
        return
    yield from _plain(view.get("title"), 24, "title")
    for name in ("submit", "close"):
        if view.get(name) is not None:
            yield from _plain(view[name], 24, name)
    if view.get("submit") is None and any(b.get("type") == "input" for b in blocks):
        yield "[ERROR] submit is required when an input block is in the blocks array"


def _blocks(
    blocks: list[Any], most: int, kinds: dict[str, Callable[[Value], Problems]]
) -> Problems:
    if len(blocks) > most:
        yield f"[ERROR] no more than {most} items allowed [json-pointer:/blocks]"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        at = f"/blocks/{number}"
        if not isinstance(block, dict) or block.get("type") not in kinds:
            yield f"[ERROR] unsupported type: {_type_of(block)} [json-pointer:{at}/type]"
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            if not isinstance(block_id, str) or not 0 < length(block_id) <= 255:
                yield f"[ERROR] block_id must be 1 to 255 characters [json-pointer:{at}/block_id]"
            elif block_id in seen:
                yield f"[ERROR] block_id {block_id} is not unique [json-pointer:{at}/block_id]"
            seen.add(str(block_id))
        for problem in kinds[block["type"]](block):
            yield f"{problem} [json-pointer:{at}]"


def _type_of(value: Any) -> str:
    return str(value.get("type")) if isinstance(value, dict) else type(value).__name__


def _text(value: Any, most: int, name: str, least: int = 1) -> Problems:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield f"[ERROR] {name} must be a text object"
    elif not isinstance(value.get("text"), str) or length(value["text"]) < least:
        yield f"[ERROR] {name} must be more than {least - 1} characters"
    elif length(value["text"]) > most:
        yield f"[ERROR] {name} must be less than {most + 1} characters"


def _plain(value: Any, most: int, name: str) -> Problems:
    if isinstance(value, dict) and value.get("type") == "mrkdwn":
        yield f"[ERROR] {name} must be plain_text"
    else:
        yield from _text(value, most, name)


def _header(block: Value) -> Problems:
    yield from _plain(block.get("text"), 150, "text")


def _section(block: Value) -> Problems:
    fields = block.get("fields") or []
    if not block.get("text") and not fields:
        yield "[ERROR] a section needs text or fields"
    if block.get("text"):
        yield from _text(block["text"], 3000, "text")
    if not isinstance(fields, list) or len(fields) > 10:
        yield "[ERROR] no more than 10 fields allowed"
        return
    for field in fields:
        yield from _text(field, 2000, "field")
    if block.get("accessory"):
        yield from _element(block["accessory"])


def _context(block: Value) -> Problems:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield "[ERROR] a context has 1 to 10 elements"
        return
    for element in elements:
        if element.get("type") != "image":
            yield from _text(element, 3000, "element")


def _actions(block: Value) -> Problems:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        yield "[ERROR] actions have 1 to 25 elements"
        return
    for element in elements:
        yield from _element(element)
    ids = [e.get("action_id") for e in elements if isinstance(e, dict)]
    if len(ids) != len(set(ids)):
        yield "[ERROR] action_id is not unique"


def _divider(block: Value) -> Problems:
    yield from ()


def _image(block: Value) -> Problems:
    if not block.get("alt_text") or length(block["alt_text"]) > 2000:
        yield "[ERROR] alt_text must be 1 to 2000 characters"
    if not block.get("image_url") or length(block["image_url"]) > 3000:
        yield "[ERROR] image_url must be 1 to 3000 characters"


def _markdown(block: Value) -> Problems:
    if not isinstance(block.get("text"), str) or length(block["text"]) > 12_000:
        yield "[ERROR] text must be at most 12000 characters"


def _rich_text(block: Value) -> Problems:
    if not isinstance(block.get("elements"), list):
        yield "[ERROR] missing required field: elements"


def _input(block: Value) -> Problems:
    yield from _plain(block.get("label"), 2000, "label")
    if block.get("hint") is not None:
        yield from _plain(block["hint"], 2000, "hint")
    yield from _element(block.get("element"))


def _element(element: Any) -> Problems:
    if not isinstance(element, dict) or element.get("type") not in _ELEMENTS:
        yield f"[ERROR] unsupported element type: {_type_of(element)}"
        return
    action_id = element.get("action_id")
    if action_id is not None and not 0 < length(str(action_id)) <= 255:
        yield "[ERROR] action_id must be 1 to 255 characters"
    if element.get("placeholder") is not None:
        yield from _plain(element["placeholder"], 150, "placeholder")
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"])
    yield from _ELEMENTS[element["type"]](element)


def _button(element: Value) -> Problems:
    yield from _plain(element.get("text"), 75, "text")
    if length(element.get("value") or "") > 2000:
        yield "[ERROR] value must be less than 2001 characters"
    if length(element.get("url") or "") > 3000:
        yield "[ERROR] url must be less than 3001 characters"
    if element.get("style") not in (None, "primary", "danger"):
        yield "[ERROR] style must be primary or danger"


def _confirm(confirm: Value) -> Problems:
    yield from _plain(confirm.get("title"), 100, "title")
    yield from _text(confirm.get("text"), 300, "text")
    yield from _plain(confirm.get("confirm"), 30, "confirm")
    yield from _plain(confirm.get("deny"), 30, "deny")


def _options(most: int) -> Callable[[Value], Problems]:
    def check(element: Value) -> Problems:
        groups = element.get("option_groups")
        options = element.get("options")
        if groups:
            if len(groups) > 100:
                yield "[ERROR] no more than 100 option groups allowed"
            options = [o for g in groups for o in g.get("options", [])]
        elif not isinstance(options, list) or not 1 <= len(options) <= most:
            yield f"[ERROR] options must have 1 to {most} items"
            return
        for option in options or []:
            yield from _option(option)
        initial = element.get("initial_option")
        if initial is not None and initial not in (options or []):
            yield "[ERROR] initial_option must be one of the options"

    return check


def _option(option: Value) -> Problems:
    yield from _text(option.get("text"), 75, "option text")
    if not isinstance(option.get("value"), str) or not 0 < length(option["value"]) <= 150:
        yield "[ERROR] option value must be 1 to 150 characters"
    if option.get("description") is not None:
        yield from _text(option["description"], 75, "description")


def _typed(element: Value) -> Problems:
    for name in ("min_length", "max_length"):
        value = element.get(name)
        if value is not None and not 0 <= value <= 3000:
            yield f"[ERROR] {name} must be at most 3000"
    initial = element.get("initial_value") or ""
    if length(initial) > (element.get("max_length") or 3000):
        yield "[ERROR] initial_value is too long"


def _anything(element: Value) -> Problems:
    yield from ()


_ELEMENTS: dict[str, Callable[[Value], Problems]] = {
    "button": _button,
    "static_select": _options(100),
    "multi_static_select": _options(100),
    "overflow": _options(5),
    "radio_buttons": _options(10),
    "checkboxes": _options(10),
    "plain_text_input": _typed,
    "email_text_input": _anything,
    "url_text_input": _anything,
    "number_input": _anything,
    "users_select": _anything,
    "multi_users_select": _anything,
    "channels_select": _anything,
    "multi_channels_select": _anything,
    "conversations_select": _anything,
    "multi_conversations_select": _anything,
    "datepicker": _anything,
    "timepicker": _anything,
    "datetimepicker": _anything,
    "image": _image,
}
_MESSAGE_BLOCKS: dict[str, Callable[[Value], Problems]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
}
_VIEW_BLOCKS = {**_MESSAGE_BLOCKS, "input": _input}
