"""The page, its CSV files, and what they cost."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.core.metrics import statement
from response.core.models import Field, Measurement, Role, Severity, Status
from response.core.models.configured import read_both
from response.models import Incident
from tests import queries as queried
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    account = get_user_model().objects.create_user("reader", password="reader")
    client.force_login(account)
    return account


def test_it_needs_a_login(client):
    assert client.get("/metrics/").status_code == 302
    assert client.get("/metrics/incidents.csv").status_code == 302


def test_an_empty_installation(client, reader):
    page = client.get("/metrics/")
    assert page.status_code == 200
    assert "There is nothing to count here." in page.content.decode()


def test_every_table_is_on_the_page_and_a_csv_file(client, reader, settings):
    lead = PersonFactory(full_name="=cmd|' /C calc'!A0")
    incident = IncidentFactory(severity="1", lead=lead)
    incident.close()
    ActionFactory(incident=incident, due_date=timezone.now() - timedelta(days=1))
    page = client.get("/metrics/?months=3&zone=Europe/London")
    html = page.content.decode()
    assert ("Europe/London" in html) is settings.USE_TZ
    keys = [table.key for table in page.context["tables"]]
    assert keys == [
        "incidents", "measurement-detect", "measurement-acknowledge", "measurement-mitigate",
        "measurement-resolve", "measurement-review", "actions", "hours", "leads",
    ]  # fmt: skip
    for key in keys:
        assert f'id="{key}"' in html
        answer = client.get(f"/metrics/{key}.csv?months=3")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert f'filename="{key}-' in answer["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t") for row in rows for cell in row)
    assert client.get("/metrics/nothing.csv").status_code == 404


def test_private_incidents_count_only_for_those_who_may_see_them(client, reader):
    lead = PersonFactory(full_name="Anna Example")
    secret = IncidentFactory(severity="1", private=True, lead=lead)
    secret.close()
    ActionFactory(incident=secret)
    for path in ("/metrics/", *(f"/metrics/{key}.csv" for key in ("leads", "actions", "hours"))):
        assert "Anna" not in client.get(path).content.decode()
    page = client.get("/metrics/")
    assert page.context["figures"].total == 0
    assert all(table.is_empty for table in page.context["tables"])
    lead.owner = reader
    lead.save()
    page = client.get("/metrics/")
    assert page.context["figures"].total == 1
    assert not any(
        table.is_empty
        for table in page.context["tables"]
        if table.key in ("incidents", "actions", "hours", "leads", "measurement-resolve")
    )


def test_filters(client, reader):
    now = timezone.now()
    IncidentFactory(severity="1")
    IncidentFactory(severity=None)
    IncidentFactory(severity="2", report_time=now - timedelta(days=500))
    total = lambda query: client.get(f"/metrics/?{query}").context["figures"].total  # noqa: E731
    assert total("") == 2
    assert total("severity=1") == 1
    assert total("severity=none") == 1
    assert total("months=60") == 3
    assert total(f"from={(now - timedelta(days=600)).date()}&to={now.date()}&severity=2") == 1
    assert total(f"from={now.date()}") in (0, 2)  # it may be another day in the site's zone


def test_a_custom_field_filters(client, reader):
    Field.objects.create(key="service", name="Service", kind="choice", options=["Web", "Mail"])
    Field.objects.create(key="note", name="Note", kind="text")
    web, mail = Field.with_key("service").all_options()
    for option in (web, web, mail, None):
        incident = IncidentFactory()
        if option is not None:
            incident.set_details(None, {"service": option.key})
            incident.save()
    page = client.get(f"/metrics/?field_service={web.key}")
    assert page.context["figures"].total == 2
    assert "Service" in page.content.decode()
    assert f"/metrics/hours.csv?field_service={web.key}" in page.content.decode()
    assert client.get("/metrics/?field_service=none").context["figures"].total == 1
    wrong = client.get("/metrics/?field_service=lunch")
    assert wrong.context["figures"].total == 4
    assert "Service cannot be “lunch”." in wrong.content.decode()


def forget(*kinds: type) -> None:
    for kind in kinds:
        kind.forget()


def test_who_has_a_role_filters(client, reader):
    comms = Role.objects.create(key="comms", name="Comms")
    anna = PersonFactory(full_name="Anna Example", email="anna@example.com")
    for people in ([anna], [anna], [PersonFactory(full_name="Bo Other")], []):
        incident = IncidentFactory()
        incident.set_people(comms, people)
        incident.save()
    for query, count in (
        ("role_comms=anna", 2),
        ("role_comms=ANNA%40example.com", 2),
        ("role_comms=bo", 1),
        ("role_comms=none", 1),
        ("role_comms=cleo", 0),
        ("severity=none&role_comms=anna", 2),
        ("severity=1&role_comms=anna", 0),
    ):
        forget(Field, Role)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/metrics/?{query}")
        assert len(queries) <= 8
        assert page.context["figures"].total == count, query
        href = page.context["query"].query_string()
        assert href == f"?{query}"
        assert client.get(f"/core/metrics/{href}").json()["incidents"] == count
        lines = client.get(f"/metrics/incidents.csv{href}").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(lines)))
        assert sum(int(cell or 0) for row in rows[1:] for cell in row[1:-1]) == count
    html = client.get("/metrics/?role_comms=anna").content.decode()
    assert '<input type="text" name="role_comms" value="anna"' in html
    assert "/metrics/hours.csv?role_comms=anna" in html
    comms.retired = True
    comms.save()
    assert "role_comms" not in client.get("/metrics/").content.decode()
    assert client.get("/core/metrics/?role_comms=anna").status_code == 400


def test_someone_in_a_role_of_a_private_incident_is_not_found(client, reader):
    comms = Role.objects.create(key="comms", name="Comms")
    incident = IncidentFactory(private=True)
    incident.set_people(comms, [PersonFactory(full_name="Anna Example")])
    incident.save()
    page = client.get("/metrics/?role_comms=anna")
    assert page.context["figures"].total == 0


@pytest.mark.parametrize("of", [(), (Field,), (Role,), (Field, Role)])
def test_roles_and_fields_are_read_in_one_query_as_they_are_stored(client, reader, of):
    if Role in of:
        for key, rank in (("scribe", 20), ("comms", 10)):
            Role.objects.create(key=key, name=key, aliases=["x"], rank=rank, several=True)
    if Field in of:
        Field.objects.create(key="ticket", name="Ticket", kind="link", rank=30, severities=["1"])
        Field.objects.create(key="web", name="Web", kind="choice", options=["A"], retired=True)
    forget(Field, Role)
    with CaptureQueriesContext(connection) as queries:
        read_both(Field, Role)
        found = [*Field.all_rows(), *Role.all_rows()]
    assert len(queries) == 1
    stored = [*Field.objects.order_by("rank", "key"), *Role.objects.order_by("rank", "key")]
    assert [type(row) for row in found] == [type(row) for row in stored]
    for row, expected in zip(found, stored, strict=True):
        for column in row._meta.concrete_fields:
            value = getattr(row, column.attname)
            assert value == getattr(expected, column.attname)
            assert type(value) is type(getattr(expected, column.attname))
    with CaptureQueriesContext(connection) as queries:
        read_both(Field, Role)
    assert len(queries) == 0


FIELDS = {"note": "text", "users": "number", "day": "date", "owner": "person", "ticket": "link"}


@pytest.fixture
def filled(db):
    """An incident with a value in a field of each kind, and one without."""
    for key, kind in FIELDS.items():
        Field.objects.create(key=key, name=key.title(), kind=kind)
    incident = IncidentFactory(report_time=timezone.now() - timedelta(minutes=9))
    values = {
        "note": "The cache was 50% full",
        "users": "12.5",
        "day": "2026-03-01",
        "owner": PersonFactory(full_name="Anna Example", email="anna@example.com"),
        "ticket": "https://tickets.example.com/1",
    }
    incident.set_details(None, values)
    incident.save()
    incident.close()
    IncidentFactory()
    return incident


@pytest.mark.many
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("field_note=50%25 FULL", 1),
        ("field_note=empty", 0),
        ("field_users=12.50", 1),
        ("field_users=12", 0),
        ("field_day=2026-03-01", 1),
        ("field_owner=anna", 1),
        ("field_owner=anna%40example.com", 1),
        ("field_owner=bo", 0),
        ("field_ticket=https://tickets.example.com/1", 1),
        ("field_note=none", 1),
        ("field_owner=none", 1),
        ("field_users=12.5&field_owner=anna&field_day=2026-03-01", 1),
    ],
)
def test_fields_of_every_kind_filter_the_page_the_files_and_the_api(
    client, reader, filled, query, count
):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(f"/metrics/?{query}")
    assert page.context["figures"].total == count
    assert not page.context["query"].problems
    assert len(queries) <= 8
    href = page.context["query"].query_string()
    lines = client.get(f"/metrics/incidents.csv{href}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(lines)))
    assert sum(int(cell or 0) for row in rows[1:] for cell in row[1:-1]) == count
    assert client.get(f"/core/metrics/{href}").json()["incidents"] == count


def test_what_a_field_cannot_be_is_said_and_refused(client, reader, filled):
    page = client.get("/metrics/?field_users=many&field_day=yesterday")
    assert page.context["figures"].total == 2
    assert "Users cannot be “many”." in page.content.decode()
    assert "Day cannot be “yesterday”." in page.content.decode()
    answer = client.get("/core/metrics/?field_users=many")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"field_users": ["Users cannot be “many”."]}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("months=0", "from 1 to 60"),
        ("months=9999999", "from 1 to 60"),
        ("severity=9", "There is no severity"),
        ("zone=Moon/Base", "There is no time zone"),
        ("zone=../../etc/passwd", "There is no time zone"),
        ("from=soon", "Give a date"),
        ("from=2026-02-30", "Give a date"),
        ("from=2026-03-02&to=2026-03-01", "This is after the last day."),
        ("from=2000-03-02&to=2026-03-01", "at most 60 months"),
    ],
)
def test_what_cannot_be_read_is_said(client, reader, settings, query, sentence):
    if "zone" in query and not settings.USE_TZ:
        return
    page = client.get(f"/metrics/?{query}")
    assert page.status_code == 200
    assert sentence in page.content.decode()


ROWS = (Measurement, Severity, Field, Role, Status)


def cold(client, path: str) -> list[str]:
    """What a request asks the database in a process that remembers no configuration."""
    for kind in ROWS:
        kind.forget()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return sorted(queried.tables(queries))


def make(count: int, reader) -> None:
    person = PersonFactory(owner=reader)
    people = [person, *(PersonFactory() for _n in range(29))]
    now = timezone.now()
    made = Incident.objects.bulk_create(
        Incident(
            report="x",
            severity=str(n % 4 + 1),
            lead=people[n % 30],
            private=n % 5 == 0,
            report_time=now - timedelta(hours=n),
            start_time=now - timedelta(hours=n),
            end_time=now if n % 3 else None,
        )
        for n in range(count)
    )
    ActionFactory(incident=made[1], user=person)


@pytest.mark.many
@pytest.mark.parametrize("path", ["/metrics/", "/metrics/leads.csv", "/core/metrics/"])
@pytest.mark.parametrize("count", [10, 1000])
def test_a_cold_request_takes_at_most_eight_queries(client, reader, path, count):
    Field.objects.create(key="service", name="Service", kind="choice", options=["Web", "Mail"])
    Role.objects.create(key="comms", name="Comms")
    make(count, reader)
    rows = [kind._meta.db_table for kind in (Field, Measurement, Severity)]
    assert cold(client, path) == sorted(
        [*queried.READER, *queried.PERMISSIONS, *rows, "seen"]  # eight
    )
    reader.is_superuser = True
    reader.save()
    assert cold(client, path) == sorted([*queried.READER, *rows, "seen"])


def test_the_figures_are_one_query_that_reads_the_incidents_once(client, reader):
    make(10, reader)
    client.get("/metrics/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/metrics/").context["figures"].total > 0
    [figures] = [q["sql"] for q in queries.captured_queries if "FROM seen" in q["sql"]]
    table = connection.ops.quote_name(Incident._meta.db_table)
    assert sum(table in query["sql"] for query in queries.captured_queries) == 1
    reading, _rest = figures.split("months AS", 1)
    assert reading.count("report_time") > 0
    assert "report_time" not in _rest
    assert len(queries) == 5


def test_rows_that_change_meanwhile_are_not_read_again(client, reader, monkeypatch):
    """A page that takes longer than rows are remembered asks for each of them once."""
    make(10, reader)
    execute = statement.execute

    def slowly(*args):
        found = execute(*args)
        for kind in ROWS:
            kind.forget()
        return found

    monkeypatch.setattr(statement, "execute", slowly)
    assert len(cold(client, "/metrics/")) == 8


@pytest.mark.parametrize(
    "query",
    ["months=0", "severity=9", "from=soon", "field_users=many", "field_day=2026-02-30"],
)
def test_a_file_is_refused_with_the_sentence_of_the_page(client, reader, filled, query):
    problems = client.get(f"/metrics/?{query}").context["query"].problems
    answer = client.get(f"/metrics/incidents.csv?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Content-Disposition" not in answer
    assert answer.content.decode().splitlines() == list(problems.values())
    told = client.get(f"/core/metrics/?{query}")
    assert told.status_code == 400
    assert told.json()["errors"] == {name: [text] for name, text in problems.items()}


NOT_VALUES = [
    "\0", "%", "'", "1e999", "NaN", "-Infinity", "9" * 5000, "٣", "2026-13-01", "\u202e", "[]",
    "0x1", "9999-12-31", "0001-01-01", "none none", "../..", "Etc/" * 30,
]  # fmt: skip


@pytest.mark.many
@pytest.mark.parametrize(
    "name", ["months", "severity", "zone", "from", "to", *(f"field_{key}" for key in FIELDS)]
)
def test_no_value_of_a_filter_is_an_error_of_ours(client, reader, filled, name):
    for value in NOT_VALUES:
        page = client.get("/metrics/", {name: value})
        assert page.status_code == 200, value
        status = 400 if page.context["query"].problems else 200
        for path in ("/core/metrics/", "/metrics/incidents.csv"):
            assert client.get(path, {name: value}).status_code == status, (path, value)
