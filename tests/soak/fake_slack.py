"""The sandbox as the test's Slack: ``python -m tests.soak.fake_slack prepare|faults|observe``.

Runs with the sandbox's settings and database. Reads JSON from standard input, writes JSON to
standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import Any


def prepare(given: dict[str, Any]) -> None:
    """Channels with everyone in them, and the messages that people will have written."""
    from demo.sandbox.models import Channel, Member, Membership, Message
    from demo.sandbox.seed import seed

    seed()
    channels = [Channel(id=id_, name=f"inc-{id_.lower()}", creator="U0SANDBOT01", created=1)
                for id_ in given["channels"]]  # fmt: skip
    Channel.objects.bulk_create(channels)
    members = list(Member.objects.all())
    Membership.objects.bulk_create(
        Membership(channel=channel, member=member) for channel in channels for member in members
    )
    Message.objects.bulk_create(
        Message(channel_id=channel, ts=ts, user=user, text=text)
        for channel, ts, user, text in given["messages"]
    )


def faults(given: list[dict[str, Any]]) -> None:
    """Fail so from now on."""
    from demo.sandbox import faults

    faults.clear()
    for fault in given:
        faults.add(**fault)


def observe(given: Any) -> dict[str, Any]:
    """What the bot said, and how its calls were answered."""
    from demo.sandbox.models import ApiCall, Channel, Message

    said = Message.objects.filter(user="U0SANDBOT01", deleted=False, subtype="").order_by("ts")
    calls = ApiCall.objects.values_list("method", "error", "answer")
    posted = [
        call for call in ApiCall.objects.filter(method="chat.postMessage") if call.answer.get("ok")
    ]
    uncertain = sum(1 for _method, error, answer in calls if error and answer.get("ok"))
    return {
        "said": [
            {"channel": m.channel_id, "ts": m.ts, "text": m.text, "only_for": m.only_for,
             "blocks": [b.get("block_id", "") for b in m.blocks], "shown": json.dumps(m.blocks)}
            for m in said
        ],
        "channels": list(Channel.objects.values_list("id", "name")),
        "calls": sum(1 for _ in calls),
        "failed": Counter(error for _method, error, _answer in calls if error),
        "uncertain": uncertain,
        # For each message that was posted: from when to when that took, and how it failed then.
        "posts": [(call.started, call.finished, call.error) for call in posted],
    }  # fmt: skip


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    django.setup()
    work = {"prepare": prepare, "faults": faults, "observe": observe}[sys.argv[1]]
    print(json.dumps(work(json.load(sys.stdin))))
