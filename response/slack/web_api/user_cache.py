"""Slack's user profiles, stored as ``ExternalUser`` rows.

Profiles are dicts with ``id``, ``name``, ``fullname``, ``email`` and ``deleted``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from response.core.models import ExternalUser
from response.core.models.user_external import SLACK
from response.db import atomic, lock
from response.slack.web_api.client import get_client, profile_of
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)


def get_user_profile(external_id: str | None) -> dict[str, Any] | None:
    """Return the profile of a user from the database or else from Slack; None for an empty id.

    Raises ``SlackError`` if Slack has to be asked and has no such user or cannot be reached.
    """
    if not external_id:
        return None
    user = ExternalUser.objects.filter(app_id=SLACK, external_id=external_id).first()
    if user is None or not user.name_known:
        user = store_profile(get_client().get_user_profile(external_id))
    return _as_profile(user)


def get_user_profile_by_email(email: str | None) -> dict[str, Any]:
    """Return the profile of the user with this e-mail address.

    Otherwise like :func:`get_user_profile`; raises ``SlackError`` also for an empty address.
    """
    if not email:
        raise SlackError("An e-mail address is needed to find a user")
    user = ExternalUser.objects.filter(app_id=SLACK, email__iexact=email, deleted=False).first()
    if user is None:
        user = store_profile(get_client().get_user_profile_by_email(email))
    return _as_profile(user)


def store_profile(profile: dict[str, Any]) -> ExternalUser:
    """Store a profile from Slack and return its row.

    Stored values are kept where Slack sends none (of a deleted user, for instance), and if the
    profile is older than the stored one, as Slack may deliver changes out of order.
    """
    known = ExternalUser.objects.filter(app_id=SLACK, external_id=profile["id"])
    updated = profile.get("updated") or 0
    values: dict[str, Any] = {
        "deleted": bool(profile.get("deleted")),
        "bot": bool(profile.get("is_bot")),
    }
    if not (profile.get("sparse") and known.exclude(display_name=profile["id"]).exists()):
        name = profile.get("display_name") or profile.get("name")
        values |= {"display_name": name, "full_name": profile.get("fullname")}
    values |= {
        name: profile[key]
        for name, key in (("email", "email"), ("handle", "handle"), ("profile_of", "updated"))
        if profile.get(key)
    }
    with atomic():
        if updated and lock(known.filter(profile_of__gt=updated)).exists():
            return known.get()
        user, _created = ExternalUser.objects.update_or_create_slack(
            external_id=profile["id"], **values
        )
    return user


def update_user_cache(exclude_bots: bool = False) -> int:
    """Update the stored users from the whole workspace, page by page.

    Returns the number of users seen. If Slack fails half way, the pages stored so far are kept.
    """
    seen, cursor = update_page(exclude_bots=exclude_bots)
    while cursor:
        more, cursor = update_page(cursor, exclude_bots=exclude_bots)
        seen += more
    return seen


def update_page(cursor: str | None = None, *, exclude_bots: bool = False) -> tuple[int, str | None]:
    """Store one page of users; return their number and the next cursor, or None at the end."""
    page = get_client().get_paginated_users(limit=200, cursor=cursor)
    seen = _store_page(page.get("members") or [], exclude_bots)
    return seen, (page.get("response_metadata") or {}).get("next_cursor") or None


def _store_page(members: Iterable[dict[str, Any]], exclude_bots: bool) -> int:
    profiles = [profile_of(m) for m in members if m.get("id")]
    if exclude_bots:
        profiles = [p for p in profiles if not p["is_bot"]]
    with atomic():
        known = {
            user.external_id: user
            for user in ExternalUser.objects.filter(
                app_id=SLACK, external_id__in=[p["id"] for p in profiles]
            )
        }
        for profile in profiles:
            user = known.get(profile["id"])
            if user is None or _is_news(profile, user):
                store_profile(profile)
    return len(profiles)


def _is_news(profile: dict[str, Any], user: ExternalUser) -> bool:
    kept = {
        **_as_profile(user),
        "is_bot": user.bot,
        "handle": user.handle,
        "updated": user.profile_of,
    }
    return any(profile[name] != value for name, value in kept.items())


def _as_profile(user: ExternalUser) -> dict[str, Any]:
    return {
        "id": user.external_id,
        "name": user.display_name,
        "fullname": user.full_name,
        "email": user.email,
        "deleted": user.deleted,
    }


def refresh_profile(external_id: str) -> None:
    """Store a user's current profile from Slack; a user that Slack does not know is unchanged."""
    try:
        store_profile(get_client().get_user_profile(external_id))
    except SlackError as error:
        if error.slack_error not in ("user_not_found", "user_not_visible", "users_not_found"):
            raise
        logger.info("Slack has no user %s", external_id)
