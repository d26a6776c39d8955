"""Page, API and CSV against a calculation in plain Python, over random histories.

The calculation keeps its own record of each incident beside the database, and reads nothing from
it but when the first lead came. It follows the tables of ``docs/metrics.md``.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from response.core.models import Measurement, Role, RoleAssignment, Severity
from response.core.models.milestones import record
from response.models import ExternalUser, Incident, UserStats
from tests.factories import IncidentFactory, PersonFactory

# Not measured: what is covered is reached by others too, and measuring doubles the time.
pytestmark = [pytest.mark.django_db, pytest.mark.many, pytest.mark.no_cover]

ZONE = ZoneInfo("Australia/Lord_Howe")  # summer time in the south, by half an hour
MEASURED = {
    "detect": ("impact_started", "detected"),
    "acknowledge": ("declared", "acknowledged"),
    "mitigate": ("impact_started", "mitigated"),
    "resolve": ("impact_started", "resolved"),
    "review": ("resolved", "review_published"),
    "repair": ("detected", "mitigated"),
}
#: Measured for incidents that were only reported, too.
WITH_REPORTED = {"repair"}
REASONS = ("pending", "reported", "unknown", "invalid")
LONG = 150 * 24 * 60  # minutes: about five months


@dataclass
class Told:
    """What was said of an incident."""

    times: dict[str, datetime | None]
    report_only: bool
    severity: str
    private: bool
    people: set[str] = field(default_factory=set)

    def seen_by(self, reader: str) -> bool:
        return not self.private or reader == "root" or reader in self.people

    def outcome(self, key: str) -> str | timedelta:
        start, end = (self.times[name] for name in MEASURED[key])
        if self.report_only and key not in WITH_REPORTED:
            return "reported"
        if start is not None and end is not None:
            return "invalid" if end < start else end - start
        if end is not None:
            return "unknown"
        is_live = self.times["resolved"] is None and not self.report_only
        can_come = is_live or MEASURED[key][1] == "review_published"
        return "pending" if can_come else "unknown"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lead", "no lead", "close", "reopen", "detected", "mitigated", "review_published",
             "impact_started", "declared", "resolved", "not mitigated", "not detected",
             "private", "public", "role", "takes part", "1", "2", ""]
        ),
        st.integers(-600, 6000),  # minutes after it was declared
    ),
    max_size=7,
)  # fmt: skip
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, LONG),
        st.integers(0, 999_999),
        st.booleans(),
        st.sampled_from(["anna", "bo"]),
        STEPS,
    ),
    min_size=1,
    max_size=9,
)


@pytest.fixture
def people() -> dict[str, ExternalUser]:
    accounts = get_user_model().objects
    owners = {name: accounts.create_user(name) for name in ("anna", "bo")}
    accounts.create_superuser("root")
    return {name: PersonFactory(full_name=name, owner=owner) for name, owner in owners.items()}


def tell(history: Any, people: dict[str, ExternalUser], now: datetime) -> Told:
    """Let an incident happen, with its corrections, and return what was said of it."""
    minutes, microseconds, report_only, name, steps = history
    declared = now - timedelta(minutes=minutes, microseconds=microseconds)
    person = people[name]
    incident = IncidentFactory(
        start_time=declared, report_time=declared, report_only=report_only, reporter=None
    )
    told = Told(dict.fromkeys(COLUMNS), report_only, "", False)
    told.times |= {"impact_started": declared, "declared": declared}
    leads: str | None = None
    for step, offset in steps:
        moment = min(declared + timedelta(minutes=offset), now)
        closed, started = told.times["resolved"], told.times["impact_started"]
        if step == "lead":
            incident.lead = person
            incident.save()
            if leads is None and closed is None and not report_only:
                first = Incident.objects.values_list("acknowledged_at", flat=True)
                told.times["acknowledged"] = first.get(pk=incident.pk)
            leads = name
        elif step == "no lead":
            incident.lead = None
            incident.save()
            leads = None
        elif step == "close":
            incident.close(moment)
            told.times["resolved"] = closed or max(moment, started)
        elif step == "reopen":
            incident.reopen()
            told.times["resolved"] = None
        elif step.startswith("not "):
            record(incident, step.removeprefix("not "), None)
            told.times[step.removeprefix("not ")] = None
        elif step in ("private", "public"):
            told.private = incident.private = step == "private"
            incident.save()
        elif step == "role":
            role = Role.with_key("scribe")
            RoleAssignment.objects.get_or_create(role=role, incident=incident, person=person)
            told.people.add(name)
        elif step == "takes part":
            UserStats.objects.increment_message_count(incident, person)
            told.people.add(name)
        elif step in ("1", "2", ""):
            incident.severity = step or None
            incident.save()
            told.severity = step
        elif step == "resolved" and (closed is None or moment < started):
            pass  # refused
        elif step == "impact_started" and closed is not None and moment > closed:
            pass
        else:
            record(incident, step, moment)
            told.times[step] = moment
        incident.refresh_from_db()
    if leads is not None:
        told.people.add(leads)
    return told


COLUMNS = ("impact_started", "detected", "declared", "acknowledged", "mitigated", "resolved",
           "review_published")  # fmt: skip


def zone() -> ZoneInfo:
    return ZONE if timezone.is_aware(timezone.now()) else ZoneInfo("UTC")


def local(moment: datetime) -> datetime:
    return moment.astimezone(zone()) if timezone.is_aware(moment) else moment


def percentile(values: list[timedelta], part: Fraction) -> Fraction | None:
    """In seconds, as PostgreSQL documents percentile_cont, without rounding."""
    if not values:
        return None
    ranked = sorted(Fraction(value // timedelta(microseconds=1), 1_000_000) for value in values)
    place = part * (len(ranked) - 1)
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def rounds_to(found: int | None, exact: Fraction | None) -> bool:
    if exact is None or found is None:
        return exact is found is None
    return abs(found - exact) <= Fraction(1, 2) + Fraction(1, 1_000_000)


def check(answer: Any, histories: list[Told]) -> None:
    """Assert that an answer of the API says what the incidents' histories say."""
    assert answer["incidents"] == len(histories)
    severities: Counter[str] = Counter()
    for week in answer["weeks"]:
        severities.update(week["by_severity"])
    assert severities == Counter(told.severity or "none" for told in histories)
    hours = Counter(local(told.times["declared"]).hour for told in histories)
    assert {h["hour"]: h["working_days"] + h["weekends"] for h in answer["hours"]} == {
        hour: hours[hour] for hour in range(24)
    }
    by_month = defaultdict(list)
    for told in histories:
        by_month[local(told.times["declared"]).strftime("%Y-%m")].append(told)
    assert [row["key"] for row in answer["measurements"]] == list(MEASURED)
    for row in answer["measurements"]:
        assert by_month.keys() <= {month["start"][:7] for month in row["months"]}
        for month in row["months"]:
            outcomes = [told.outcome(row["key"]) for told in by_month[month["start"][:7]]]
            spans = [outcome for outcome in outcomes if isinstance(outcome, timedelta)]
            assert month["incidents"] == len(outcomes)
            assert month["counted"] == len(spans)
            assert {reason: month[reason] for reason in REASONS} == {
                reason: outcomes.count(reason) for reason in REASONS
            }
            assert rounds_to(month["median"], percentile(spans, Fraction(1, 2)))
            assert rounds_to(month["percentile_90"], percentile(spans, Fraction(9, 10)))


