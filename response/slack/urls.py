"""The addresses for Slack, and those for cron and load balancers.

A slash at the end is accepted as well.
"""

from django.urls import include, path, re_path

from response.slack.inbound import views

urlpatterns = [
    # First, as most requests are events.
    re_path(r"^event/?$", views.event, name="event"),
    re_path(r"^slash_command/?$", views.slash_command, name="slash_command"),
    re_path(r"^action/?$", views.action, name="action"),
    path("", include("response.worker.urls")),
]
