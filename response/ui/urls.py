"""Where the pages are. The names are without a namespace, as projects know them."""

from __future__ import annotations

from django.urls import path

from response.ui import views

urlpatterns = [
    path("", views.home, name="home"),
    path("incident/<int:incident_id>/", views.incident_doc, name="incident_doc"),
]
