"""URLs for cron and for load balancers, with or without a trailing slash."""

from django.urls import re_path

from response.worker import cron_views, health_view

urlpatterns = [
    re_path(r"^health/?$", health_view.health, name="health"),
    re_path(r"^cron_minute/?$", cron_views.cron_minute, name="cron_minute"),
    re_path(r"^cron_daily/?$", cron_views.cron_daily, name="cron_daily"),
]
