"""``files.*``: an upload in three steps (ask for an address, post the bytes there, complete)."""

from __future__ import annotations

import secrets
import time
from typing import Any

from demo.sandbox import conversations
from demo.sandbox.models import Channel, File, Message
from demo.sandbox.payloads import file_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, parsed, required
from demo.sandbox.workspace import BOT, BOT_USER, Refusal, address, new_id

#: Bytes. Slack takes more; a small local Slack keeps them in its database.
LARGEST = 20 * 1024 * 1024
TELL = conversations.in_background


def _channels(file: File) -> list[str]:
    return sorted(
        {m.channel_id for m in Message.objects.exclude(files=[]) if file.id in _ids(m.files)}
    )


def _ids(files: list[dict[str, Any]]) -> list[Any]:
    return [f.get("id") for f in files]


@method("files.getUploadURLExternal", "files:write", takes_json=False)
def upload_url(arguments: Arguments) -> Answer:
    """Answer with the address to post ``length`` bytes to, for a file called ``filename``."""
    for name in ("filename", "length"):
        if arguments.get(name) in (None, ""):
            raise Refusal("missing_argument", response_metadata={"messages": [f"missing {name}"]})
    length = str(arguments["length"])
    if not (length.isascii() and length.isdigit() and 0 < int(length[:12]) <= LARGEST):
        raise Refusal("invalid_arguments")
    file = File.objects.create(
        id=new_id("F"),
        ticket=secrets.token_hex(16),
        name=str(arguments["filename"])[:255],
        length=int(length),
        created=int(time.time()),
    )
    return {"upload_url": f"{address()}upload/{file.ticket}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(arguments: Arguments) -> Answer:
    """Make uploaded files files, and share them in ``channel_id`` if that is given."""
    given = parsed(arguments, "files", "invalid_arguments")
    if not isinstance(given, list) or not given or not all(isinstance(f, dict) for f in given):
        raise Refusal("invalid_arguments")
    channel = None
    if arguments.get("channel_id"):
        channel = conversations.open_channel(arguments["channel_id"], BOT_USER)
    files = [_uploaded(item) for item in given]
    for file in files:
        file.save(update_fields=["title", "completed"])
    if channel:
        _share(channel, files, arguments)
    return {"files": [file_object(file, [channel.id] if channel else []) for file in files]}


def _uploaded(item: dict[str, Any]) -> File:
    file = File.objects.filter(pk=str(item.get("id") or ""), completed=False).first()
    if file is None or file.content is None:
        raise Refusal("file_not_found")
    file.title, file.completed = str(item.get("title") or "")[:255], True
    return file


def _share(channel: Channel, files: list[File], arguments: Arguments) -> None:
    conversations.post(
        channel,
        BOT_USER,
        text=str(arguments.get("initial_comment") or ""),
        bot_id=BOT,
        subtype="file_share",
        thread_ts=str(arguments.get("thread_ts") or ""),
        files=[file_object(file, [channel.id]) for file in files],
        tell=TELL,
    )


def _known(arguments: Arguments) -> File:
    required(arguments, "file")
    file = File.objects.filter(pk=str(arguments["file"]), completed=True).first()
    if file is None:
        raise Refusal("file_not_found")
    return file


@method("files.info", "files:read", takes_json=False)
def info(arguments: Arguments) -> Answer:
    """Answer with one file."""
    file = _known(arguments)
    return {"file": file_object(file, _channels(file)), "comments": []}


@method("files.delete", "files:write")
def delete(arguments: Arguments) -> Answer:
    """Delete one of the app's files (all are here). Messages keep only its id."""
    file = _known(arguments)
    for message in Message.objects.exclude(files=[]):
        if file.id in _ids(message.files):
            message.files = [
                {"id": f["id"], "mode": "tombstone"} if f.get("id") == file.id else f
                for f in message.files
            ]
            message.save(update_fields=["files"])
            conversations.changed(message.channel_id)
    file.delete()
    return {}


@method("files.upload", "files:write")
def upload(arguments: Arguments) -> Answer:
    """Retired."""
    raise Refusal("method_deprecated")
