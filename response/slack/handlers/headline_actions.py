"""The buttons in the headline post."""

from __future__ import annotations

from response.slack.decorators import headline_post_action
from response.slack.models import HeadlinePost
from response.slack.render import controls
from response.slack.render.block_kit import Button


@headline_post_action(order=100)
def create_comms_channel(headline_post: HeadlinePost) -> Button | None:
    """Return the button that makes the channel, while there is none and there can be one."""
    incident = headline_post.incident
    if incident.is_closed() or incident.report_only or incident.comms_channel():
        return None
    return controls.create_channel_button(incident.pk)


@headline_post_action(order=200)
def edit(headline_post: HeadlinePost) -> Button | None:
    """Return the button that edits the incident, while it is not closed."""
    incident = headline_post.incident
    return None if incident.is_closed() else controls.edit_button(incident.pk)


@headline_post_action(order=220)
def post_update(headline_post: HeadlinePost) -> Button | None:
    """Return the button that posts an update, while the incident is live."""
    incident = headline_post.incident
    if incident.is_closed() or incident.report_only:
        return None
    return controls.post_update_button(incident.pk)


@headline_post_action(order=240)
def subscribe(headline_post: HeadlinePost) -> Button | None:
    """Return the button that subscribes to the updates, while the incident is live."""
    incident = headline_post.incident
    if incident.is_closed() or incident.report_only:
        return None
    return controls.subscribe_button(incident.pk)


@headline_post_action(order=300)
def close_or_reopen(headline_post: HeadlinePost) -> Button | None:
    """Return the button that closes a live incident or reopens a closed one; none for a report."""
    incident = headline_post.incident
    if incident.is_closed():
        return controls.reopen_button(incident.pk)
    return None if incident.report_only else controls.close_button(incident.pk)
