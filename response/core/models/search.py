"""Looking for incidents by a text in them or in their timelines."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from response.core.models.incident import Incident
from response.core.models.timeline import TimelineEvent


def mentions(
    text: str,
    fields: Collection[str],
    entries: QuerySet[TimelineEvent],
    people: Collection[int] = (),
) -> Q:
    """Return the condition that incidents contain ``text``, in upper or lower case.

    They contain it in one of their ``fields``, or in one of the timeline ``entries``; or one of
    the ``people`` (primary keys) leads or reported them.

    The condition is one set of ids, made of a subquery for each table. So a database can use
    an index in each of them. With OR between conditions on different tables it has to look at
    every incident.
    """
    in_fields = Q()
    for field in fields:
        in_fields |= Q(**{f"{field}__icontains": text})
    found = Incident.objects.filter(in_fields).order_by().values("pk")
    others = [entries.filter(text__icontains=text).order_by().values("incident_id")]
    if people:
        others += [
            Incident.objects.filter(**{f"{role}__in": people}).order_by().values("pk")
            for role in ("lead", "reporter")
        ]
    return Q(pk__in=found.union(*others, all=True))
