"""Long lists are not counted to their end for a number that is only read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.paginator import EmptyPage, Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.models import Action, Incident
from response.ui import actions, home, pagination
from response.ui.pagination import LimitedPaginator
from tests.factories import IncidentFactory
from tests.queries import PERMISSIONS, READER, tables


@pytest.fixture
def nine(db):
    now = timezone.now()
    return [
        IncidentFactory(report=f"{n}", report_time=now - timedelta(hours=n), end_time=now)
        for n in range(9)
    ]


@pytest.mark.parametrize("counted", [0, 1, 3, 4, 5, 8, 9, 10, 100])
def test_every_page_is_the_one_of_djangos_paginator(nine, counted):
    rows = Incident.objects.newest_first()
    theirs = Paginator(rows, 2)
    for number in range(1, theirs.num_pages + 1):
        ours = LimitedPaginator(rows, 2, counted=counted).page(number)
        page = theirs.page(number)
        assert list(ours.object_list) == list(page.object_list)
        assert (ours.has_next(), ours.has_previous()) == (page.has_next(), page.has_previous())
        if ours.paginator.is_exact:
            assert (ours.paginator.count, ours.paginator.num_pages) == (9, 5)
        else:
            assert number * 2 <= counted < 9
            assert ours.paginator.count == counted + 1


@pytest.mark.parametrize("counted", [3, 100])
def test_a_page_that_there_is_not(nine, counted):
    paginator = LimitedPaginator(Incident.objects.newest_first(), 2, counted=counted)
    with pytest.raises(EmptyPage):
        paginator.page(6)
    assert paginator.num_pages == 5


def test_counting_ends_where_it_is_told_to(nine):
    with CaptureQueriesContext(connection) as queries:
        assert LimitedPaginator(Incident.objects.newest_first(), 2, counted=3).count == 4
    [query] = queries
    assert "LIMIT 4" in query["sql"]
    assert "ORDER BY" not in query["sql"]


def test_the_list_says_that_there_are_more(reading, nine, monkeypatch):
    monkeypatch.setattr(home, "PAGE_SIZE", 2)
    monkeypatch.setattr(pagination, "COUNTED", 5)
    text = reading.get("/").content.decode()
    assert '<span class="count">5+</span>' in text
    assert ">Page 1<" in text
    text = reading.get("/?page=3").content.decode()
    assert '<span class="count">9</span>' in text
    assert ">Page 3 of 5<" in text
    assert "page 5 of 5 is shown" in reading.get("/?page=7").content.decode()


def test_so_does_the_list_of_actions(reading, nine, monkeypatch):
    monkeypatch.setattr(actions, "PAGE_SIZE", 2)
    monkeypatch.setattr(pagination, "COUNTED", 5)
    Action.objects.bulk_create(
        Action(incident=incident, user=incident.reporter, details="x") for incident in nine
    )
    assert '<span class="count">5+</span>' in reading.get("/actions/").content.decode()


@pytest.mark.parametrize("count", [2, 200])
def test_the_list_of_actions_takes_seven_queries(reading, nine, count):
    Action.objects.bulk_create(
        Action(incident=incident, user=incident.reporter, details="Tell <@U1>")
        for incident in nine * (count // 2)
    )
    with CaptureQueriesContext(connection) as queries:
        assert reading.get("/actions/").status_code == 200
    assert tables(queries) == [
        *READER,
        *PERMISSIONS,
        "count",
        "response_action",
        "response_externaluser",
    ]


def test_thousands_are_separated(nine):
    paginator = LimitedPaginator(Incident.objects.none(), 2)
    paginator.__dict__["count"] = pagination.COUNTED + 1
    assert paginator.count_text == "10,000+"
