"""What the tests of reviews share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from response.core.reviews import writing
from tests.factories import IncidentFactory, PersonFactory


@pytest.fixture
def anna(db):
    """An account with its person."""
    user = get_user_model().objects.create_user("anna", password="anna")
    PersonFactory(full_name="Anna Ames", display_name="anna", owner=user)
    return user


@pytest.fixture
def reading(client, anna):
    """A client that is logged in as Anna."""
    client.force_login(anna)
    return client


@pytest.fixture
def closed(db):
    """An incident that is over."""
    now = timezone.now()
    return IncidentFactory(
        report="Checkout is down",
        severity="1",
        summary="Nobody could pay.",
        impact="All customers.",
        lead=PersonFactory(full_name="Lea Lead"),
        start_time=now - timedelta(hours=3),
        end_time=now - timedelta(hours=1),
    )


@pytest.fixture
def review(closed):
    """Its review, with nothing in it."""
    return writing.begin(closed)
