"""slack_bolt's Django adapter, doing the same work: count messages. Also its URLs.

``BOLT_LISTENER`` chooses between its two ways under Django: ``sync`` does the work before the
answer (``process_before_response``), ``lazy`` answers first and works in a thread.
"""

from __future__ import annotations

import os
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from slack_bolt import App
from slack_bolt.adapter.django import SlackRequestHandler
from slack_sdk import WebClient

from benchmarks.load import SECRET
from benchmarks.peers.models import Channel, Written

LAZY = os.environ.get("BOLT_LISTENER") == "lazy"

app = App(
    client=WebClient("xoxb-benchmark", base_url=os.environ["SLACK_API_URL"]),
    signing_secret=SECRET,
    token_verification_enabled=False,
    process_before_response=not LAZY,
)


def count(event: dict[str, Any]) -> None:
    """One more message of its author, if the channel is an incident's."""
    channel, user = event["channel"], event["user"]
    if not Channel.objects.filter(channel_id=channel).exists():
        return
    written = Written.objects.filter(channel_id=channel, user_id=user)
    if not written.update(messages=F("messages") + 1):
        Written.objects.create(channel_id=channel, user_id=user, messages=1)


def answer(ack: Any) -> None:
    """Answer, and do nothing else."""
    ack()


if LAZY:
    app.event("message")(ack=answer, lazy=[count])
else:
    app.event("message")(count)

handler = SlackRequestHandler(app)


@csrf_exempt
def slack(request: HttpRequest) -> HttpResponse:
    """What the adapter's documentation says."""
    return handler.handle(request)


urlpatterns = [path("slack/event", slack)]
