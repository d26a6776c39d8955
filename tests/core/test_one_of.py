"""A subquery that is found once, which is the same as ``IN`` on every database."""

from __future__ import annotations

import pytest
from django.db.models import Q

from response.core.models import Action, Incident
from response.db import one_of
from tests.factories import ActionFactory, IncidentFactory

pytestmark = pytest.mark.django_db


def test_it_finds_what_in_finds() -> None:
    first, second, third = IncidentFactory.create_batch(3)
    rows = Incident.objects.filter(pk__in=[first.pk, third.pk]).order_by("report")
    found = Incident.objects.filter(one_of("pk", rows.values("pk")))
    assert set(found) == {first, third}
    assert found.filter(pk=second.pk).count() == 0
    assert set(Incident.objects.exclude(one_of("pk", rows.values("pk")))) == {second}


def test_through_a_relation_and_beside_other_conditions() -> None:
    first, second = IncidentFactory.create_batch(2)
    actions = [ActionFactory(incident=incident) for incident in (first, second)]
    rows = Incident.objects.filter(pk=first.pk).values("pk")
    assert list(Action.objects.filter(one_of("incident__pk", rows))) == actions[:1]
    either = one_of("incident__pk", rows) | Q(incident__report=second.report)
    assert set(Action.objects.filter(either)) >= {actions[1]}


def test_a_subquery_without_rows() -> None:
    incident = IncidentFactory()
    nothing = one_of("pk", Incident.objects.filter(pk=0).values("pk"))
    assert not Incident.objects.filter(nothing).exists()
    never = one_of("pk", Incident.objects.none().values("pk"))
    assert not Incident.objects.filter(never).exists()
    assert list(Incident.objects.filter(never | Q(pk=incident.pk))) == [incident]
