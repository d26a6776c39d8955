"""Fills a peer's database: ``python -m benchmarks.peers.seed``. Reads JSON as Response's does."""

from __future__ import annotations

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from benchmarks.peers.models import Channel, Written

    given = json.load(sys.stdin)
    Channel.objects.bulk_create(Channel(channel_id=id_) for id_ in given["channels"])
    Written.objects.bulk_create(
        Written(channel_id=channel, user_id=person)
        for channel in given["channels"]
        for person in given["people"]
    )
    print("{}")
