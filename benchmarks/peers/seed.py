"""Migrates and fills a peer's database: ``python -m benchmarks.peers.seed``, with JSON in."""

from __future__ import annotations

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    from benchmarks.peers.models import Channel, Written

    call_command("migrate", verbosity=0, skip_checks=True)

    given = json.load(sys.stdin)
    Channel.objects.bulk_create(Channel(channel_id=id_) for id_ in given["channels"])
    Written.objects.bulk_create(
        Written(channel_id=channel, user_id=person)
        for channel in given["channels"]
        for person in given["people"]
    )
