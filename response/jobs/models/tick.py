"""When each piece of periodic work last ran."""

from __future__ import annotations

from django.db import models

from response.jobs.leases import Leased, LeaseQuerySet


class Tick(Leased):
    """A piece of periodic work (“minute” or “daily”) and when it last finished."""

    name = models.CharField(max_length=30, unique=True)
    last_run = models.DateTimeField(null=True, blank=True)

    objects = LeaseQuerySet.as_manager()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return self.name
