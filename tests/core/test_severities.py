"""Severities as rows: named, ordered, retired, while incidents have them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.core.models import Incident, Severity, Status, configured
from response.db import atomic
from tests.factories import IncidentFactory
from tests.slack_for_tests import until


def change(which: str, **values) -> Severity:
    row = Severity.objects.get(key=which)
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


@pytest.mark.django_db
def test_until_somebody_changes_a_row_all_is_as_in_0_5_1():
    assert Incident.SEVERITIES == (
        ("1", "critical"), ("2", "major"), ("3", "minor"), ("4", "trivial"),
    )  # fmt: skip
    assert dict(Incident.SEVERITIES)["2"] == "major"
    incident = IncidentFactory(severity="2")
    assert incident.SEVERITIES[1][1] == incident.severity_text() == "major"
    assert incident.get_severity_display() == "major"
    assert [row.key for row in Severity.objects.all()] == ["1", "2", "3", "4"]
    stored = Severity.objects.values("key", "name", "emoji", "colour", "rank", "aliases")
    assert list(stored) == [
        {name: getattr(row, name) for name in ("key", "name", "emoji", "colour", "rank", "aliases")}
        for row in Severity.built_in()
    ]


def test_without_a_database_there_is_what_is_built_in():
    Severity.forget()
    assert Incident(severity="1").severity_text() == "critical"
    assert Incident(severity="4").severity_emoji() == "🌤️"
    assert Incident().status_text() == "live"
    assert Incident.SEVERITIES[0] == ("1", "critical")


@pytest.mark.django_db
def test_a_severity_is_renamed_while_an_incident_has_it():
    incident = IncidentFactory(severity="1")
    change("1", name="SEV0", emoji=":rotating_light:", aliases=["p0", "sev 0"])
    assert (incident.severity_text(), incident.severity_emoji()) == ("SEV0", "🚨")
    assert Incident.SEVERITIES[0] == ("1", "SEV0")
    for word in ("sev0", "SEV0", "P0", "1", "🚨", ":rotating_light:", " sev 0 "):
        assert Severity.named(word).key == "1", word
    assert Severity.named("critical") is None
    incident.severity = "2"
    incident.save()
    entry = incident.timelineevent_set.get()
    assert entry.text == "Incident severity updated from SEV0 to major"
    assert entry.metadata["old_value"] == {"id": "1", "text": "SEV0"}


@pytest.mark.django_db
def test_a_retired_severity_stays_where_it_was_used():
    incident = IncidentFactory(severity="4")
    change("4", retired=True)
    incident.summary = "Still the same"
    incident.full_clean()
    incident.save()
    assert incident.severity_text() == "trivial"
    assert "4" not in dict(Incident.SEVERITIES)
    assert [row.key for row in Severity.choosable("4")] == ["1", "2", "3", "4"]
    assert [row.key for row in Severity.choosable("3")] == ["1", "2", "3"]


@pytest.mark.django_db
def test_the_rank_orders_whatever_the_key():
    Severity(key="worst", name="Worst", rank=1).save()
    change("1", rank=500)
    keys = ["1", "3", None, "worst", "2", "from elsewhere"]
    rows = {key: IncidentFactory(severity=key).pk for key in keys}
    order = [Severity.position_of("severity"), "pk"]
    found = list(Incident.objects.order_by(*order).values_list("pk", flat=True))
    assert found == [rows[key] for key in ["worst", "2", "3", "1", None, "from elsewhere"]]


@pytest.mark.django_db
def test_there_is_one_default_and_it_is_not_retired():
    assert Severity.the_default() is None
    change("3", default=True)
    change("2", default=True)
    assert [row.key for row in Severity.objects.filter(default=True)] == ["2"]
    with pytest.raises(ValidationError, match="cannot be retired"):
        change("2", retired=True)
    for key in ("1", "3"):
        change(key, retired=True)
    Severity.objects.update(default=False)
    change("2", retired=True)
    with pytest.raises(ValidationError, match="must be on offer"):
        change("4", retired=True)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "Sev", "a b", "ä", "a/b", "-a", "x" * 41, "a\n"])
def test_keys_are_plain(key):
    with pytest.raises(ValidationError):
        Severity(key=key, name="a").clean_fields()


@pytest.mark.django_db
def test_a_key_never_changes_and_aliases_are_words():
    with pytest.raises(ValidationError, match="never changes"):
        change("1", key="one")
    for aliases in ("sev1", [1], ["x"] * 51, ["x" * 81], {"a": 1}):
        with pytest.raises(ValidationError):
            change("1", aliases=aliases)
    row = change("1", name=" bad\x07\tand\nworse ", aliases=[" a  b ", "\u202e"])
    assert (row.name, row.aliases) == ("bad and worse", ["a b"])


@pytest.mark.django_db(transaction=True)
def test_the_first_row_of_an_empty_table_keeps_what_is_built_in():
    Severity.objects.all().delete()
    Severity.forget()
    assert [row.key for row in Severity.all_rows()] == ["1", "2", "3", "4"]
    Severity(key="2", name="SEV2", rank=20).save()
    assert [row.name for row in Severity.all_rows()] == ["critical", "SEV2", "minor", "trivial"]


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_remembered():
    class Stop(Exception):
        pass

    def fail() -> None:
        with atomic():
            change("1", name="SEV0")
            assert Incident.SEVERITIES[0] == ("1", "SEV0")
            with CaptureQueriesContext(connection) as queries:
                assert Severity.offered()[0].name == "SEV0"
            assert len(queries) == 0, "it is read once in a transaction as well"
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert Incident.SEVERITIES[0] == ("1", "critical")


@pytest.mark.django_db
def test_rows_are_read_once_a_second_at_most(monkeypatch):
    monkeypatch.setattr(configured, "SECONDS_REMEMBERED", 1.0)
    incident = IncidentFactory(severity="1", status="monitoring")
    Severity.forget()
    Status.forget()
    with CaptureQueriesContext(connection) as queries:
        for _again in range(20):
            incident.severity_text(), incident.severity_emoji(), incident.status_text()
            Incident.SEVERITIES, Severity.named("sev2"), Severity.the_default()
    assert len(queries) == 2
    # Another process has changed a row: no signal, no restart.
    Severity.objects.filter(key="1").update(name="SEV0")
    assert incident.severity_text() == "critical"
    monkeypatch.setattr(configured, "SECONDS_REMEMBERED", 0.0)
    assert incident.severity_text() == "SEV0"


@pytest.mark.django_db(transaction=True)
def test_two_processes_see_a_change_after_a_second(monkeypatch):
    monkeypatch.setattr(configured, "SECONDS_REMEMBERED", 1.0)
    assert Incident.SEVERITIES[1] == ("2", "major")
    code = """
import django
django.setup()
from response.core.models import Severity
row = Severity.objects.get(key="2")
row.name = "P2"
row.save()
"""
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RESPONSE_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        },
    )
    until(lambda: Incident.SEVERITIES[1][1] == "P2")


@pytest.mark.django_db
def test_system_checks_read_no_rows():
    Severity.forget()
    Status.forget()
    with CaptureQueriesContext(connection) as queries:
        run_checks()
    assert not [q for q in queries if "severity" in q["sql"] or "response_status" in q["sql"]]
