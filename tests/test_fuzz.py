"""Odd but well-signed input at every entrance: never a 500, nothing parked, nothing stuck.

Real requests in which one to three values are replaced by what no client of ours would send.
A few at each run of the suite; ``make fuzz`` tries thousands, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from demo.sandbox import delivery
from response.core.models.field import Kind
from response.core.models.milestones import MILESTONES
from response.core.reviews import writing
from response.jobs.models import OutboxMessage, OutboxQueue
from response.models import (
    CommsChannel,
    ExternalUser,
    Field,
    HeadlinePost,
    Incident,
    PinnedMessage,
    ReviewSection,
    Role,
)
from response.slack.decorators.action_handler import buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.incident_command import commands
from response.slack.inbound import inbox, incident_channels
from response.slack.inbound.wanted_handlers import missing
from response.slack.models import InboxRequest
from response.slack.render import forms
from response.slack.web_api.transport import Transport
from response.worker import sending
from tests.slack_for_tests import until

#: Each example runs through the whole application: fewer than elsewhere, unless many are wanted.
few = settings(
    max_examples=max(settings.default.max_examples // 3, 1)
    if settings.default.max_examples < 100
    else settings.default.max_examples
)

SAMPLES = Path(__file__).parent / "data" / "payloads"
CHANNEL, PERSON, TS = "C07E5YZABC1", "U06A1CDEFG2", "1789379012.554169"
TOKEN = "an-alertmanager-of-the-fuzzer"

#: What a value is replaced with.
ODD = [
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**400, "", " ", "\x00", "a\x00b", "\ud800", "null",
    "[]", "{}", "[" * 10_000, "٣", "9" * 5000, "1e1000000", "-1.0", "NaN", "x" * 51, "x" * 65,
    "x" * 256, "x" * 3001, "x" * 50_000, "U" + "A" * 60, "🔥" * 200, "<@U06A1CDEFG2>", "a@" * 3000,
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", '{"incident": "' + "9" * 5000 + '"}',
    '{"incident": 1, "shown": [], "text": {}}', '{"state": "\\ud800", "channel": ' + '"x"}',
    '{"channel": "' + "C" * 3000 + '", "state": "1"}', '{"state": "{\\"shown\\": 3}"}',
    [], [None], [[]], ["x"], [{}], [{"id": 1}], {}, {"id": {}}, {"id": "x" * 300}, {"": ""},
    {"text": {"text": []}}, {"ts": "x" * 60}, {"type": "message", "ts": "9" * 50},
]  # fmt: skip


def _nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


odd = st.sampled_from([*ODD, _nested(20), _nested(49), _nested(500)]) | st.text(max_size=30)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield every path into ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in inner:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from _places(child, (*path, key))


@st.composite
def spoilt(draw: st.DrawFn, originals: list[dict[str, Any]]) -> dict[str, Any]:
    """One of ``originals`` in which some values are odd, or gone, or new."""
    value = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(value))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        place: Any = value
        for key in way:
            place = place[key]
        if isinstance(place, dict) and draw(st.integers(0, 9)) == 0:
            del place[last]
        else:
            place[last] = copy.deepcopy(draw(odd))
    return value


def _sample(name: str) -> dict[str, Any]:
    """A sample of Slack's, as if it had happened in the incident's channel."""
    text = (SAMPLES / f"{name}.json").read_text()
    found: dict[str, Any] = json.loads(text.replace("C06D2TUVWX8", CHANNEL))
    return found


def _samples(prefix: str) -> list[dict[str, Any]]:
    return [_sample(path.stem) for path in sorted(SAMPLES.glob(f"{prefix}*.json"))]


def _event(type_: str, **body: Any) -> dict[str, Any]:
    event = {"type": type_, "user": PERSON, "channel": CHANNEL, "ts": TS, "event_ts": TS, **body}
    return {"type": "event_callback", "event_id": "Ev1", "event": event}


WORDS = [
    "", "help", "lead <@U06A1CDEFG2>", "lead " + "x" * 50_000, "lead a@example.com", "severity 2",
    "severity " + "9" * 5000, "summary It is *down*", "impact All of it", "action Do <it>",
    "action done 1", "action done ٣", "rename checkout-down", "close", "reopen", "nonsense",
    "status monitoring", "status " + "x" * 5000, "role", "role comms <@U06A1CDEFG2>", "role x none",
    "field", "field service api", "field " + "9" * 5000, "milestone", "milestone mitigated 10:00",
    "mitigated", "mitigated 2999-01-01", "detected " + "9" * 5000, "update We know *more*",
    "update " + "x" * 50_000, "subscribe", "unsubscribe",
]  # fmt: skip


def _command(text: str, channel: str = CHANNEL) -> dict[str, Any]:
    return {"command": "/incident", "text": text, "user_id": PERSON, "user_name": "anna",
            "channel_id": channel, "trigger_id": "1.2", "response_url": ""}  # fmt: skip


def _press(action_id: str, value: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": PERSON, "username": "anna"},
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "message_ts": TS, "channel_id": CHANNEL},
        "trigger_id": "1.2",
        "message": {
            "ts": TS,
            "text": "?",
            "blocks": [{"type": "section", "block_id": "proposed", "text": {"text": "Take?\nIt"}}],
        },
        "actions": [{"action_id": action_id, "block_id": "b", "type": "button", "value": value}],
    }


#: What forms send for a custom field of each kind.
DETAILS = {
    "field_text": "x", "field_choice": "api", "field_choices": "api,web", "field_number": "12.5",
    "field_date": "2026-03-01", "field_person": PERSON, "field_link": "https://example.com/",
}  # fmt: skip


def _form(callback_id: str, incident: int) -> dict[str, Any]:
    values = {"report": "The checkout is down", "summary": "It is down", "impact": "All",
              "lead": PERSON, "severity": "2", "incident_type": "live",
              forms.STATUS: "monitoring", "known": "We know more", "next_update": "30",
              "role_comms": PERSON, "role_scribes": PERSON, **DETAILS}  # fmt: skip
    state = json.dumps({"incident": incident, "shown": {}, "channel": CHANNEL, "question": TS})
    carried = {"channel": CHANNEL, "state": state, "response_url": "", "form": ""}
    return {
        "type": "view_submission",
        "user": {"id": PERSON, "username": "anna"},
        "view": {
            "id": "V1",
            "callback_id": callback_id,
            "private_metadata": json.dumps(carried),
            "state": {
                "values": {n: {n: {"type": "x", "value": v}} for n, v in values.items()},
            },
            "blocks": [{"type": "input", "block_id": name} for name in values],
        },
    }


def _answer(method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """A Slack that has no people and agrees to everything else."""
    if method.startswith("users."):
        return {"ok": False, "error": "user_not_found"}
    return {
        "ok": True, "ts": TS, "message_ts": TS, "user_id": "U0BOT", "bot_id": "B0BOT",
        "team_id": "T1", "url": "https://example.slack.com/", "user": "incident", "channels": [],
        "channel": {"id": "C0NEW", "name": "inc-new"}, "view": {"id": "V1"},
    }  # fmt: skip


@pytest.fixture
def incident(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Incident]:
    """A live incident with a channel, in which something was pinned."""
    monkeypatch.setattr(Transport, "api_call", lambda self, *args, **kw: _answer(*args, **kw))
    settings.RESPONSE_ALERTMANAGER_TOKEN = TOKEN
    incident_channels.forget()
    person = ExternalUser.objects.create(
        app_id="slack", external_id=PERSON, display_name="anna", full_name="Anna"
    )
    incident = Incident.objects.create_incident(report="Down", reporter=person, severity="2")
    channel = CommsChannel.objects.create(
        incident=incident, channel_id=CHANNEL, channel_name="inc-1"
    )
    HeadlinePost.objects.update_or_create(
        incident=incident,
        defaults={"comms_channel": channel, "channel_id": "C0HEADLINES", "message_ts": TS},
    )
    PinnedMessage.objects.create(incident=incident, author=person, message_ts=TS, text="x")
    Role.objects.create(key="comms", name="Comms", in_form=True)
    Role.objects.create(key="scribes", name="Scribes", several=True)
    for kind in Kind.values:
        options = ["api", "web"] if kind in (Kind.CHOICE, Kind.CHOICES) else []
        Field.objects.create(key=kind, name=kind, kind=kind, options=options, in_form=True)
    writing.begin(incident)
    yield incident
    incident_channels.forget()


def _post(path: str, body: bytes, content_type: str) -> int:
    _start_anew()
    timestamp = str(int(time.time()))
    headers = {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": delivery.sign(body, timestamp),
    }
    # Whatever it raises is the test's failure, with its traceback.
    return (
        Client()
        .post(f"/slack/{path}", body, content_type=content_type, headers=headers)
        .status_code
    )


FORM = "application/x-www-form-urlencoded"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _urlencoded(fields: dict[str, Any]) -> bytes:
    return urlencode(
        {k: v if isinstance(v, str) else json.dumps(v) for k, v in fields.items()},
        errors="surrogatepass",
    ).encode()


def _works_off(status: int, taken: tuple[int, ...] = (200, 400, 413)) -> None:
    """Check an answer, and that what was accepted is done without a traceback."""
    assert status in taken
    until(lambda: not InboxRequest.objects.claimed().exists(), "forms that are being worked on")
    while inbox.work_on_next():
        pass
    OutboxQueue.objects.update(paused_until=None)
    sending.send_all_due()
    for model in (InboxRequest, OutboxMessage):
        failed = model.objects.filter(error__contains="Traceback")
        assert list(failed.values_list("error", flat=True)) == []
    stuck = InboxRequest.objects.exclude(status=InboxRequest.DONE)
    # A form whose handler this process lacks waits for the one that has it.
    assert [(r.type, r.status, r.error) for r in stuck if not missing(r.handlers)] == []


def _start_anew() -> None:
    """Forget what the example before has left, which may have failed."""
    InboxRequest.objects.all().delete()
    OutboxMessage.objects.all().delete()
    CommsChannel.objects.update(channel_id=CHANNEL)
    Incident.objects.filter(end_time__isnull=False).update(end_time=None)
    incident_channels.forget()


@few
@given(fields=spoilt([_command(w, c) for w in WORDS for c in (CHANNEL, "C0ELSEWHERE")]))
def test_commands(incident: Incident, fields: dict[str, Any]) -> None:
    _works_off(_post("slash_command", _urlencoded(fields), FORM))


@few
@given(data=st.data())
def test_presses(incident: Incident, data: st.DataObject) -> None:
    values = [str(incident.pk), json.dumps({"incident": incident.pk, "text": "New"})]
    presses = [_press(handler.key, value) for handler in buttons for value in values]
    payload = data.draw(spoilt([*presses, *_samples("block_actions")]))
    _works_off(_post("action", _urlencoded({"payload": json.dumps(payload)}), FORM))


@few
@given(data=st.data())
def test_forms(incident: Incident, data: st.DataObject) -> None:
    sent = [_form(handler.key, incident.pk) for handler in dialogs]
    samples = [_sample(n) for n in ("view_submission_report", "dialog_submission", "view_closed")]
    samples.append({**_sample("shortcut_message"), "callback_id": forms.ADD_TO_TIMELINE})
    payload = data.draw(spoilt([*sent, *samples]))
    _works_off(_post("action", _urlencoded({"payload": json.dumps(payload)}), FORM))


EVENTS = [
    *_samples("event_"),
    *(_event("app_mention", text=f"<@U0BOT> {words}") for words in WORDS),
    _event("channel_id_changed", old_channel_id="C1", new_channel_id="C2"),
    _event("channel_deleted"),
    _event("channel_rename", channel={"id": CHANNEL, "name": "inc-new"}),
]


@few
@given(payload=spoilt(EVENTS))
def test_events(incident: Incident, payload: dict[str, Any]) -> None:
    _works_off(_post("event", _json(payload), "application/json"))


ALERTS = {
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "response",
    "groupLabels": {"alertname": "DiskFull"},
    "commonLabels": {"alertname": "DiskFull"},
    "commonAnnotations": {"summary": "Full"},
    "externalURL": "https://alertmanager.example.com",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "severity": "warning"},
            "annotations": {"summary": "Disk full"},
            "startsAt": "2030-01-31T13:37:00.123456789Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.example.com/graph",
            "fingerprint": "f1",
        }
    ],
}


@few
@given(payload=spoilt([ALERTS]))
def test_alerts(incident: Incident, payload: dict[str, Any]) -> None:
    _start_anew()
    answer = APIClient().post(
        "/core/alerts/alertmanager/",
        _json(payload),
        content_type="application/json",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    _works_off(answer.status_code)


#: By path and method: a body that is taken.
WRITES: list[dict[str, Any]] = [
    {
        "path": "incidents/",
        "method": "post",
        "query": {"x": ""},
        "body": {
            "report": "Down", "summary": "x", "impact": "x", "severity": "2", "report_only": False,
            "lead": {"app_id": "slack", "external_id": PERSON}, "dedup_key": "k",
            "report_time": "2030-01-31T12:00:00Z", "start_time": "2030-01-31T12:00:00Z",
        },
    },
    {
        "path": "incidents/{}/",
        "method": "patch",
        "body": {"report": "Up", "severity": "1", "lead": None, "end_time": None},
    },
    {
        "path": "incidents/{}/actions/",
        "method": "post",
        "body": {"details": "x", "done": False, "due_date": "2030-01-31", "priority": "1",
                 "user": {"app_id": "slack", "external_id": PERSON}},
    },
    {
        "path": "incidents/{}/timeline/events/",
        "method": "post",
        "body": {"text": "x", "timestamp": "2030-01-31T12:00:00Z", "metadata": {"a": [1]}},
    },
    {
        "path": "incidents/",
        "method": "get",
        "query": {"ordering": "-id", "search": "x", "limit": "1", "offset": "0", "lead": PERSON,
                  "reported_since": "2030-01-31", "severity": "1", "is_closed": "true"},
    },
    {
        "path": "events/",
        "method": "get",
        "query": {"from": "2030-01-01", "to": "2030-02-01", "after": "1", "limit": "5"},
    },
    {
        "path": "incidents/{}/",
        "method": "patch",
        "body": {
            "roles": {"comms": {"external_id": PERSON}, "scribes": [{"external_id": PERSON}]},
            "fields": {"text": "x", "choice": "api", "choices": ["api", "web"], "number": 12.5,
                       "date": "2026-03-01", "person": {"external_id": PERSON},
                       "link": "https://example.com/"},
            "status": "monitoring",
        },
    },
    {
        "path": "incidents/{}/updates/",
        "method": "post",
        "body": {"known": "x", "doing": "x", "needed": "x", "next_update": "2130-01-31T12:00:00Z"},
    },
    {
        "path": "incidents/{}/milestones/",
        "method": "patch",
        "body": dict.fromkeys(MILESTONES, "2026-01-31T12:00:00Z"),
    },
    {
        "path": "reviews/{review}/sections/{section}/",
        "method": "patch",
        "body": {"text": "x", "version": 0},
    },
    {
        "path": "reviews/",
        "method": "post",
        "body": {"incident": 1, "status": "draft", "owner": {"external_id": PERSON},
                 "due_date": "2030-01-31T12:00:00Z"},
    },
    {
        "path": "reviews/{review}/",
        "method": "patch",
        "body": {"status": "published", "owner": {"external_id": PERSON},
                 "due_date": "2030-01-31T12:00:00Z"},
    },
    {
        "path": "reviews/",
        "method": "get",
        "query": {"incident": "1", "status": "draft", "search": "x", "ordering": "-due_date"},
    },
    {
        "path": "metrics/",
        "method": "get",
        "query": {"months": "12", "from": "2026-01-01", "to": "2026-02-01", "severity": "1",
                  "zone": "Europe/London", **DETAILS},
    },
    {
        "path": "incidents/",
        "method": "get",
        "query": {"role_comms": PERSON, "status": "monitoring", "category": "live",
                  "field_number_min": "1", "field_number_max": "2", "field_date_min": "2026-01-01",
                  **DETAILS},
    },
    {"path": "actions/", "method": "get", "query": {"ordering": "id", "done": "true"}},
    {"path": "users/", "method": "get", "query": {"deleted": "false", "page": "1"}},
]  # fmt: skip


@few
@given(what=st.sampled_from(WRITES), data=st.data())
def test_the_api(
    incident: Incident, admin_user: Any, what: dict[str, Any], data: st.DataObject
) -> None:
    _start_anew()
    part = "body" if "body" in what else "query"
    request = data.draw(spoilt([what[part]]))
    client = APIClient()
    client.force_login(admin_user)
    section = ReviewSection.objects.filter(review__incident=incident).earliest("pk")
    path = "/core/" + what["path"].format(incident.pk, review=section.review_id, section=section.pk)
    if part == "query":
        answer = client.get(f"{path}?{_urlencoded(request).decode()}")
    else:
        answer = client.generic(
            what["method"].upper(), path, _json(request), content_type="application/json"
        )
    _works_off(answer.status_code, (200, 201, 400, 404, 409, 412, 413))


#: By the end of a page's address: what its form sends.
SENT: dict[str, dict[str, Any]] = {
    "incident/declare/": {
        "report": "Down", "incident_type": "live", "severity": "2", "lead": "anna", "summary": "x",
        "impact": "x", "private": "on", "zone": "Europe/London", "role_comms": "anna",
        "role_scribes": "anna, bo", **DETAILS,
    },
    "incident/preview/": {"text": "a *b*"},
    "incident/{}/edit/details/": {
        "report": "Up", "severity": "1", "status_key": "monitoring", "lead": "anna",
        "start_time": "2026-01-31T12:00", "detected_at": "2026-01-31T12:00",
        "report_time": "2026-01-31T12:00", "acknowledged_at": "2026-01-31T12:00",
        "mitigated_at": "", "zone": "Europe/London", "shown": '{"report": "x"}', "together": "1",
    },
    "incident/{}/edit/summary/": {"summary": "x", "shown": '{"summary": "x"}', "together": "1"},
    "incident/{}/edit/fields/": {
        "role_comms": "anna", "role_scribes": "anna, bo", **DETAILS, "field_person": "anna",
        "shown": '{"field_text": "x"}',
    },
    "incident/{}/close/": {"from": "home", "shown": "{}"},
    "incident/{}/action/": {
        "details": "Do it", "user": "anna", "due_date": "2026-03-01", "priority": "1",
        "zone": "UTC",
    },
    "incident/{}/entry/": {"text": "It fell", "timestamp": "2026-01-31T12:00", "zone": "UTC"},
    "incident/{}/entry/{entry}/": {
        "text": "It fell", "timestamp": "2026-01-31T12:00", "zone": "UTC", "shown": '{"text": "x"}',
        "together": "1",
    },
    "incident/{}/entry/{entry}/star/": {"x": ""},
    "incident/{}/update/": {
        "known": "x", "doing": "x", "needed": "x", "next_update": "2130-01-31T12:00", "zone": "UTC",
    },
    "incident/{}/subscribe/": {"subscribed": "1"},
    "incident/{}/review/status/": {"status": "published"},
    "incident/{}/review/edit/": {"owner": "anna", "due_date": "2026-03-01", "shown": "{}"},
    "incident/{}/review/section/causes/": {
        "text": "x", "shown": '{"text": "x"}', "together": "1", "kind": "restored",
    },
    "incident/{}/review/section/causes/autosave/": {"text": "x", "shown": '{"text": "x"}'},
    "incident/{}/review/section/causes/suggest/": {"text": "x", "shown": "{}"},
}  # fmt: skip
#: What the addresses of pages ask for.
ASKED: dict[str, dict[str, Any]] = {
    "": {"status": "open", "severity": "1", "lead": "anna", "since": "7", "q": "x", "page": "1",
         "sort": "-started", "role_comms": "anna", "field_number_min": "1",
         "field_date_max": "2026",
         **DETAILS},
    "actions/": {"owner": "me", "state": "open", "q": "x", "page": "1", "sort": "due"},
    "reviews/": {"state": "open", "q": "x", "page": "1"},
    "metrics/": {"months": "12", "from": "2026-01-01", "to": "2026-02-01", "severity": "1",
                 "zone": "Europe/London", **DETAILS},
    "export/incidents.csv": {"status": "all", "sort": "duration", "q": "x", **DETAILS},
    "incident/{}/": {"kind": "pins", "order": "newest", "page": "1"},
    "incident/{}/live/": {"head": "x", "timeline": "x", "kind": "pins", "page": "1"},
    "incident/{}/review/live/": {"review-head": "x", "section-causes": "x"},
    "incident/{}/review/section/causes/history/": {"version": "1"},
    "incident/declare/": {"title": "x"},
    "admin/response/rule/trial/": {"incident": "1"},
    "admin/response/incident/": {"q": "x", "p": "1", "o": "1.-2", "private__exact": "1"},
}  # fmt: skip
#: What may be said of a form: that it was taken, or wrong, or that there is no such thing.
ANSWERS = (200, 204, 302, 400, 404)


@few
@given(path=st.sampled_from([*SENT]), data=st.data(), part=st.booleans())
def test_forms_of_pages(
    incident: Incident, admin_user: Any, path: str, data: st.DataObject, part: bool
) -> None:
    _start_anew()
    entry = incident.timelineevent_set.first()
    assert entry is not None
    client = Client(headers={"HX-Request": "true"} if part else {})
    client.force_login(admin_user)
    answer = client.generic(
        "POST",
        "/" + path.format(incident.pk, entry=entry.pk),
        _urlencoded(data.draw(spoilt([SENT[path]]))),
        content_type=FORM,
    )
    _works_off(answer.status_code, ANSWERS)


@few
@given(path=st.sampled_from([*ASKED]), data=st.data())
def test_addresses_of_pages(
    incident: Incident, admin_user: Any, path: str, data: st.DataObject
) -> None:
    client = Client()
    client.force_login(admin_user)
    query = _urlencoded(data.draw(spoilt([ASKED[path]]))).decode()
    answer = client.get(f"/{path.format(incident.pk)}?{query}")
    assert answer.status_code in ANSWERS
    if answer.streaming:
        b"".join(answer)  # type: ignore[call-overload]


def test_every_command_is_among_the_words() -> None:
    known = {words.split(" ")[0] for words in WORDS}
    missing = {h.key for h in commands} - known
    assert {h.fn for h in commands if h.key in missing} <= {
        h.fn for h in commands if h.key in known or h.key in ("duration", "dur")
    }


OF_BODY = [
    {"user": {"id": {}}}, {"user": "U" * 51}, {"channel": "C" * 5000}, {"channel_id": "C" * 5000},
    {"text": "[" * 10_000}, {"previous_message": 3, "message": {}, "subtype": "message_changed"},
    {"edited": "yes"}, {"subtype": "message_changed", "message": {"edited": []}}, {"user": ""},
    {"type": "user_change", "user": {"id": "U1", "profile": "x"}}, {"ts": "1e1000000"},
    {"type": "pin_added", "item": {"message": {"ts": "9" * 50, "user": ""}}},
    {"type": "pin_added", "item": {"message": {"ts": "1.2", "bot_id": "B" * 60, "user": None}}},
    {"type": "member_joined_channel", "user": ""}, {"type": "channel_rename", "channel": "x"},
]  # fmt: skip


@pytest.mark.parametrize("body", OF_BODY, ids=lambda body: repr(body)[:40])
@pytest.mark.parametrize("type_", ["message", "app_mention", "pin_added"])
def test_events_that_once_failed(incident: Incident, type_: str, body: dict[str, Any]) -> None:
    event = {"text": "<@U0BOT> lead me", **body}
    payload = _event(**{"type_": type_, **{k: v for k, v in event.items() if k != "type"}})
    payload["event"]["type"] = body.get("type", type_)
    payload["authorizations"] = [{"is_bot": True, "user_id": {}}]
    _works_off(_post("event", _json(payload), "application/json"))


@pytest.mark.parametrize(
    "name", ["take-lead-button", "take-summary-button", "close-incident-button"]
)
@pytest.mark.parametrize("user", ["", None, {}, "U" * 60, {"id": ""}, {"id": "U" * 60}, {"id": []}])
def test_presses_by_a_strange_person(incident: Incident, name: str, user: Any) -> None:
    for value in (str(incident.pk), '{"incident": ' + "9" * 5000 + "}", "9" * 3000):
        payload = {**_press(name, value), "user": user, "response_url": "x" * 900}
        _works_off(_post("action", _urlencoded({"payload": json.dumps(payload)}), FORM))


@pytest.mark.parametrize("value", ["9" * 5000, "1e1000000", "٣0", "\x00", "x" * 50_000, ",,", "-"])
@pytest.mark.parametrize("name", ["next_update", forms.STATUS, "role_scribes", *DETAILS])
def test_forms_with_strange_choices(incident: Incident, name: str, value: str) -> None:
    for callback_id in ("incident-update-dialog", "incident-edit-dialog"):
        form = _form(callback_id, incident.pk)
        form["view"]["state"]["values"][name] = {name: {"type": "x", "value": value}}
        _works_off(_post("action", _urlencoded({"payload": json.dumps(form)}), FORM))


@pytest.mark.parametrize("user", ["", None, {}, {"id": ""}, {"id": "U" * 60}])
@pytest.mark.parametrize("shown", [None, 3, [], "x", {"report": {}}, {"lead": ["x" * 5000]}])
def test_forms_with_strange_state(incident: Incident, user: Any, shown: Any) -> None:
    for handler in dialogs:
        form = _form(handler.key, incident.pk)
        state = json.dumps({"incident": incident.pk, "shown": shown, "channel": "C" * 5000})
        form["view"]["private_metadata"] = json.dumps({"state": state[:2500] + "\x00"})
        form["view"]["state"]["values"]["lead"]["lead"]["value"] = "x" * 50_000
        _works_off(
            _post("action", _urlencoded({"payload": json.dumps({**form, "user": user})}), FORM)
        )
