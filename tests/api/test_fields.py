"""Moments, in projects with and without time zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from response.core.api.fields import DateTimeField


@override_settings(USE_TZ=False, TIME_ZONE="Europe/Berlin")
def test_without_time_zones_moments_are_in_server_time() -> None:
    field = DateTimeField()
    assert field.run_validation("2030-01-31T12:00:00Z") == datetime(2030, 1, 31, 13)
    assert field.run_validation("2030-01-31T12:00:00") == datetime(2030, 1, 31, 12)
    assert field.to_representation(datetime(2030, 1, 31, 12)) == "2030-01-31T12:00:00"


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_with_time_zones_a_moment_without_offset_is_in_the_projects_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    field = DateTimeField()
    expected = datetime(2030, 1, 31, 12, tzinfo=berlin)
    assert field.run_validation("2030-01-31T12:00:00") == expected
    assert field.run_validation("2030-01-31T11:00:00Z") == expected
    assert field.to_representation(expected) == "2030-01-31T12:00:00+01:00"


@override_settings(USE_TZ=True)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_old_rows_at_the_edges_of_the_calendar_are_shown(zone: str) -> None:
    field = DateTimeField()
    with timezone.override(zone):
        for moment in (datetime.max, datetime.min):
            assert field.to_representation(moment.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "value", ["1899-12-31T00:00:00Z", "9999-01-01T00:00:00Z", "2030-02-30T00:00:00Z", "", 1, True]
)
def test_moments_that_some_database_or_zone_cannot_hold(value: object) -> None:
    with pytest.raises(ValidationError):
        DateTimeField().run_validation(value)
