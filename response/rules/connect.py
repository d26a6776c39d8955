"""Connects the rules with what they watch."""

from __future__ import annotations

from django.db.models.signals import post_save

from response.core.models import signals
from response.rules import actions, apply  # noqa: F401  (importing registers their jobs)
from response.rules.models import Rule, RuleRun
from response.slack.features import channel_ids
from response.slack.models import CommsChannel


def connect() -> None:
    """Connect the receivers; called once, when Django is ready. Uses no network and no database."""
    signals.incident_creating.connect(apply.incident_saved, dispatch_uid="response.rules.creating")
    signals.incident_changing.connect(apply.incident_saved, dispatch_uid="response.rules.changing")
    signals.update_posting.connect(apply.update_posting, dispatch_uid="response.rules.update")
    post_save.connect(
        apply.channel_saved, sender=CommsChannel, dispatch_uid="response.rules.channel"
    )
    channel_ids.follow(Rule, ids="post_channel", texts=("post_text",))
    channel_ids.follow(RuleRun, texts=("note",))
