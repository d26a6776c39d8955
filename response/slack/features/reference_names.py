"""The names of the people, groups and channels that texts refer to, looked up in the background.

When a text is stored that mentions a person, a user group or a channel whose name is not known,
Slack is asked for it. Pages and messages show the name from then on, also in older texts. What
Slack does not tell is asked for again after a while: a scope may have been granted, or the bot
invited.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from response.core.models import ExternalUser
from response.core.models.user_external import SLACK
from response.core.text.references import PATTERN
from response.jobs import outbox
from response.jobs.models import OutboxMessage
from response.slack.jobs import names, requests
from response.slack.models import CommsChannel, Lookup
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)

#: How many names one text may have looked up.
MOST = 50
_GROUP, _CHANNEL = "group name", "channel name"
#: For how long what Slack did not tell counts as known. All groups are one call.
_UNKNOWN_LASTS = {_GROUP: timedelta(hours=1), _CHANNEL: timedelta(days=1)}


def ask_for(text: str) -> None:
    """Queue looking up every name in ``text`` that is not known and was not asked for before."""
    found: dict[str, set[str]] = {"user": set(), "group": set(), "channel": set()}
    for match in PATTERN.finditer(text):
        for kind, ids in found.items():
            if match[kind] and len(match[kind]) <= 50 and len(ids) < MOST:
                ids.add(match[kind])
    with outbox.low_priority():
        for user_id in sorted(found["user"] - _known_people(found["user"])):
            requests.refresh_user(user_id)
        if found["group"] - set(_remembered(_GROUP, found["group"])):
            _ask(names.GROUPS_REFRESH, "user groups", groups=sorted(found["group"]))
        ours = CommsChannel.objects.filter(channel_id__in=found["channel"])
        known = set(ours.values_list("channel_id", flat=True))
        known |= set(_remembered(_CHANNEL, found["channel"]))
        for channel_id in sorted(found["channel"] - known):
            _ask(names.CHANNEL_REFRESH, f"channel name {channel_id}", channel=channel_id)


def _ask(job: str, queue: str, **arguments: Any) -> None:
    outbox.enqueue(job, queue=queue, coalesce=f"{job} {queue}", **arguments)


def _known_people(ids: set[str]) -> set[str]:
    people = ExternalUser.objects.filter(app_id=SLACK, external_id__in=ids)
    return {person.external_id for person in people if person.name_known} if ids else set()


def group_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the handles of user groups, as far as they are known; one query."""
    return {group: name for group, name in _remembered(_GROUP, ids).items() if name}


def channel_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of public channels, as far as they are known; one query."""
    return {channel: name for channel, name in _remembered(_CHANNEL, ids).items() if name}


def _remembered(kind: str, ids: Iterable[str]) -> dict[str, str]:
    keys = {f"{kind} {i}": i for i in ids}
    rows = Lookup.objects.filter(key__in=keys).values_list("key", "value") if keys else ()
    return {keys[key]: str(value) for key, value in rows}


def ask_again() -> None:
    """Queue looking up again the names that Slack did not tell a while ago."""
    now, old = timezone.now(), models.Q()
    for kind, lasts in _UNKNOWN_LASTS.items():
        old |= models.Q(key__startswith=f"{kind} ", looked_up__lt=now - lasts)
    unknown = Lookup.objects.filter(old, value="").order_by("looked_up")
    keys = list(unknown.values_list("key", flat=True)[:MOST])
    groups = [key.removeprefix(f"{_GROUP} ") for key in keys if key.startswith(_GROUP)]
    channels = [key.removeprefix(f"{_CHANNEL} ") for key in keys if key.startswith(_CHANNEL)]
    with outbox.low_priority():
        if groups:
            _ask(names.GROUPS_REFRESH, "user groups", groups=sorted(groups))
        for channel_id in sorted(channels):
            _ask(names.CHANNEL_REFRESH, f"channel name {channel_id}", channel=channel_id)


def _remember(kind: str, id_: str, name: str) -> None:
    """Store a name; an empty one if Slack does not tell it, which is asked for again later."""
    Lookup.objects.remember(f"{kind} {id_}", name[:255])


@slack_job(names.GROUPS_REFRESH)
def look_up_groups(job: OutboxMessage) -> None:
    """Store the handles of all user groups; one call tells them all."""
    try:
        groups = get_client().api_call("usergroups.list", include_disabled="true").get("usergroups")
    except SlackError as error:
        # usergroups:read is optional, and the free plan has no groups.
        if error.slack_error not in ("missing_scope", "plan_upgrade_required"):
            raise
        told_before = _remembered(_GROUP, job.arguments["groups"])
        level = logging.INFO if told_before else logging.WARNING
        logger.log(level, "The names of user groups stay unknown: %s", error)
        groups = []
    handles = {str(g.get("id")): str(g.get("handle") or g.get("name") or "") for g in groups or []}
    wanted = dict.fromkeys(job.arguments["groups"], "")
    for group, name in {**wanted, **handles}.items():
        _remember(_GROUP, group[:60], name)


@slack_job(names.CHANNEL_REFRESH)
def look_up_channel(job: OutboxMessage) -> None:
    """Store the name of a channel, unless it is private: only its members may know its name."""
    channel_id = job.arguments["channel"]
    try:
        channel = get_client().api_call("conversations.info", channel=channel_id).get("channel")
    except SlackError as error:
        if error.slack_error != "channel_not_found":
            raise
        channel = None
    known = channel if isinstance(channel, dict) else {}
    private = known.get("is_private") or known.get("is_im") or known.get("is_mpim")
    _remember(_CHANNEL, channel_id, "" if private else str(known.get("name") or ""))
