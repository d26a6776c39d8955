"""Alertmanager's webhook: alerts open incidents, join them and end them."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from response.core.models.incident import IncidentManager
from response.jobs.wake import wake
from response.models import (
    Alert,
    CommsChannel,
    DedupKey,
    Event,
    ExternalUser,
    Incident,
    ResolvedAlert,
    TimelineEvent,
)
from response.setup.configuration import sync
from response.worker import tick
from tests.api.test_statuses import FIVE

ADDRESS = "/core/alerts/alertmanager/"
TOKEN = "an-alertmanager-of-the-tests"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.RESPONSE_ALERTMANAGER_TOKEN = TOKEN


def alert(name: str = "db-1", status: str = "firing", since: str = "", **more: Any) -> Any:
    labels = {"alertname": "DiskFull", "instance": name, "severity": "warning"}
    return {
        "status": status,
        "labels": {**labels, **more.pop("labels", {})},
        "annotations": {"summary": f"Disk full on {name}", **more.pop("annotations", {})},
        "startsAt": since or "2020-01-31T13:37:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example.com/graph?g0.expr=disk",
        "fingerprint": f"fingerprint-{name}",
        **more,
    }


def group(*alerts: Any, **more: Any) -> dict[str, Any]:
    alerts = alerts or (alert(),)
    firing = any(a["status"] == "firing" for a in alerts)
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "response",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example.com",
        "alerts": list(alerts),
        **more,
    }


def send(payload: Any, token: str = f"Bearer {TOKEN}", **headers: str) -> Any:
    return APIClient().post(
        ADDRESS, payload, format="json", headers={"Authorization": token, **headers}
    )


def taken(*alerts: Any, **more: Any) -> dict[str, Any]:
    response = send(group(*alerts, **more))
    assert response.status_code == 200, response.content
    outcome: dict[str, Any] = response.json()
    return outcome


def entries() -> list[str]:
    return [e.text for e in TimelineEvent.objects.filter(event_type="alert").order_by("id")]


RESOLVED = "resolved"


# Who gets in


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Token {TOKEN}", TOKEN, f"Bearer {TOKEN}x",
     f"Bearer {TOKEN[:-1]}", "Bearer \xff\xfe", "Basic YTpi", f"Bearer {TOKEN} {TOKEN}"],
)  # fmt: skip
def test_others_are_refused(header: str) -> None:
    response = send(group(), header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert set(response.json()) == {"detail", "code", "errors"}
    assert not Incident.objects.exists()


@pytest.mark.parametrize("unset", ["", None, [], [""], "  ", 7])
def test_without_a_token_nothing_gets_in(settings: Any, unset: Any) -> None:
    settings.RESPONSE_ALERTMANAGER_TOKEN = unset
    for header in ("", "Bearer", "Bearer ", "Bearer None", "Bearer 7"):
        assert send(group(), header).status_code == 401
    assert not Incident.objects.exists()


def test_several_tokens_while_it_is_changed(settings: Any) -> None:
    settings.RESPONSE_ALERTMANAGER_TOKEN = ["the-old-one", "the-new-one"]
    for known in ("the-old-one", "the-new-one"):
        assert send(group(), f"bearer {known}").status_code == 200
    assert send(group(), f"Bearer {TOKEN}").status_code == 401


def test_being_logged_in_is_of_no_help(client: APIClient, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]
    }
    assert client.post(ADDRESS, group(), format="json").status_code == 401
    assert APIClient().get(ADDRESS).status_code == 401


def test_the_token_opens_nothing_else() -> None:
    client = APIClient()
    for address in ("/core/incidents/", "/core/events/", "/core/schema/"):
        answer = client.get(address, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 403
    assert client.get(ADDRESS, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_the_projects_throttles_and_permissions_lose_no_alert(settings: Any) -> None:
    settings.RESPONSE_API_MODEL_PERMISSIONS = True
    settings.REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {"anon": "1/day"},
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    }
    assert [send(group()).status_code for _ in range(3)] == [200, 200, 200]


# Firing


def test_firing_declares_an_incident() -> None:
    outcome = taken(alert(annotations={"description": "Only 2 % are left."}))
    incident = Incident.objects.get()
    assert outcome == {"incident": incident.pk, "created": True, "closed": False, "noted": 1}
    assert incident.report == "Disk full on db-1"
    assert incident.severity == "3"
    assert incident.summary == (
        "Only 2 % are left.\n\n"
        "Alertmanager: https://alertmanager.example.com\n"
        "Source: https://prometheus.example.com/graph?g0.expr=disk"
    )
    assert incident.start_time.strftime("%Y-%m-%d %H:%M:%S") == "2020-01-31 13:37:00"
    assert timezone.now() - incident.report_time < timedelta(minutes=1)
    assert not incident.report_only
    assert not incident.private
    assert incident.lead is None
    assert DedupKey.objects.get().key == 'alertmanager:{}:{alertname="DiskFull"}'
    assert entries() == [
        "Alertmanager: 1 alert is firing\n\n- DiskFull (instance=db-1): Disk full on db-1"
    ]


def test_repetitions_leave_no_trace() -> None:
    first = taken()
    counts = TimelineEvent.objects.count(), Event.objects.count(), Alert.objects.count()
    for _repetition in range(3):
        assert taken() == {**first, "created": False, "noted": 0}
    assert counts == (TimelineEvent.objects.count(), Event.objects.count(), Alert.objects.count())


def test_what_is_new_in_a_group_is_noted_once() -> None:
    pk = taken()["incident"]
    more = (alert(), alert("db-2"), alert("db-3"), alert("db-3"))
    assert taken(*more) == {"incident": pk, "created": False, "closed": False, "noted": 2}
    assert taken(*more)["noted"] == 0
    assert entries()[1] == (
        "Alertmanager: 2 alerts are firing\n\n"
        "- DiskFull (instance=db-2): Disk full on db-2\n"
        "- DiskFull (instance=db-3): Disk full on db-3"
    )
    # The same alert, firing again.
    assert taken(alert(since="2020-02-01T00:00:00Z"))["noted"] == 1


@pytest.mark.parametrize("since", ["2020-01-31T13:37:00.5Z", "2020-01-31T14:37:00.500+01:00"])
def test_the_beginning_of_an_alert_is_a_moment_however_it_is_written(since: str) -> None:
    pk = taken(alert(since="2020-01-31T13:37:00.500Z"))["incident"]
    assert taken(alert(since=since))["noted"] == 0
    assert taken(alert(status=RESOLVED, since="2020-01-31T13:37:00.5000Z"))["closed"]
    assert taken(alert(since=since)) == {
        "incident": None, "created": False, "closed": False, "noted": 0,
    }  # fmt: skip
    assert Incident.objects.get().pk == pk


def test_groups_have_incidents_of_their_own() -> None:
    first, other = taken(), taken(groupKey="another")
    assert first["incident"] != other["incident"]
    assert taken(groupKey="another")["incident"] == other["incident"]


def test_a_very_long_group_key() -> None:
    long = "x" * 5000
    assert taken(groupKey=long)["created"]
    assert not taken(groupKey=long)["created"]
    assert taken(groupKey=long + "x")["created"]


def test_group_keys_are_exact() -> None:
    for key in ("y", " y", "Y", "ý", "y\x00", "y\x07", "\x00", " ", "🔥", "y\u200d"):
        assert taken(groupKey=key)["created"], key
        assert not taken(groupKey=key)["created"], key


def test_an_incident_that_was_closed_is_over() -> None:
    pk = taken()["incident"]
    Incident.objects.get(pk=pk).close()
    again = taken()
    assert again["created"]
    assert again["incident"] != pk


@pytest.mark.parametrize(
    ("labels", "severity"),
    [({"severity": "critical"}, "1"), ({"severity": " PAGE "}, "1"), ({"severity": "error"}, "2"),
     ({"severity": "info"}, "4"), ({"severity": "purple"}, None), ({"severity": ""}, None)],
)  # fmt: skip
def test_severities(labels: dict[str, str], severity: str | None) -> None:
    taken(alert(labels=labels))
    assert Incident.objects.get().severity == severity


def test_the_worst_alert_says_how_bad_it_is() -> None:
    taken(
        alert(labels={"severity": "info"}),
        alert("db-2", labels={"severity": "major"}),
        alert("db-3", RESOLVED, labels={"severity": "critical"}),
    )
    assert Incident.objects.get().severity == "2"


@pytest.mark.parametrize(
    ("words", "severity"), [({"Warning": "1"}, "1"), ({"warning": 1}, None), ("nonsense", None)]
)
def test_severities_of_a_project(settings: Any, words: Any, severity: str | None) -> None:
    settings.RESPONSE_ALERTMANAGER_SEVERITIES = words
    taken()
    assert Incident.objects.get().severity == severity


@pytest.mark.parametrize(
    ("label", "severity"),
    [
        ("SEV0", "p0"), ("on fire", "p0"), ("sev2", "2"), ("critical", "1"), ("warning", None),
        ("SEV3", None), ("3", None), ("info", "4"),
    ],
)  # fmt: skip
def test_severities_that_are_configured_are_understood_at_once(
    label: str, severity: str | None
) -> None:
    sync.load(FIVE)
    taken(alert(labels={"severity": label}))
    assert Incident.objects.get().severity == severity


def test_the_worst_is_the_one_of_the_lowest_rank(settings: Any) -> None:
    sync.load(FIVE)
    taken(alert(labels={"severity": "1"}), alert("db-2", labels={"severity": "4"}))
    assert Incident.objects.get().severity == "4"
    settings.RESPONSE_ALERTMANAGER_SEVERITIES = {"sev2": "SEV1", "gone": "SEV3"}
    for number, (label, severity) in enumerate(
        {"SEV2": "1", "gone": None, "SEV0": "p0", "critical": None}.items()
    ):
        pk = taken(alert(labels={"severity": label}), groupKey=str(number))["incident"]
        assert Incident.objects.get(pk=pk).severity == severity


def bare(**more: Any) -> dict[str, Any]:
    """As little as may be sent."""
    return {
        "version": "4",
        "groupKey": "k",
        "status": "firing",
        "alerts": [{"status": "firing", "labels": {}, "startsAt": "", **more}],
    }


def test_the_least_that_makes_an_incident() -> None:
    assert send(bare()).status_code == 200
    incident = Incident.objects.get()
    assert (incident.report, incident.summary, incident.severity) == ("Alert", None, None)
    assert send(bare()).json()["noted"] == 0


def test_titles() -> None:
    def title(*alerts: Any, **more: Any) -> str:
        pk = taken(*alerts, groupKey=str(Incident.objects.count()), **more)["incident"]
        return Incident.objects.get(pk=pk).report

    def nameless(**labels: str) -> Any:
        return {**alert(), "labels": labels, "annotations": {}}

    assert title(alert("a"), alert("b"), commonAnnotations={"summary": "Both"}) == "Both"
    assert title(alert("a"), alert("b")) == "DiskFull"
    assert title(nameless(alertname="Down", job="api")) == "Down (job=api)"
    assert title(nameless(), groupLabels={}, commonLabels={}) == "Alert"
    assert title(nameless(alertname="A"), nameless(alertname="B"), groupLabels={"zone": "eu"},
                 commonLabels={}) == "A, B (zone=eu)"  # fmt: skip
    assert title(alert(annotations={"summary": "  two\n lines\t"})) == "two lines"
    long = title(alert(annotations={"summary": "🔥" * 500}))
    assert len(long) == 200
    assert long.endswith("🔥…")


def test_of_many_alerts_a_summary_names_some() -> None:
    taken(*(alert(f"db-{n}") for n in range(30)), truncatedAlerts=5)
    summary = Incident.objects.get().summary
    assert summary is not None
    assert summary.count("\n- ") == 10  # the first has no line before it
    assert "- and 25 more" in summary
    TimelineEvent.objects.all().delete()
    assert taken(*(alert(f"new-{n}") for n in range(60)))["noted"] == 60
    assert entries()[0].endswith("- and 10 more")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://", "//example.com", "http://a b/", "https://[", "x" * 3000,
     'https://example.com/"><script>', "https://example.com/\u200b"],
)  # fmt: skip
def test_links_that_are_none(url: str) -> None:
    taken(alert(generatorURL=url, annotations={"runbook_url": url}), externalURL=url)
    assert not Incident.objects.get().summary


def test_a_runbook_is_linked() -> None:
    taken(alert(annotations={"runbook_url": "https://runbooks.example.com/disk"}))
    summary = Incident.objects.get().summary
    assert summary is not None
    assert summary.startswith("Runbook: https://runbooks.example.com/disk\n")


@pytest.mark.parametrize(
    "since", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-01-31",
              "2020-01-31T13:37:00", "2020-99-99T00:00:00Z", "2099-01-01T00:00:00Z"],
)  # fmt: skip
def test_times_that_are_none(since: str) -> None:
    taken({**alert(), "startsAt": since})
    incident = Incident.objects.get()
    assert incident.start_time == incident.report_time


# Resolved


def test_all_resolved_closes_what_nobody_took_up() -> None:
    pk = taken(alert(), alert("db-2"))["incident"]
    resolved = (alert(status=RESOLVED), alert("db-2", RESOLVED))
    assert taken(*resolved) == {"incident": pk, "created": False, "closed": True, "noted": 2}
    assert Incident.objects.get().is_closed()
    assert entries()[-1].startswith("Alertmanager: 2 alerts are resolved\n\n- DiskFull")
    assert taken(*resolved) == {"incident": None, "created": False, "closed": False, "noted": 0}
    assert taken()["incident"] is None  # the repetition of a peer that is late
    assert taken(alert(since="2020-01-31T14:00:00Z"))["created"]


def test_what_was_over_before_it_was_told_declares_nothing() -> None:
    # The two messages overtook each other.
    nothing = {"incident": None, "created": False, "closed": False, "noted": 0}
    assert taken(alert(status=RESOLVED), alert("db-2", RESOLVED)) == nothing
    assert taken(alert(status=RESOLVED)) == nothing  # and once more
    assert taken() == nothing
    assert not Incident.objects.exists()
    # Others of the group, and the same alert when it fires again, declare as ever.
    assert taken(alert(), alert("db-3"))["noted"] == 1
    Incident.objects.get().close()
    assert taken(alert(since="2020-01-31T14:00:00Z"))["created"]


def test_what_is_known_of_alerts_that_were_over_is_purged(time_machine) -> None:
    time_machine.move_to("2030-01-01T00:00:00Z", tick=False)
    taken(alert(status=RESOLVED))
    time_machine.move_to("2030-01-07T23:00:00Z", tick=False)
    tick.clean_up()
    assert ResolvedAlert.objects.count() == 1
    time_machine.move_to("2030-01-08T01:00:00Z", tick=False)
    tick.clean_up()
    assert not ResolvedAlert.objects.exists()


def test_some_resolved_is_noted() -> None:
    pk = taken(alert(), alert("db-2"))["incident"]
    some = (alert(status=RESOLVED), alert("db-2"))
    assert taken(*some) == {"incident": pk, "created": False, "closed": False, "noted": 1}
    assert taken(*some)["noted"] == 0
    assert entries()[-1].startswith("Alertmanager: 1 alert is resolved")
    # It flaps, and Alertmanager holds it to be the same still.
    assert taken(alert(), alert("db-2"))["noted"] == 1


def lead(incident: Incident) -> None:
    incident.lead = ExternalUser.objects.create(
        app_id="slack", external_id="U1", display_name="anna"
    )
    incident.save()


def channel(incident: Incident) -> None:
    CommsChannel.objects.create(incident=incident, channel_id="C1", channel_name="inc-1")


@pytest.mark.parametrize("take_up", [lead, channel])
@pytest.mark.parametrize(("policy", "closes"), [("auto", False), ("close", True), ("note", False)])
def test_what_people_took_up(
    settings: Any, policy: str, closes: bool, take_up: Callable[[Incident], None]
) -> None:
    settings.RESPONSE_ALERTMANAGER_RESOLVED = policy
    taken()
    take_up(Incident.objects.get())
    outcome = taken(alert(status=RESOLVED))
    assert (outcome["closed"], outcome["noted"]) == (closes, 1)
    assert Incident.objects.get().is_closed() is closes
    if not closes:
        assert taken(alert(status=RESOLVED))["noted"] == 0
        again = taken(alert(since="2020-03-01T00:00:00Z"))
        assert (again["created"], again["noted"]) == (False, 1)


def test_note_closes_nothing(settings: Any) -> None:
    settings.RESPONSE_ALERTMANAGER_RESOLVED = "note"
    taken()
    assert not taken(alert(status=RESOLVED))["closed"]


def test_a_wrong_policy_is_the_default(settings: Any) -> None:
    settings.RESPONSE_ALERTMANAGER_RESOLVED = ["never"]
    taken()
    assert taken(alert(status=RESOLVED))["closed"]


def test_resolved_for_nothing_open() -> None:
    assert taken(alert(status=RESOLVED)) == {
        "incident": None, "created": False, "closed": False, "noted": 0,
    }  # fmt: skip
    assert not Incident.objects.exists()
    assert not ExternalUser.objects.exists()


def test_what_was_left_out_may_still_fire() -> None:
    taken(alert(), alert("db-2"))
    assert not taken(alert(status=RESOLVED), truncatedAlerts=1)["closed"]
    assert not Incident.objects.get().is_closed()


def test_a_lost_notification_does_not_keep_it_open() -> None:
    taken(alert(), alert("db-2"))
    # That db-1 was resolved never reached us; the group has forgotten it.
    assert taken(alert("db-2", RESOLVED))["closed"]


def test_a_repetition_does_not_close_what_was_reopened() -> None:
    taken()
    taken(alert(status=RESOLVED))
    Incident.objects.get().reopen()
    outcome = taken(alert(status=RESOLVED))
    assert (outcome["closed"], outcome["noted"]) == (False, 0)
    assert not Incident.objects.get().is_closed()


# At the same instant


def at_once(live_server: Any, payloads: list[Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    start = threading.Barrier(len(payloads))

    def post(payload: Any) -> None:
        request = urllib.request.Request(
            f"{live_server.url}{ADDRESS}",
            data=json.dumps(payload).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
        )
        start.wait(60)
        with urllib.request.urlopen(request, timeout=60) as response:
            answers.append(json.load(response))

    threads = [threading.Thread(target=post, args=(p,)) for p in payloads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert len(answers) == len(payloads)
    return answers


@pytest.mark.django_db(transaction=True)
def test_the_same_post_at_the_same_instant(live_server: Any) -> None:
    answers = at_once(live_server, [group(alert(), alert("db-2"))] * 5)
    assert sorted(a["noted"] for a in answers) == [0, 0, 0, 0, 2]
    assert {a["incident"] for a in answers} == {Incident.objects.get().pk}
    assert len(entries()) == 1
    answers = at_once(live_server, [group(alert(), alert("db-2"), alert("db-3"))] * 5)
    assert sorted(a["noted"] for a in answers) == [0, 0, 0, 0, 1]
    assert len(entries()) == 2
    resolved = group(*(alert(f"db-{n}", RESOLVED) for n in (1, 2, 3)))
    answers = at_once(live_server, [resolved] * 5)
    assert sorted(a["closed"] for a in answers) == [False] * 4 + [True]
    assert len(entries()) == 3
    assert ExternalUser.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_firing_and_resolved_at_the_same_instant(live_server: Any) -> None:
    for minute in range(5):
        firing = group(alert(since=f"2020-01-01T00:0{minute}:00Z"))
        resolved = group(alert(status=RESOLVED, since=f"2020-01-01T00:0{minute}:00Z"))
        at_once(live_server, [firing, resolved, firing, resolved])
        at_once(live_server, [resolved])
        assert not Incident.objects.filter(end_time=None).exists()


LOCK_OPEN_WITH = IncidentManager.lock_open_with


def losing(times: int, error: Exception) -> Callable[[Any, str], Any]:
    """The manager's method, which fails the first ``times`` times."""
    left = [times]

    def find(manager: Any, key: str) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise error
        return LOCK_OPEN_WITH(manager, key)

    return find


