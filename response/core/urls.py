"""The URLs of the REST API: ``path("core/", include("response.core.urls"))``."""

from __future__ import annotations

from django.db.transaction import non_atomic_requests
from django.urls import path
from rest_framework.routers import DefaultRouter

from response.core.alerts.views import AlertmanagerView
from response.core.api import metrics, milestones, reviews, schema, updates, views


class _Router(DefaultRouter):
    APIRootView = views.ApiRoot


router = _Router()
router.register("incidents", views.IncidentViewSet, basename="incident")
router.register(
    r"incidents/bymonth/(?P<year>[^/]+)/(?P<month>[^/]+)",
    views.IncidentsByMonthViewSet,
    basename="incidents-bymonth",
)
router.register(
    r"incidents/(?P<incident_pk>[^/]+)/actions",
    views.IncidentActionViewSet,
    basename="incident-action",
)
router.register(
    r"incidents/(?P<incident_pk>[^/]+)/timeline/events",
    views.IncidentTimelineEventViewSet,
    basename="incident-timeline-event",
)
router.register(
    r"incidents/(?P<incident_pk>[^/]+)/updates",
    updates.IncidentUpdateViewSet,
    basename="incident-update",
)
router.register("actions", views.ActionViewSet, basename="action")
router.register("reviews", reviews.ReviewViewSet, basename="review")
router.register(
    r"reviews/(?P<review_pk>[^/]+)/sections",
    reviews.ReviewSectionViewSet,
    basename="review-section",
)
router.register("users", views.ExternalUserViewSet, basename="externaluser")
router.register("events", views.EventViewSet, basename="event")

urlpatterns = [
    path("schema/", schema.SchemaView.as_view(), name="response-schema"),
    path("schema/docs/", schema.DocsView.as_view(), name="response-schema-docs"),
    path(
        "alerts/alertmanager/",
        # It begins its transactions itself, and begins them again after a deadlock.
        non_atomic_requests(AlertmanagerView.as_view({"post": "create"})),
        name="response-alertmanager",
    ),
    path("metrics/", metrics.MetricsView.as_view({"get": "retrieve"}), name="response-metrics"),
    path(
        "metrics/prometheus/",
        metrics.PrometheusView.as_view({"get": "retrieve"}),
        name="response-metrics-prometheus",
    ),
    path(
        "incidents/<str:incident_pk>/milestones/",
        milestones.MilestonesView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="incident-milestones",
    ),
    *router.urls,
]
