"""What a message says: its text, blocks, attachments and shared messages. Pure.

Slack shows ``blocks`` in place of ``text``, which is then only what notifications say; of
what people type it sends both, with the same words. Attachments (Slack's reference, "Legacy
secondary attachments") are shown below it, and a shared message is one of them. Previews of
links come and go with the links: they belong to no message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from response.core.text.as_typed import replace_emoji
from response.core.text.literal import literal
from response.slack.text import mrkdwn
from response.slack.text.translation import to_markdown

#: Attachments and blocks that are looked at: Slack's own limits for a message.
MAX_ATTACHMENTS, MAX_BLOCKS = 100, 100


def as_markdown(message: Any) -> str:
    """Return the content of ``message`` as Markdown to be stored."""
    return _Reader(to_markdown, literal, styled=True).read(message)


def as_plain(message: Any) -> str:
    """Return the content of ``message`` without formatting, to search it for words."""
    return _Reader(mrkdwn.incoming, str, styled=False).read(message)


def files(message: Any) -> list[dict[str, str]]:
    """Return a message's files as links; if Slack withholds one, its id and the reason.

    Their content stays in Slack, behind Slack's permissions. Keys are those of ``id``, ``name``,
    ``title``, ``mimetype``, ``permalink``, ``thumb`` and ``missing`` that have a value.
    """
    found = [_file(f) for f in _list(_dict(message).get("files")) if isinstance(f, dict)]
    return [file for file in found if file]


def _file(file: dict[str, Any]) -> dict[str, str]:
    wanted = {
        "id": _id(file),
        "name": file.get("name"),
        "title": file.get("title"),
        "mimetype": file.get("mimetype"),
        "permalink": file.get("permalink") or file.get("url_private"),
        "thumb": file.get("thumb_360") or file.get("thumb_64"),
    }
    data = {k: v for k, v in wanted.items() if v and isinstance(v, str)}
    if data.keys() <= {"id", "mimetype"}:
        why = _why_missing(file)
        data |= {"name": f"{_('file')} {data.get('id', '')}".strip() + f" ({why})", "missing": why}
    return data


def _id(file: dict[str, Any]) -> str:
    value = file.get("id") or file.get("file_id")
    return value[:64] if isinstance(value, str) else ""


def _why_missing(file: dict[str, Any]) -> str:
    """Return why Slack tells nothing of a file (its reference, "File object", ``mode``)."""
    mode, access = file.get("mode"), file.get("file_access")
    if mode == "tombstone":
        return str(_("deleted in Slack"))
    if mode == "hidden_by_limit":
        return str(_("hidden by the limit of the workspace's plan"))
    if mode == "file_access" or access:
        return str(_("shared by another organisation; Slack shows it to members only"))
    return str(_("no details from Slack"))


class _Reader:
    """Reads a message, in one of the two forms."""

    def __init__(
        self, formatted: Callable[[str], str], typed: Callable[[str], str], *, styled: bool
    ) -> None:
        self.formatted, self.typed, self.styled = formatted, typed, styled

    def read(self, message: Any) -> str:
        """Return all of it, with blank lines between its parts."""
        message = _dict(message)
        parts = [self._body(message), *map(self._attachment, _attachments(message))]
        return "\n\n".join(dict.fromkeys(filter(None, parts)))

    def _body(self, message: dict[str, Any]) -> str:
        return self._text_or_blocks(_str(message.get("text")), _list(message.get("blocks")))

    def _text_or_blocks(self, typed: str, given: list[Any]) -> str:
        """Return the blocks, unless they only repeat what a person typed."""
        text = self.formatted(typed).strip()
        blocks = [b for b in given[:MAX_BLOCKS] if isinstance(b, dict)]
        if text and all(b.get("type") == "rich_text" for b in blocks):
            return text
        return self._blocks(blocks) or text

    def _attachment(self, attachment: dict[str, Any]) -> str:
        inner = self._blocks(_list(attachment.get("blocks"))[:MAX_BLOCKS])
        if not inner:
            inner = "\n".join(filter(None, self._legacy(attachment)))
        names = [f.get("name") or f.get("title") or "" for f in files(attachment)]
        inner = "\n".join(filter(None, [inner, *map(self.typed, names)]))
        if not inner:
            fallback = _str(attachment.get("fallback"))
            inner = "" if fallback.startswith("[no preview") else self.formatted(fallback)
        inner = inner or self._link(_str(attachment.get("image_url")), "")
        if not _is_shared(attachment):
            return inner if inner.strip() else ""
        # Of a message in a private channel, Slack may tell nothing but where it is.
        inner = inner if inner.strip() else self._link(_str(attachment.get("from_url")), "")
        if not inner:
            return ""
        author = self.typed(_str(attachment.get("author_name")))
        if not self.styled:
            return f"{author} {inner}".strip()
        lines = [f"{author}:"] if author else []
        return "\n".join(f"> {line}" for line in [*lines, *inner.split("\n")])

    def _legacy(self, attachment: dict[str, Any]) -> Iterator[str]:
        yield self.formatted(_str(attachment.get("pretext")))
        if not _is_shared(attachment):
            yield self.typed(_str(attachment.get("author_name")))
        title, link = _str(attachment.get("title")), _str(attachment.get("title_link"))
        yield self._link(link, mrkdwn.unescape(title)) if title and link else self.formatted(title)
        shared = _shared_messages(attachment)
        blocks = [block for message in shared for block in _list(message.get("blocks"))]
        yield self._text_or_blocks(_str(attachment.get("text")), blocks)
        for message in shared:
            yield from filter(None, map(self._attachment, _attachments(message)))
        for field in filter(None, map(_dict, _list(attachment.get("fields"))[:MAX_BLOCKS])):
            data = (_str(field.get("title")), _str(field.get("value")))
            yield ": ".join(filter(None, map(self.formatted, data)))
        yield self.formatted(_str(attachment.get("footer")))

    # Blocks

    def _blocks(self, blocks: Any) -> str:
        texts = (self._block(_dict(b)).strip("\n") for b in _list(blocks)[:MAX_BLOCKS])
        return "\n\n".join(filter(None, texts))

    def _block(self, block: dict[str, Any]) -> str:
        kind = block.get("type")
        if kind == "rich_text":
            return self._rich_text(_list(block.get("elements")))
        if kind == "markdown":
            return _str(block.get("text"))
        if kind == "context":
            return " ".join(filter(None, map(self._object, _list(block.get("elements")))))
        if kind == "table":
            rows = (map(self._cell, _list(row)) for row in _list(block.get("rows")))
            return "\n".join(" | ".join(row) for row in rows)
        if kind == "call":
            call = _dict(_dict(block.get("call")).get("v1"))
            return self._link(_str(call.get("join_url")), _str(call.get("name")))
        parts = [self._object(block.get(name)) for name in _TEXTS]
        parts += map(self._object, _list(block.get("fields")))
        accessory = _dict(block.get("accessory"))
        if accessory.get("type") == "image":
            parts.append(self._object(accessory))
        if not any(parts):
            parts = [self.typed(mrkdwn.unescape(_str(block.get("alt_text"))))]
        return "\n".join(filter(None, parts))

    def _object(self, value: Any) -> str:
        """Return a text object, or an image's description."""
        if isinstance(value, str):
            return self.typed(mrkdwn.unescape(value))
        data = _dict(value)
        if data.get("type") == "rich_text":
            return self._block(data)
        text = _str(data.get("text"))
        if data.get("type") == "mrkdwn":
            return self.formatted(text)
        if data.get("type") == "raw_number" and type(data.get("value")) in (int, float):
            text = str(data["value"])[:50]
        text = mrkdwn.unescape(text or _str(data.get("alt_text")))
        return self.typed(replace_emoji(text) if data.get("emoji") is True else text)

    def _cell(self, cell: Any) -> str:
        data = _dict(cell)
        return self._object(data).replace("\n", " ")

    def _rich_text(self, elements: list[Any]) -> str:
        """Return rich text: its parts apart, but the levels of a list, which follow each other."""
        said: list[str] = []
        before = ""
        for element in elements:
            text = self._rich(element).strip("\n")
            kind = str(_dict(element).get("type"))
            if text and said:
                together = not self.styled or before == kind == "rich_text_list"
                said.append("\n" if together else "\n\n")
            if text:
                said.append(text)
                before = kind
        return "".join(said)

    def _rich(self, element: Any, level: int = 0) -> str:
        data = _dict(element)
        kind, inner = data.get("type"), _list(data.get("elements"))
        if kind == "rich_text_list":
            return self._rich_list(data, inner)
        if kind == "rich_text_preformatted":
            code = "".join(self._inline(e, code=True) for e in inner)
            return f"```\n{code}\n```" if self.styled else code
        text = "".join(map(self._inline, inner))
        if kind == "rich_text_quote" and self.styled:
            return "\n".join(f"> {line}" for line in text.split("\n"))
        return text

    def _rich_list(self, data: dict[str, Any], items: list[Any]) -> str:
        indent = data.get("indent")
        margin = "    " * (indent if isinstance(indent, int) and 0 <= indent <= 8 else 0)
        offset = data.get("offset")
        first = offset + 1 if isinstance(offset, int) and 0 <= offset < 10**6 else 1
        marks = (
            f"{first + n}." if data.get("style") == "ordered" else "-" for n in range(len(items))
        )
        said = (self._item(_dict(item), f"\n{margin}    ") for item in items)
        return "\n".join(f"{margin}{mark} {text}" for mark, text in zip(marks, said, strict=True))

    def _item(self, data: dict[str, Any], line: str) -> str:
        """Return what an item says, its further lines indented: once, however deep lists nest."""
        text = self._rich(data)
        if data.get("type") == "rich_text_list":
            return text
        first, *further = text.split("\n")
        return first + "".join(f"{line}{words}" if words else "\n" for words in further)

    def _inline(self, element: Any, code: bool = False) -> str:
        data = _dict(element)
        kind = data.get("type")
        if kind == "link":
            text, url = _str(data.get("text")), _str(data.get("url"))
            return (text or url) if code else self._link(url, text)
        if kind == "emoji":
            tone = data.get("skin_tone")
            toned = type(tone) is int and 2 <= tone <= 6
            name = f":{_str(data.get('name'))}:" + (f":skin-tone-{tone}:" if toned else "")
            return replace_emoji(name) if self.styled else name
        if kind in _REFERENCES:
            name, form = _REFERENCES[kind]
            return form % _str(data.get(name))
        if kind == "date":
            return self.typed(_str(data.get("fallback")) or _moment(data.get("timestamp")))
        text = _str(data.get("text") or data.get("value"))
        return text if code else self._styled(text, _dict(data.get("style")))

    def _styled(self, text: str, style: dict[str, Any]) -> str:
        bare = text.strip()
        if not bare or not self.styled:
            return self.typed(text) if bare else text
        before = text[: len(text) - len(text.lstrip())]
        after = text[len(text.rstrip()) :]
        if style.get("code") and "`" not in bare:
            return f"{before}`{bare}`{after}"
        marks = [m for name, m in (("bold", "**"), ("italic", "*"), ("strike", "~~"))
                 if style.get(name)]  # fmt: skip
        return before + "".join(marks) + self.typed(bare) + "".join(reversed(marks)) + after

    def _link(self, url: str, label: str) -> str:
        if not label or label == url or not self.styled:
            return " ".join(filter(None, [label if label != url else "", url]))
        return to_markdown(mrkdwn.link(url, label))


