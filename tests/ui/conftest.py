"""What the tests of the pages share."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def reader(db):
    """An account without any permission."""
    return get_user_model().objects.create_user("reader", password="reader")


@pytest.fixture
def reading(client, reader):
    """A client that is logged in as ``reader``."""
    client.force_login(reader)
    return client
