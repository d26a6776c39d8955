"""``{% load slack_id_to_fullname %}``: a Slack user's name."""

from __future__ import annotations

from typing import Any

from django import template

from response.core.models import ExternalUser
from response.core.models.user_external import SLACK

register = template.Library()


@register.filter
def slack_id_to_fullname(value: Any) -> str:
    """``{{ "U012ABCDEF"|slack_id_to_fullname }}``: the full name of the person with this id.

    Their display name if the full one is not known, and the id itself if it is not known.
    Costs a query.
    """
    wanted = "" if value is None else str(value).strip()
    if not wanted or "\x00" in wanted:
        return ""
    person = ExternalUser.objects.filter(app_id=SLACK, external_id=wanted).first()
    return (person.full_name or person.display_name) if person else wanted
