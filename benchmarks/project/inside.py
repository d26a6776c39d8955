"""What has to be done inside the project: ``python -m benchmarks.project.inside TASK``.

Reads JSON from standard input, writes JSON to standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django


def seed(given: dict[str, Any]) -> dict[str, int]:
    """People who are known, and incidents with comms channels in which they have written.

    ``given`` has ``people`` and ``channels``, lists of Slack's ids.
    """
    from django.utils import timezone

    from response.models import CommsChannel, ExternalUser, HeadlinePost, Incident, UserStats

    now = timezone.now()
    people = ExternalUser.objects.bulk_create(
        ExternalUser(
            app_id="slack",
            external_id=id_,
            display_name=f"person-{number}",
            full_name=f"Person {number}",
        )
        for number, id_ in enumerate(given["people"])
    )
    incidents = Incident.objects.bulk_create(
        Incident(
            report=f"Incident of {channel}",
            reporter=people[0],
            lead=people[-1],
            severity="2",
            report_time=now - timedelta(minutes=number),
        )
        for number, channel in enumerate(given["channels"])
    )
    channels = CommsChannel.objects.bulk_create(
        CommsChannel(incident=incident, channel_id=id_, channel_name=f"inc-{incident.pk}")
        for incident, id_ in zip(incidents, given["channels"], strict=True)
    )
    HeadlinePost.objects.bulk_create(
        HeadlinePost(
            incident=channel.incident,
            comms_channel=channel,
            channel_id="C0INCIDENTS",
            message_ts=f"1700000000.{number:06d}",
        )
        for number, channel in enumerate(channels)
    )
    UserStats.objects.bulk_create(
        UserStats(incident=incident, user=person, join_time=now, message_count=0)
        for incident in incidents
        for person in people
    )
    return {"incidents": len(incidents), "people": len(people)}


TASKS: dict[str, Callable[[Any], Any]] = {"seed": seed}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.project.settings")
    django.setup()
    print(json.dumps(TASKS[sys.argv[1]](json.load(sys.stdin))))
