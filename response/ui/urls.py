"""URLs of the pages. Their names have no namespace, as in release 0.5.1."""

from __future__ import annotations

from django.urls import path

from response.ui import (
    action_edit,
    actions,
    declare,
    document,
    entry_edit,
    exports,
    form_pages,
    home,
    incident_edit,
    metrics,
    review,
    reviews,
    updates,
    views,  # noqa: F401  (as 0.5.1 had it)
)

urlpatterns = [
    path("", home.home, name="home"),
    path("shortcuts/", home.shortcuts, name="response_shortcuts"),
    path("actions/", actions.actions, name="response_actions"),
    path("metrics/", metrics.metrics, name="metrics"),
    path("metrics/<slug:table>.csv", metrics.metrics_csv, name="metrics_csv"),
    path("reviews/", reviews.reviews, name="response_reviews"),
    path("export/incidents.csv", exports.incidents, name="response_incidents_csv"),
    path("export/actions.csv", exports.actions, name="response_actions_csv"),
    path("incident/declare/", declare.declare, name="response_declare"),
    path("incident/preview/", form_pages.preview, name="response_preview"),
    path("incident/<int:incident_id>/", document.incident_doc, name="incident_doc"),
    path("incident/<int:incident_id>/live/", document.live, name="response_live"),
    path("incident/<int:incident_id>/close/", incident_edit.close, name="response_close"),
    path("incident/<int:incident_id>/reopen/", incident_edit.reopen, name="response_reopen"),
    path(
        "incident/<int:incident_id>/take-lead/", incident_edit.take_lead, name="response_take_lead"
    ),
    path(
        "incident/<int:incident_id>/create-channel/",
        incident_edit.create_channel,
        name="response_create_channel",
    ),
    path("incident/<int:incident_id>/edit/<slug:part>/", incident_edit.edit, name="response_edit"),
    path(
        "incident/<int:incident_id>/action/",
        action_edit.action_add,
        name="response_action_add",
    ),
    path(
        "incident/<int:incident_id>/action/<int:action_id>/",
        action_edit.action_edit,
        name="response_action_edit",
    ),
    path(
        "incident/<int:incident_id>/action/<int:action_id>/done/",
        action_edit.action_done,
        name="response_action_done",
    ),
    path("incident/<int:incident_id>/update/", updates.update_add, name="response_update_add"),
    path("incident/<int:incident_id>/subscribe/", updates.subscribe, name="response_subscribe"),
    path("incident/<int:incident_id>/entry/", entry_edit.entry_add, name="response_entry_add"),
    path(
        "incident/<int:incident_id>/entry/<int:event_id>/",
        entry_edit.entry_edit,
        name="response_entry_edit",
    ),
    path(
        "incident/<int:incident_id>/entry/<int:event_id>/was/",
        entry_edit.entry_history,
        name="response_entry_history",
    ),
    path(
        "incident/<int:incident_id>/entry/<int:event_id>/<slug:mark>/",
        entry_edit.entry_mark,
        name="response_entry_mark",
    ),
    path(
        "incident/<int:incident_id>/action/<int:action_id>/snooze/",
        action_edit.snooze,
        name="response_action_snooze",
    ),
    path("incident/<int:incident_id>/timeline.csv", exports.timeline, name="response_timeline_csv"),
    path("incident/<int:incident_id>/review/", review.review, name="response_review"),
    path("incident/<int:incident_id>/review/begin/", review.begin, name="response_review_begin"),
    path("incident/<int:incident_id>/review/live/", review.live, name="response_review_live"),
    path("incident/<int:incident_id>/review/fill/", review.fill_in, name="response_review_fill"),
    path("incident/<int:incident_id>/review/edit/", review.edit, name="response_review_edit"),
    path(
        "incident/<int:incident_id>/review/status/",
        review.set_status,
        name="response_review_status",
    ),
    path(
        "incident/<int:incident_id>/review/export.<slug:form>",
        review.download,
        name="response_review_export",
    ),
    path(
        "incident/<int:incident_id>/review/section/<slug:key>/",
        review.section_edit,
        name="response_review_section",
    ),
    path(
        "incident/<int:incident_id>/review/section/<slug:key>/autosave/",
        review.section_autosave,
        name="response_review_autosave",
    ),
    path(
        "incident/<int:incident_id>/review/section/<slug:key>/history/",
        review.section_history,
        name="response_review_history",
    ),
    path(
        "incident/<int:incident_id>/review/section/<slug:key>/suggest/",
        review.section_suggest,
        name="response_review_suggest",
    ),
]
