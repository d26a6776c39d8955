"""Admin actions for rows of the inbox and the outbox."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from response.jobs.models.outbox import WorkQuerySet


class DiscardMixin:
    """Adds the action that discards the selected rows, to a ``ModelAdmin``."""

    @admin.action(description=_("Discard: give up on these"), permissions=["delete"])
    def discard(self: Any, request: HttpRequest, queryset: WorkQuerySet) -> None:
        """Discard the selected waiting or failed rows."""
        count = queryset.discard()
        self.message_user(
            request,
            ngettext("%d was discarded.", "%d were discarded.", count) % count,
            messages.SUCCESS if count else messages.WARNING,
        )
