"""Addresses to give to Slack, and to cron; a slash at the end is taken as well."""

from django.urls import re_path

from response.slack import cron_views, health_view, views

urlpatterns = [
    re_path(r"^slash_command/?$", views.slash_command, name="slash_command"),
    re_path(r"^action/?$", views.action, name="action"),
    re_path(r"^event/?$", views.event, name="event"),
    re_path(r"^health/?$", health_view.health, name="health"),
    re_path(r"^cron_minute/?$", cron_views.cron_minute, name="cron_minute"),
    re_path(r"^cron_daily/?$", cron_views.cron_daily, name="cron_daily"),
]
