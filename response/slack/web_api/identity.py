"""Our ids in Slack (bot, workspace, channels), looked up when first needed and then cached.

Look-ups never happen at import time or while a page is rendered.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from response.conf import settings
from response.slack.models import Lookup
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)

INCIDENTS, REPORTS = "INCIDENT_CHANNEL", "INCIDENT_REPORT_CHANNEL"
#: The channel in which updates are posted, if the project has one.
UPDATES = "RESPONSE_UPDATES_CHANNEL"
#: The settings that may hold a channel's id.
CHANNEL_SETTINGS = (
    f"{INCIDENTS}_ID",
    f"{REPORTS}_ID",
    f"{UPDATES}_ID",
    "RESPONSE_METRICS_CHANNEL",
)
#: A channel's id, where a name may stand as well: names are in lowercase.
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")


def remembered(what: str, look_up: Callable[[], Any]) -> Any:
    """Return the cached value of ``what`` from the database, or else the result of ``look_up``.

    Values are stored per token and API address, as another workspace has other ids.
    """
    key = _key(what)
    known = Lookup.objects.filter(key=key).values_list("value", flat=True).first()
    if known is not None:
        return known
    value = look_up()
    Lookup.objects.remember(key, value)
    return value


def forget(what: str) -> None:
    """Delete the cached value of ``what``, so that it is looked up again next time."""
    Lookup.objects.filter(key=_key(what)).delete()


def _key(what: str) -> str:
    at = hashlib.sha256(f"{settings.SLACK_API_URL} {settings.SLACK_TOKEN}".encode()).hexdigest()
    return f"{what}:{at[:16]}"[:150]


def workspace() -> dict[str, str]:
    """Return the ``user_id``, ``bot_id``, ``team_id`` and ``url`` of our token's owner."""

    def ask() -> dict[str, str]:
        answer = get_client().api_call("auth.test")
        return {n: str(answer.get(n) or "") for n in ("user_id", "bot_id", "team_id", "url")}

    return dict(remembered("workspace", ask))


def workspace_url() -> str:
    """Return the workspace's URL if it is already known; never calls Slack.

    Pages need it for every row of a list, so it is kept in memory for a minute.
    """
    key = _key("workspace")
    url, until = _workspace_urls.get(key, ("", 0.0))
    if time.monotonic() >= until:
        known = Lookup.objects.filter(key=key).values_list("value", flat=True).first()
        url = str((known or {}).get("url") or "")
        _workspace_urls[key] = (url, time.monotonic() + SECONDS_REMEMBERED)
    return url


#: So long a process remembers the workspace's URL.
SECONDS_REMEMBERED = 60.0
_workspace_urls: dict[str, tuple[str, float]] = {}


def bot_user_id() -> str:
    """Return the id of the bot user that people mention.

    This is ``INCIDENT_BOT_ID`` if set; for a user token the bot called ``INCIDENT_BOT_NAME``;
    otherwise the user that the bot token belongs to.
    """
    if settings.INCIDENT_BOT_ID:
        return str(settings.INCIDENT_BOT_ID)
    if not str(settings.SLACK_TOKEN).startswith("xoxp-"):
        return workspace()["user_id"]

    def ask() -> str:
        for user in get_client().pages("users.list", "members"):
            if user.get("name") == settings.INCIDENT_BOT_NAME and not user.get("deleted"):
                return str(user["id"])
        raise SlackError(f"No user is called {settings.INCIDENT_BOT_NAME}", "user_not_found")

    return str(remembered(f"bot {settings.INCIDENT_BOT_NAME}", ask))


def channel_id(which: str) -> str:
    """Return the id of the incidents channel or of the report channel.

    From ``…_ID`` if set, else by ``…_NAME``; made if there is none of that name and
    ``RESPONSE_CREATE_INCIDENTS_CHANNEL`` is set. Raises :class:`SlackError` if there is none. The
    report channel falls back to the incidents channel where it is not configured.
    """
    if which == REPORTS and not has_report_channel():
        which = INCIDENTS
    fixed = getattr(settings, f"{which}_ID")
    if fixed:
        return present_id(str(fixed))
    name = str(getattr(settings, f"{which}_NAME")).lstrip("#")
    return str(remembered(f"channel {name}", lambda: _find_channel(which, name)))


def _find_channel(which: str, name: str) -> str:
    if settings.RESPONSE_CREATE_INCIDENTS_CHANNEL and which != UPDATES:
        return str(get_client().get_or_create_channel(name))
    found = _id_of(name)
    if found is None:
        raise SlackError(
            _(
                "I cannot find a channel #%(name)s in Slack. Create it, or set "
                "%(setting)s_NAME to an existing one; if it is private, invite me to it"
            )
            % {"name": name, "setting": which},
            "no_incidents_channel",
        )
    return str(found)


def _id_of(name: str) -> str | None:
    """Return the id of the channel with this name, None if Slack shows the bot none."""
    try:
        found = get_client().get_channel_id(name)
    except SlackError as error:
        if error.transient or error.misconfigured:
            raise
        return None
    return None if found is None else str(found)


def forget_channel(which: str) -> None:
    """Forget the channel's id, for instance because it was deleted; it is looked up again."""
    forget(f"channel {str(getattr(settings, f'{which}_NAME')).lstrip('#')}")


def has_report_channel() -> bool:
    """Return whether reports have a channel of their own."""
    return bool(settings.INCIDENT_REPORT_CHANNEL_ID or settings.INCIDENT_REPORT_CHANNEL_NAME)


def has_updates_channel() -> bool:
    """Return whether updates are posted in a channel of their own."""
    return bool(settings.RESPONSE_UPDATES_CHANNEL_ID or settings.RESPONSE_UPDATES_CHANNEL_NAME)


def settings_with(channel_id: str) -> list[str]:
    """Return the names of the settings that hold the id of this channel, as it is or was."""
    return [
        name
        for name in CHANNEL_SETTINGS
        if (value := str(getattr(settings, name) or "").lstrip("#"))
        and channel_id in (value, present_id(value))
    ]


def present_id(channel_id: str) -> str:
    """Return the present id of a channel whose former id a setting may have."""
    return Lookup.objects.recall(f"{_MOVED}{channel_id}") or channel_id


def remember_move(old: str, new: str) -> None:
    """Remember the new id of a channel, for settings and texts that still have the old one."""
    Lookup.objects.remember(f"{_MOVED}{old}", new)


#: What the keys of moves begin with. No channel's name has white space in it.
_MOVED = "channel once "


def channel_called(name_or_id: str) -> str:
    """Return the id of a channel that is given by its id or its name.

    Raises :class:`SlackError` (``no_such_channel``) if Slack shows none of that name.
    """
    if CHANNEL_ID.fullmatch(name_or_id):
        return present_id(name_or_id)
    name = name_or_id.lstrip("#")
    return str(remembered(f"channel {name}", lambda: _existing_channel(name)))


def forget_channel_called(name_or_id: str) -> None:
    """Forget a channel's id, for instance because it was deleted; it is looked up again."""
    forget(f"channel {name_or_id.lstrip('#')}")


def _existing_channel(name: str) -> str:
    found = _id_of(name)
    if found is None:
        raise SlackError(
            _(
                "I cannot find a channel #%(name)s in Slack. Create it; if it is private, invite "
                "me to it"
            )
            % {"name": name},
            "no_such_channel",
        )
    return str(found)
