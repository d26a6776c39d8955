"""The admin of what incidents have in Slack."""

from __future__ import annotations

from django.contrib import admin

from response.admin.base import RecordAdmin
from response.core.private_admin import PrivateMixin
from response.models import CommsChannel, HeadlinePost, Notification, PinnedMessage, UserStats


@admin.register(CommsChannel)
class CommsChannelAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of comms channels."""

    list_display = ("channel_name", "channel_id", "incident", "archived")
    ordering = ("-id",)
    list_select_related = ("incident",)
    search_fields = ("channel_name", "channel_id", "incident__report")
    autocomplete_fields = ("incident",)


@admin.register(HeadlinePost)
class HeadlinePostAdmin(RecordAdmin):
    """Admin of headline posts."""

    list_display = ("incident", "channel_id", "message_ts")
    list_select_related = ("incident",)


@admin.register(Notification)
class NotificationAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Sent reminders and their counts."""

    list_display = ("incident", "key", "repeat_count", "time", "completed")
    list_filter = ("key", "completed")
    list_select_related = ("incident",)
    autocomplete_fields = ("incident",)


@admin.register(PinnedMessage)
class PinnedMessageAdmin(RecordAdmin):
    """Admin of messages in timelines."""

    list_display = ("incident", "author", "timestamp", "text")
    list_select_related = ("incident", "author")


@admin.register(UserStats)
class UserStatsAdmin(RecordAdmin):
    """Admin of the participants of incidents."""

    list_display = ("incident", "user", "message_count", "join_time")
    list_select_related = ("incident", "user")
