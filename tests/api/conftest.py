"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone
from rest_framework.test import APIClient

from response.models import Action, ExternalUser, Incident, TimelineEvent

NOON = datetime(2030, 1, 31, 12, 0, tzinfo=UTC)


def moment(**later: float) -> datetime:
    """A fixed moment, or one ``later``, naive where the project is."""
    value = NOON + timedelta(**later)
    return value if timezone.is_aware(timezone.now()) else value.replace(tzinfo=None)


@pytest.fixture
def account(db: None) -> Any:
    """A user who may log in and has no permissions."""
    return get_user_model().objects.create_user("anna", "anna@example.com", "secret")


@pytest.fixture
def client(account: Any) -> APIClient:
    """A client that is logged in as ``account``."""
    client = APIClient()
    client.force_login(account)
    return client


@pytest.fixture
def anonymous(db: None) -> APIClient:
    """A client without a login."""
    return APIClient()


@pytest.fixture
def person(db: None) -> ExternalUser:
    """A person in Slack."""
    return ExternalUser.objects.create(
        app_id="slack",
        external_id="U012ABCDEF",
        display_name="ben",
        full_name="Ben Example",
        email="ben@example.com",
    )


@pytest.fixture
def incident(person: ExternalUser) -> Incident:
    """An incident that goes on."""
    incident: Incident = Incident.objects.create_incident(
        report="Checkout fails", reporter=person, report_time=moment(), severity="2"
    )
    incident.timelineevent_set.all().delete()  # tests find what they put there
    return incident


@pytest.fixture
def make_incidents(person: ExternalUser) -> Callable[[int], list[Incident]]:
    """Makes many incidents at once, each with an action and an entry in the timeline."""

    def make(count: int) -> list[Incident]:
        incidents = Incident.objects.bulk_create(
            Incident(
                report=f"Incident {number}",
                reporter=person,
                lead=person,
                report_time=moment(minutes=number),
                start_time=moment(minutes=number),
                severity=str(number % 4 + 1),
            )
            for number in range(count)
        )
        Action.objects.bulk_create(
            Action(incident=i, user=person, details=f"Tell <@U{i.pk:06}> of {i.report}")
            for i in incidents
        )
        TimelineEvent.objects.bulk_create(
            TimelineEvent(incident=i, text=f"<@U{i.pk:06}> looked at it") for i in incidents
        )
        return incidents

    return make


def allow(account: Any, *codenames: str) -> None:
    """Give ``account`` permissions of the app."""
    permissions = Permission.objects.filter(
        content_type__app_label="response", codename__in=codenames
    )
    assert len(permissions) == len(codenames)
    account.user_permissions.add(*permissions)
