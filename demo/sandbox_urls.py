"""The addresses of the process that is Slack."""

from django.urls import include, path

urlpatterns = [path("", include("demo.sandbox.urls"))]