#: Where the blocks of Block Kit have what they say.
_TEXTS = (
    "title", "label", "subtitle", "text", "body", "description", "details", "output",
)  # fmt: skip
_REFERENCES = {
    "user": ("user_id", "<@%s>"),
    "channel": ("channel_id", "<#%s>"),
    "usergroup": ("usergroup_id", "<!subteam^%s>"),
    "broadcast": ("range", "@%s"),
}


def _shared_messages(attachment: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that an attachment shares, as Slack tells of them."""
    given = _list(attachment.get("message_blocks"))[:MAX_ATTACHMENTS]
    return [_dict(_dict(part).get("message")) for part in given]


def _attachments(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = [a for a in _list(message.get("attachments"))[:MAX_ATTACHMENTS] if isinstance(a, dict)]
    return [a for a in found if _is_shared(a) or not _is_preview(a)]


def _is_shared(attachment: dict[str, Any]) -> bool:
    return bool(attachment.get("is_share") or attachment.get("is_msg_unfurl"))


def _is_preview(attachment: dict[str, Any]) -> bool:
    return bool(attachment.get("from_url") or attachment.get("is_app_unfurl"))


def _moment(timestamp: Any) -> str:
    """Return a time of rich text that has no words; empty for what is no time."""
    if type(timestamp) is not int or not 0 <= timestamp < 2**34:
        return ""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M} UTC"


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
