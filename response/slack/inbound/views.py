"""The views for Slack's requests over HTTP: they read, hand over and answer."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from response.slack.inbound import intake, payloads
from response.slack.inbound.request_verification import slack_view


@slack_view
def slash_command(body: bytes) -> HttpResponse:
    """Take a slash command, and answer it."""
    return _answered(intake.command(payloads.read_form(body)))


@slack_view
def action(body: bytes) -> HttpResponse:
    """Take a press of a button, a form or a message shortcut."""
    return _answered(intake.interaction(payloads.read_interaction(body)))


@slack_view
def event(body: bytes) -> HttpResponse:
    """Take an event, or answer Slack's ``url_verification``."""
    payload = payloads.read_json(body)
    if payloads.text_of(payload, "type") == "url_verification":
        return HttpResponse(
            payloads.text_of(payload, "challenge"), content_type="text/plain; charset=utf-8"
        )
    intake.event(payload)
    return _answered(None)


def _answered(answer: intake.Answer | None) -> HttpResponse:
    return HttpResponse(status=200) if answer is None else JsonResponse(answer)
