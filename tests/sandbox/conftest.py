"""The sandbox itself is tested with every scope that it knows."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def every_scope(settings) -> None:
    """Not only those of Response's manifest."""
    settings.SANDBOX_SCOPES = None