DEADLOCK = OperationalError(1213, "Deadlock found when trying to get lock")


@pytest.mark.parametrize("error", [DEADLOCK, IntegrityError("held is not unique")])
def test_a_lost_race_is_run_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(IncidentManager, "lock_open_with", losing(2, error))
    assert taken()["created"]
    monkeypatch.setattr(IncidentManager, "lock_open_with", losing(99, error))
    answer = send(group(alert("db-2")))
    assert answer.status_code == 503  # which Alertmanager takes as a reason to try again
    assert answer.json()["code"] == "try_again"
    assert len(entries()) == 1


def test_another_failure_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = OperationalError(2006, "Server has gone away")
    monkeypatch.setattr(IncidentManager, "lock_open_with", losing(1, gone))
    answer = send(group())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not Incident.objects.exists()


# Hostile


def wrong(change: dict[str, Any]) -> dict[str, Any]:
    return {**group(), **change}


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ([], "non_field_errors"),
        ("text", "non_field_errors"),
        ({}, "version"),
        (wrong({"version": "3"}), "version"),
        (wrong({"version": {}}), "version"),
        (wrong({"groupKey": ""}), "groupKey"),
        (wrong({"groupKey": None}), "groupKey"),
        (wrong({"groupKey": ["k"]}), "groupKey"),
        (wrong({"status": "burning"}), "status"),
        (wrong({"status": ["firing"]}), "status"),
        (wrong({"alerts": []}), "alerts"),
        (wrong({"alerts": {}}), "alerts"),
        (wrong({"alerts": None}), "alerts"),
        (wrong({"alerts": ["x"]}), "alerts"),
        (wrong({"truncatedAlerts": -1}), "truncatedAlerts"),
        (wrong({"truncatedAlerts": "many"}), "truncatedAlerts"),
        (wrong({"groupLabels": []}), "groupLabels"),
        (wrong({"commonLabels": {"a": 1}}), "commonLabels.a"),
        (wrong({"commonAnnotations": {"a": {"b": "c"}}}), "commonAnnotations.a"),
        (wrong({"externalURL": 7}), "externalURL"),
        (wrong({"alerts": [{**alert(), "labels": None}]}), "alerts.0.labels"),
        (wrong({"alerts": [{**alert(), "labels": {"a": []}}]}), "alerts.0.labels.a"),
        (wrong({"alerts": [{**alert(), "status": ""}]}), "alerts.0.status"),
        (wrong({"alerts": [{**alert(), "startsAt": 5}]}), "alerts.0.startsAt"),
        (wrong({"alerts": [{**alert(), "fingerprint": {}}]}), "alerts.0.fingerprint"),
    ],
)
def test_what_is_no_payload(payload: Any, field: str) -> None:
    response = send(payload)
    assert response.status_code == 400
    body = response.json()
    assert set(body) == {"detail", "code", "errors"}
    assert any(name.startswith(field) for name in body["errors"]), body
    assert not Incident.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json(body: bytes) -> None:
    response = APIClient().generic(
        "POST", ADDRESS, body, "application/json", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert response.status_code == 400
    assert set(response.json()) == {"detail", "code", "errors"}


def test_other_types_and_sizes(settings: Any) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert APIClient().post(ADDRESS, {"a": "b"}, headers=headers).status_code == 415
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert send(group(alert(annotations={"description": "x" * 2000}))).status_code == 413


@pytest.mark.many
def test_a_huge_group() -> None:
    many = [alert(f"db-{n}", annotations={"description": "x" * 100}) for n in range(3000)]
    assert taken(*many)["noted"] == 3000
    assert taken(*many)["noted"] == 0
    assert len(entries()[0]) < 30_000
    resolved = [{**a, "status": RESOLVED} for a in many]
    assert taken(*resolved) == {
        "incident": Incident.objects.get().pk, "created": False, "closed": True, "noted": 3000,
    }  # fmt: skip


def test_text_that_is_none_is_cleaned_rather_than_refused() -> None:
    payload = group(alert(annotations={"summary": "a\x00b\x07c \ud83d d"}))
    payload["alerts"][0]["labels"]["\ud83d\x00k"] = "v"
    response = APIClient().generic(
        "POST",
        ADDRESS,
        json.dumps(payload),
        "application/json",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert response.status_code == 200
    assert Incident.objects.get().report == "abc d"


WORDS = st.text(max_size=30) | st.sampled_from(
    [
        "<!channel>",
        "<@U012ABCDEF>",
        "<<@U1>",
        "*",
        "`",
        "[a](javascript:b)",
        "<script>",
        "🔥",
        "عربي",
    ]
)
LABELS = st.dictionaries(st.sampled_from(["alertname", "severity", "summary", "x"]) | WORDS, WORDS)


@given(
    key=WORDS,
    labels=LABELS,
    annotations=LABELS,
    since=WORDS,
    url=WORDS,
    status=st.sampled_from(["firing", "resolved"]),
)
def test_any_text_is_taken(
    key: str, labels: Any, annotations: Any, since: str, url: str, status: str
) -> None:
    one = {"status": status, "labels": labels, "annotations": annotations, "startsAt": since,
           "generatorURL": url}  # fmt: skip
    payload = {"version": "4", "groupKey": f"k{key}", "status": status, "groupLabels": labels,
               "commonAnnotations": annotations, "externalURL": url, "alerts": [one]}  # fmt: skip
    assert send(payload).status_code == 200
    again = send(payload).json()
    assert (again["created"], again["noted"]) == (False, 0)


# How it looks


def test_an_alert_calls_nobody_in_slack(slack: Any) -> None:
    hostile = "<!channel> <@U0SANDBOX01> <#C1> <<@U0SANDBOX02> *bold*"
    taken(alert(annotations={"summary": hostile, "description": hostile}))
    wake()
    slack.settle()
    incident = Incident.objects.get()
    shown = slack.shown(slack.headline(incident))
    assert "*Reporter*\\nAlertmanager" in shown
    for mention in ("<@", "<!channel", "<#"):
        assert mention not in shown
    taken(alert(status=RESOLVED))
    slack.settle()
    assert "resolved" in slack.shown(slack.headline(incident))


def test_the_pages_show_it(admin_client: Any) -> None:
    pk = taken(alert(annotations={"summary": "<script>alert(1)</script> <@U012ABCDEF>"}))[
        "incident"
    ]
    page = admin_client.get(f"/incident/{pk}/").content.decode()
    assert "<dd><bdi>Alertmanager</bdi></dd>" in page
    assert '<a href="https://alertmanager.example.com"' in page
    assert "Alertmanager: 1 alert is firing" in page
    assert "<script>alert" not in page
    listed = admin_client.get(f"/core/incidents/{pk}/").json()
    assert listed["reporter"]["app_id"] == "alertmanager"