def check_page(client: Client, query: str, answer: Any) -> None:
    """Assert that the page and its files have the figures of the API's answer."""
    figures = client.get(f"/metrics/{query}").context["figures"]
    assert figures.total == answer["incidents"]
    for measured, row in zip(figures.measured, answer["measurements"], strict=True):
        assert [
            (span.median, span.percentile_90, span.incidents, span.counted,
             *(span.left_out[reason] for reason in REASONS))
            for span in measured.months
        ] == [
            tuple(month[name] for name in ("median", "percentile_90", "incidents", "counted",
                                           *REASONS))
            for month in row["months"]
        ]  # fmt: skip
    text = client.get(f"/metrics/measurement-resolve.csv{query}").content.decode()
    _head, *lines = csv.reader(io.StringIO(text, newline=""))
    [resolve] = [row for row in answer["measurements"] if row["key"] == "resolve"]
    assert lines == [
        [str("" if month[name] is None else month[name])
         for name in ("start", "median", "percentile_90", "incidents", "counted", *REASONS)]
        for month in resolve["months"]
    ]  # fmt: skip


#: Private ones that are seen for each of the reasons, and each outcome.
EACH_CASE = [
    (5_000, 1, False, "anna", [("private", 0), ("lead", 0), ("detected", 20)]),
    (5_001, 20, False, "anna", [("private", 0), ("role", 0), ("detected", -30)]),
    (90_000, 300, False, "bo", [("private", 0), ("takes part", 0), ("close", 90)]),
    (90_001, 4_000, True, "bo", [("private", 0), ("mitigated", 10), ("close", 50)]),
    (90_002, 50_000, True, "anna", [("detected", 1), ("mitigated", 7), ("2", 0)]),
    (90_003, 600_000, False, "bo", [("close", 500), ("reopen", 0), ("close", 10), ("1", 0)]),
    (90_004, 999_999, False, "bo", [("close", 11), ("resolved", 400), ("review_published", 5)]),
    (90_005, 0, False, "bo", [("lead", 0), ("private", 0), ("no lead", 0), ("mitigated", 60)]),
]


@hypothesis_settings(max_examples=10)
@example(histories=EACH_CASE, retired="2")
@given(histories=HISTORIES, retired=st.sampled_from(["1", "2", None]))
def test_every_reader_gets_the_figures_of_what_they_may_see(people, histories, retired):
    Incident.objects.all().delete()
    Severity.objects.update(retired=False)
    Severity.objects.filter(key=retired).update(retired=True)
    Role.objects.update_or_create(key="scribe", defaults={"name": "Scribe"})
    if not Measurement.objects.filter(key="repair").exists():
        Measurement.objects.create(
            key="repair", name="Repair", start="detected", end="mitigated", rank=200,
            includes_reported=True,
        )  # fmt: skip
    Severity.forget()
    now = timezone.now().replace(microsecond=0)
    all_told = [tell(history, people, now) for history in histories]
    for reader in ("anna", "bo", "root"):
        client = Client()
        client.force_login(get_user_model().objects.get(username=reader))
        seen = [told for told in all_told if told.seen_by(reader)]
        query = f"?months=8&zone={zone()}"
        answer = client.get(f"/core/metrics/{query}").json()
        check(answer, seen)
        check_page(client, query, answer)
        for severity in ("1", "2", "none"):
            chosen = [told for told in seen if (told.severity or "none") == severity]
            check(client.get(f"/core/metrics/{query}&severity={severity}").json(), chosen)
