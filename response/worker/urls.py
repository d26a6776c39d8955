"""The addresses for cron and for load balancers; a slash at the end is accepted as well."""

from django.urls import re_path

from response.worker import cron_views, health_view

urlpatterns = [
    re_path(r"^health/?$", health_view.health, name="health"),
    re_path(r"^cron_minute/?$", cron_views.cron_minute, name="cron_minute"),
    re_path(r"^cron_daily/?$", cron_views.cron_daily, name="cron_daily"),
]
