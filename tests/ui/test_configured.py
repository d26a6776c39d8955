"""Severities and statuses that a project has configured, on the pages."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from response.core.models import Incident, Severity, Status
from response.setup.configuration import sync
from tests.api.test_statuses import FIVE
from tests.factories import IncidentFactory
from tests.ui.test_editing import edit, form_of

pytestmark = pytest.mark.django_db


def options(page: str, name: str) -> list[str]:
    """What a select offers: values, the chosen one with a star."""
    select = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    assert select is not None
    found = re.findall(r'<option value="([^"]*)"( selected)?', select[0])
    return [f"{value}{'*' if chosen else ''}" for value, chosen in found]


def test_a_retired_severity_is_shown_and_kept_and_not_offered_elsewhere(reading):
    old, new = IncidentFactory(severity="3"), IncidentFactory(severity="2")
    sync.load(FIVE)
    page = reading.get(f"/incident/{old.pk}/").content.decode()
    assert "SEV3" in page
    form = reading.get(f"/incident/{old.pk}/edit/details/").content.decode()
    assert options(form, "severity") == ["4", "p0", "1", "2", "3*"]
    assert edit(reading, old, "details", report="Other").status_code == 302
    assert Incident.objects.get(pk=old.pk).severity == "3"
    form = reading.get(f"/incident/{new.pk}/edit/details/").content.decode()
    assert options(form, "severity") == ["4", "p0", "1", "2*"]
    refused = edit(reading, new, "details", severity="3")
    assert refused.status_code == 200
    assert Incident.objects.get(pk=new.pk).severity == "2"


def test_the_form_for_declaring_has_the_default_chosen(reading):
    page = reading.get("/incident/declare/").content.decode()
    assert options(page, "severity") == ["*", "1", "2", "3", "4"]
    sync.load(FIVE)
    page = reading.get("/incident/declare/").content.decode()
    assert options(page, "severity") == ["", "4", "p0", "1", "2*"]
    answer = reading.post(
        "/incident/declare/", {"report": "Down", "incident_type": "live", "severity": "p0"}
    )
    assert answer.status_code == 302
    assert Incident.objects.get().severity == "p0"


def test_a_status_is_changed_on_the_page(reading):
    incident = IncidentFactory()
    form = reading.get(f"/incident/{incident.pk}/edit/details/").content.decode()
    assert options(form, "status_key") == [
        "live*", "investigating", "identified", "monitoring", "resolved",
    ]  # fmt: skip
    edit(reading, incident, "details", report="Other")
    assert Incident.objects.get().status is None, "left alone, nothing is chosen"
    edit(reading, incident, "details", status_key="monitoring")
    assert Incident.objects.get().status == "monitoring"
    assert "Monitoring" in reading.get(f"/incident/{incident.pk}/").content.decode()
    edit(reading, incident, "details", status_key="resolved")
    assert Incident.objects.get().is_closed()
    form = form_of(reading, f"/incident/{incident.pk}/edit/details/")
    assert form["status_key"] == "resolved"
    refused = edit(
        reading, incident, "details", status_key="live", end_time="2030-01-01T10:00", zone="UTC"
    )
    assert "does not go with the end time" in refused.content.decode()
    edit(reading, incident, "details", status_key="investigating")
    assert Incident.objects.get().status_key == "investigating"


def test_of_two_who_change_the_status_the_second_is_told(reading):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/edit/details/"
    seen = form_of(reading, address)
    incident.set_status(Status.objects.get(key="identified"))
    answer = reading.post(address, {**seen, "status_key": "monitoring"})
    assert "Identified" in answer.content.decode()
    assert Incident.objects.get().status == "identified"
    Incident.objects.get().close()
    assert reading.post(address, {**seen, "report": "Other"}).status_code == 302
    assert Incident.objects.get().is_closed(), "the status was left alone"


def test_who_edits_while_another_closes_does_not_reopen(reading):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/edit/details/"
    seen = form_of(reading, address)
    incident.close()
    assert reading.post(address, {**seen, "report": "Other"}).status_code == 302
    stored = Incident.objects.get()
    assert (stored.report, stored.is_closed()) == ("Other", True)


def test_the_list_is_filtered_by_status_and_severity_and_sorted_by_rank(reading):
    first = IncidentFactory(report="Fire", severity="p0", status="watching")
    IncidentFactory(report="Least", severity="4")
    IncidentFactory(report="Old", severity="3")
    sync.load(FIVE)
    page = reading.get("/").content.decode()
    assert options(page, "status") == [
        "all*", "open", "live", "watching", "closed", "resolved", "nothing", "reported",
    ]  # fmt: skip
    assert options(page, "severity") == ["", "4", "p0", "1", "2", "3", "none"]
    assert "SEV3 (retired)" in page

    def found(query: str) -> list[str]:
        page = reading.get(f"/?{query}").content.decode()
        return re.findall(r'<a href="/incident/\d+/" dir="auto">(\w+)<', page)

    assert found("status=watching") == found("status=Watching it") == ["Fire"]
    assert found("status=live&sort=number") == ["Least", "Old"]
    assert found("severity=SEV0") == ["Fire"]
    assert found("status=open&sort=severity") == ["Least", "Fire", "Old"]
    assert found("status=open&sort=-severity") == ["Old", "Fire", "Least"]
    assert "There is no status" in reading.get("/?status=nope").content.decode()
    assert f"#{first.pk}" in page


def test_signs_and_colours_go_by_rank_and_row(reading):
    incident = IncidentFactory(severity="p0")
    sync.load(b'severities: [{key: p0, name: A, colour: purple}, {key: "1", name: B}]')
    page = reading.get(f"/incident/{incident.pk}/").content.decode()
    assert 'class="severity severity-p0 colour-purple"' in page
    assert "▲" in page


@pytest.mark.parametrize("address", ["/", "/incident/{}/", "/incident/{}/edit/details/"])
def test_a_page_reads_each_kind_once(reading, address):
    pks = [IncidentFactory(severity=str(n % 4 + 1), status="monitoring").pk for n in range(20)]
    address = address.format(pks[0])
    reading.get(address)
    with CaptureQueriesContext(connection) as warm:
        reading.get(address)
    Severity.forget()
    Status.forget()
    with CaptureQueriesContext(connection) as cold:
        reading.get(address)
    assert len(cold) == len(warm) + 2
