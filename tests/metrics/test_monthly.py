"""The monthly message: once, whoever asks, and at no cost in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.core.metrics import figures
from response.core.metrics.periods import Period
from response.core.metrics.scope import Scope
from response.models import OutboxMessage, Tick
from response.slack.features import monthly_figures
from tests.factories import ActionFactory, IncidentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful():
    """Each test begins as a process that knows nothing."""
    monthly_figures._done = None
    yield
    monthly_figures._done = None


@pytest.fixture
def channel(settings):
    settings.RESPONSE_METRICS_CHANNEL = "C0METRICS1"


def jobs() -> list[dict]:
    rows = OutboxMessage.objects.filter(method="figures.monthly").order_by("pk")
    return [row.arguments for row in rows]


def asked(*, times: int = 1, processes: bool = True) -> int:
    with CaptureQueriesContext(connection) as queries:
        for _n in range(times):
            if processes:
                monthly_figures._done = None
            monthly_figures.queue_if_due()
    return len(queries)


def test_without_the_setting_nothing_is_asked():
    assert asked() == 0
    assert jobs() == []


def test_once_a_month_however_many_ask(channel):
    with time_machine.travel(datetime(2026, 3, 1, 8, 59, tzinfo=UTC), tick=False) as clock:
        assert asked() == 0
        clock.move_to(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
        asked(times=5)
        assert jobs() == [{"day": "2026-02-28"}]
        clock.move_to(datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
        assert asked() == 1  # a process that knows nothing reads one row
        assert asked(times=3, processes=False) == 0
        clock.move_to(datetime(2026, 4, 1, 12, tzinfo=UTC))
        asked(times=3, processes=False)
        assert [job["day"] for job in jobs()] == ["2026-02-28", "2026-03-31"]


def test_of_two_that_have_both_read_one_queues(channel):
    with time_machine.travel(datetime(2026, 3, 1, 10, tzinfo=UTC), tick=False):
        due = monthly_figures._due(datetime(2026, 3, 1).date())
        now = due + timedelta(hours=1)
        claimed = [monthly_figures._claim(due, now, now.date()) for _n in range(3)]
    assert claimed == [True, False, False]
    assert len(jobs()) == 1
    assert Tick.objects.get(name="metrics").last_run == now


def test_what_it_says(settings):
    settings.SITE_URL = "https://response.example.com"
    at = datetime(2026, 2, 10, 12, tzinfo=UTC)
    if not settings.USE_TZ:
        at = at.replace(tzinfo=None)
    for n, severity in enumerate(("1", "2", "2", None)):
        incident = IncidentFactory(
            severity=severity, start_time=at, report_time=at, acknowledged_at=at
        )
        if n:
            incident.close(at + timedelta(hours=n))
    IncidentFactory(severity="1", private=True, report_time=at)
    ActionFactory(incident=incident, due_date=at)
    period = Period(at.date().replace(day=1), at.date().replace(day=28), UTC)
    text = monthly_figures.message(figures.gather(Scope(period)))
    assert text == (
        "📊 *February 2026:* 4 incidents were declared.\n"
        "1 critical, 2 major, 1 no severity\n"
        "• Time to detect: nothing to measure (left out: 1 pending, 3 not known)\n"
        "• Time to acknowledge: median under 1 min, 90th percentile under 1 min "
        "(counted: 4; left out: none)\n"
        "• Time to mitigate: nothing to measure (left out: 1 pending, 3 not known)\n"
        "• Time to resolve: median 2 h, 90th percentile 2 h 48 min (counted: 3; "
        "left out: 1 pending)\n"
        "• Time to review: nothing to measure (left out: 4 pending)\n"
        "1 action is open now, 1 overdue.\n"
        "Private incidents are not counted. <https://response.example.com/metrics/"
        "?from=2026-02-01&to=2026-02-28|All figures>"
    )


def test_a_month_without_incidents():
    period = Period(datetime(2026, 2, 1).date(), datetime(2026, 2, 28).date(), UTC)
    text = monthly_figures.message(figures.gather(Scope(period)))
    assert text.startswith("📊 *February 2026:* 0 incidents were declared.\nPrivate incidents")


def test_the_job_posts_to_the_channel(channel, monkeypatch):
    calls = []
    monkeypatch.setattr(
        monthly_figures, "call_slack", lambda method, **kwargs: calls.append((method, kwargs))
    )
    job = OutboxMessage(method="figures.monthly", arguments={"day": "2026-02-28"})
    monthly_figures.post(job)
    [(method, message)] = calls
    assert method == "chat.postMessage"
    assert message["channel"] == "C0METRICS1"
    assert "*February 2026:*" in message["text"]
