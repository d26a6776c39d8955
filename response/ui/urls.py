"""URLs of the pages. Their names have no namespace, as in release 0.5.1."""

from __future__ import annotations

from django.urls import path

from response.ui import (
    actions,
    document,
    edit,
    home,
    metrics,
    updates,
    views,  # noqa: F401  (as 0.5.1 had it)
)

urlpatterns = [
    path("", home.home, name="home"),
    path("shortcuts/", home.shortcuts, name="response_shortcuts"),
    path("actions/", actions.actions, name="response_actions"),
    path("metrics/", metrics.metrics, name="metrics"),
    path("metrics/<slug:table>.csv", metrics.metrics_csv, name="metrics_csv"),
    path("incident/declare/", edit.declare, name="response_declare"),
    path("incident/preview/", edit.preview, name="response_preview"),
    path("incident/<int:incident_id>/", document.incident_doc, name="incident_doc"),
    path("incident/<int:incident_id>/live/", document.live, name="response_live"),
    path("incident/<int:incident_id>/close/", edit.close, name="response_close"),
    path("incident/<int:incident_id>/reopen/", edit.reopen, name="response_reopen"),
    path("incident/<int:incident_id>/take-lead/", edit.take_lead, name="response_take_lead"),
    path("incident/<int:incident_id>/edit/<slug:part>/", edit.edit, name="response_edit"),
    path("incident/<int:incident_id>/action/", edit.action_add, name="response_action_add"),
    path(
        "incident/<int:incident_id>/action/<int:action_id>/",
        edit.action_edit,
        name="response_action_edit",
    ),
    path(
        "incident/<int:incident_id>/action/<int:action_id>/done/",
        edit.action_done,
        name="response_action_done",
    ),
    path("incident/<int:incident_id>/update/", updates.update_add, name="response_update_add"),
    path("incident/<int:incident_id>/subscribe/", updates.subscribe, name="response_subscribe"),
    path("incident/<int:incident_id>/entry/", edit.entry_add, name="response_entry_add"),
    path(
        "incident/<int:incident_id>/entry/<int:event_id>/",
        edit.entry_edit,
        name="response_entry_edit",
    ),
    path(
        "incident/<int:incident_id>/entry/<int:event_id>/<slug:mark>/",
        edit.entry_mark,
        name="response_entry_mark",
    ),
]
