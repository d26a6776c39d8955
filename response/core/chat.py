"""What core and the pages need to know of the chat tool, without importing it.

The chat tool's side registers an object with :func:`register`; without one, everything
has a plain answer. Nothing here goes to the network: a page must be rendered also while
the chat tool is down.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from response.core.models.incident import Incident
    from response.core.models.user_external import ExternalUser


logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channel:
    """Where people talk about an incident. ``url`` is empty if we cannot know it."""

    id: str
    name: str
    url: str


@dataclass(frozen=True)
class Participant:
    """A person in the comms channel and how many messages they wrote there."""

    user: ExternalUser
    message_count: int
    join_time: datetime | None


class ChannelRequest(Enum):
    """What has become of the request for a comms channel, while there is none."""

    NONE = "none"
    WAITING = "waiting"
    #: It waits until a setting, a token or a scope is changed.
    BLOCKED = "blocked"
    FAILED = "failed"


class Chat(Protocol):
    """The questions that a chat tool answers."""

    def channel(self, incident: Incident) -> Channel | None:
        """Return the comms channel of ``incident``; no query if it was selected with it."""

    def participants(self, incident: Incident) -> list[Participant]:
        """Return the people who wrote there, the most active first."""

    def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Return names for user ids, in one query; unknown ids are left out."""

    def channel_names(self, channel_ids: Iterable[str]) -> dict[str, str]:
        """Return names for channel ids, in one query; unknown ids are left out."""

    def group_names(self, group_ids: Iterable[str]) -> dict[str, str]:
        """Return handles for ids of user groups, in one query; unknown ids are left out."""

    def available(self) -> bool:
        """Return whether there is a chat tool in which channels can be made."""

    def channel_request(self, incident: Incident) -> ChannelRequest:
        """Return what has become of the request for a channel of ``incident``, which has none."""

    def request_channel(
        self, incident: Incident, person: ExternalUser | None, account: Any = None
    ) -> None:
        """Have the comms channel made, and ``person`` brought into it.

        Only queues that, in the transaction of the caller. For an incident that has its
        channel, ``person`` is brought into that one. ``account`` is the Django user who asks:
        whether they may see the incident is asked again when the channel is made.
        """

    def announce(self, text: str) -> None:
        """Queue plain ``text`` for the channel in which incidents are announced."""


class NoChat:
    """The answers where there is no chat tool."""

    def channel(self, incident: Incident) -> Channel | None:
        return None

    def participants(self, incident: Incident) -> list[Participant]:
        return []

    def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        return {}

    def channel_names(self, channel_ids: Iterable[str]) -> dict[str, str]:
        return {}

    def group_names(self, group_ids: Iterable[str]) -> dict[str, str]:
        return {}

    def available(self) -> bool:
        return False

    def channel_request(self, incident: Incident) -> ChannelRequest:
        return ChannelRequest.NONE

    def request_channel(
        self, incident: Incident, person: ExternalUser | None, account: Any = None
    ) -> None:
        raise RuntimeError("There is no chat tool in which a channel could be made.")

    def announce(self, text: str) -> None:
        logger.warning("There is no chat tool in which to say: %s", text)


def why_no_channel(incident: Incident) -> str:
    """Return why no channel can be made for ``incident``, or an empty string if one can."""
    if incident.report_only:
        return _("A report-only incident has no comms channel.")
    if incident.is_closed():
        return _("This incident is closed: reopen it first, then it can have a comms channel.")
    return ""


_chat: Chat = NoChat()


def register(chat: Chat) -> None:
    """Make ``chat`` the one that answers."""
    global _chat
    _chat = chat


def get() -> Chat:
    """Return the registered chat tool."""
    return _chat
