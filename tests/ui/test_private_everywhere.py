"""A private incident, looked for at every address of the pages and of the API.

All words of the incident are in its texts alone, so that one that shows anywhere is a leak. And
more is asked than that no word shows: whoever may not see it gets, everywhere, what they got
before there was one, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

import response.core.urls
import response.ui.urls
from response.core.actors import Actor, acting_as
from response.core.models import (
    Action,
    Event,
    Field,
    Incident,
    Review,
    Role,
    Subscription,
    TimelineRevision,
    Update,
)
from response.core.reviews import writing
from response.slack.models import UserStats
from response.ui.document import PIECES
from tests.factories import CommsChannelFactory, IncidentFactory, PersonFactory

# Not measured: what is covered is reached by others too, and measuring doubles the time.
pytestmark = [pytest.mark.django_db, pytest.mark.many, pytest.mark.no_cover]

#: In every text of the private incident, and nowhere else.
WORD = "quagga"
PK = 777_001
METRICS_TOKEN = "of-prometheus"
HTMX = {"HX-Request": "true"}


def leaves(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from leaves(pattern.url_patterns)
        else:
            yield pattern


def parameters_of(pattern: URLPattern) -> tuple[str, ...]:
    return tuple(sorted(pattern.pattern.regex.groupindex))


#: Every address: its name, and what it takes.
ADDRESSES = sorted(
    {
        (str(pattern.name), parameters_of(pattern))
        for urls in (response.ui.urls, response.core.urls)
        for pattern in leaves(urls.urlpatterns)
    }
)
#: Those that lead to one object.
OF_ONE = {"action-detail", "event-detail", "incident-detail", "review-detail"}
OF_AN_INCIDENT = [
    (name, taken)
    for name, taken in ADDRESSES
    if name in OF_ONE or {"incident_id", "incident_pk", "review_pk"} & set(taken)
]
OF_ALL = [address for address in ADDRESSES if address not in OF_AN_INCIDENT]

#: What tells of no incident; what only takes requests that write; and what is for programs, and
#: never has a private one.
OF_NOTHING = {
    "api-root",
    "event-list",
    "externaluser-detail",
    "externaluser-list",
    "response-alertmanager",
    "response-metrics-prometheus",
    "response-schema",
    "response-schema-docs",
    "response_declare",
    "response_preview",
    "response_shortcuts",
}
#: What has none of its words, even for those who may see it: empty forms, times, and the event
#: stream, which is for programs and never has it.
SILENT = {
    ("event-detail", 404),
    ("incident-milestones", 200),
    ("response_action_add", 200),
    ("response_entry_add", 200),
    ("response_review_edit", 200),
    ("response_update_add", 200),
}

#: What lists are asked for beside nothing at all.
QUERIES: dict[str, list[str]] = {
    "home": ["q={word}", "q=%23{pk}", "status=all", "status=open", "severity=1", "lead={word}",
             "sort=title", "field_service={word}", "role_comms={word}", "page=2"],
    "response_actions": ["state=all", "state=overdue", "owner={word}", "priority=1", "sort=owner"],
    "response_reviews": ["state=open", "state=overdue", "q={word}", "q=%23{pk}"],
    "metrics": ["months=3", "severity=1", "field_service={word}"],
    "metrics_csv": ["severity=1", "field_service={word}"],
    "response_incidents_csv": ["q={word}", "status=all", "severity=1"],
    "response_actions_csv": ["state=all", "owner={word}"],
    "incident-list": ["search={word}", "lead={lead}", "role_comms={lead}", "severity=1",
                      "field_service={word}", "is_closed=true", "ordering=report", "limit=1",
                      "format=api"],
    "incidents-bymonth-list": ["search={word}", "severity=1", "format=api"],
    "action-list": ["user={lead}", "done=false", "limit=1", "format=api"],
    "review-list": ["search={word}", "incident={pk}", "status=draft", "format=api"],
    "event-list": ["after=0", "from=2000-01-01", "format=api"],
    "response-metrics": ["months=3", "severity=1", "field_service={word}"],
}  # fmt: skip


@pytest.fixture
def lead(db):
    """Who leads the private incident. That this person exists is no secret."""
    return PersonFactory(
        full_name="Ada Lead", display_name="ada", external_id="U0PRIVATE1", handle="ada"
    )


@pytest.fixture
def outsider(client, db) -> Client:
    client.force_login(get_user_model().objects.create_user("bo"))
    return client


@pytest.fixture
def insider(lead) -> Client:
    lead.owner = get_user_model().objects.create_user("ada")
    lead.save()
    client = Client()
    client.force_login(lead.owner)
    return client


@pytest.fixture(autouse=True)
def public(settings, lead):
    """What everyone may see. It speaks of the channel of the private incident."""
    settings.RESPONSE_METRICS_TOKEN = METRICS_TOKEN
    Field.objects.create(key="service", name="Service", kind="text")
    Role.objects.create(key="comms", name="Comms")
    now = timezone.now()
    over = IncidentFactory(
        report="A cable is cut",
        summary="See <#C0PRIVATE>",
        severity="1",
        lead=PersonFactory(full_name="Bo Public"),
        start_time=now - timedelta(days=4, minutes=30),
        report_time=now - timedelta(days=4, minutes=29),
        end_time=now - timedelta(days=2, minutes=30),
    )
    over.timelineevent_set.create(text="It is in <#C0PRIVATE>")
    Action.objects.create(incident=over, details="Lay two", user=over.lead, priority="1")
    # Its age is shown: it does not become a minute older while the test goes on.
    Action.objects.update(created_date=now - timedelta(days=3, minutes=30))
    Update.objects.post(over, "We dig")
    review = writing.begin(over)
    writing.fill_in(review)
    writing.set_status(review, Review.PUBLISHED)
    IncidentFactory(report="Slow", start_time=now - timedelta(days=3, minutes=30))
    return over


def make_private(lead) -> dict[str, Any]:
    """Make the private incident, with a word of its own in every text it can have.

    Returns the values with which addresses lead to it.
    """
    now = timezone.now()
    incident = IncidentFactory(
        pk=PK,
        report=f"{WORD} title",
        summary=f"{WORD} summary",
        impact=f"{WORD} impact",
        severity="1",
        lead=lead,
        reporter=lead,
        start_time=now - timedelta(days=5, minutes=30),
        report_time=now - timedelta(days=5, minutes=29),
        declaration=True,
    )
    with acting_as(Actor(f"{WORD} program")):
        incident.set_details({"comms": [lead]}, {"service": f"{WORD} service"})
        incident.save()
        CommsChannelFactory(incident=incident, channel_id="C0PRIVATE", channel_name=f"{WORD}-inc")
        entry = incident.timelineevent_set.create(text=f"{WORD} entry", starred=True)
        TimelineRevision.objects.create(event=entry, before={"text": f"{WORD} before"})
        action = Action.objects.create(
            incident=incident, details=f"{WORD} action", user=lead, priority="1",
            due_date=now - timedelta(days=1),
        )  # fmt: skip
        update = Update.objects.post(
            incident, f"{WORD} known", doing=f"{WORD} doing", needed=f"{WORD} needed"
        )
        incident.end_time = now - timedelta(days=3, minutes=30)
        incident.save()
        review = writing.begin(incident)
        writing.fill_in(review)
        section = review.sections.get(key="causes")
        for text in (f"{WORD} once", f"{WORD} cause"):
            writing.write(section, text, {})
            section.refresh_from_db()
    incident.alert_set.create(identity=f"{WORD} alert")
    UserStats.objects.create(incident=incident, user=lead, message_count=3)
    Subscription.objects.create(incident=incident, person=lead)
    events = Event.objects.filter(payload__icontains=WORD)
    assert events.exists()  # from when it was public
    incident.private = True
    incident.save()
    return {
        "incident_id": PK, "incident_pk": PK, "review_pk": review.pk, "action_id": action.pk,
        "event_id": entry.pk, "key": "causes", "incident-detail": PK, "action-detail": action.pk,
        "incident-action-detail": action.pk, "incident-timeline-event-detail": entry.pk,
        "incident-update-detail": update.pk, "review-detail": review.pk,
        "review-section-detail": section.pk, "event-detail": events.latest("pk").pk,
    }  # fmt: skip


def paths(name: str, taken: tuple[str, ...], values: dict[str, Any]) -> list[str]:
    """Return the addresses that a pattern stands for, filled in with ``values``."""
    month = timezone.now() - timedelta(days=5, minutes=29)
    several: dict[str, list[Any]] = {
        "part": ["details", "summary", "impact", "fields"],
        "mark": ["star"],
        "form": ["md", "html", "json"],
        "format": ["json", "api"],
        "drf_format_suffix": [".json", ".api"],
        "table": ["incidents", "measurement-resolve", "actions", "hours", "leads"],
        "year": [month.year],
        "month": [month.month],
        "pk": [values.get(name)],
    }
    filled: list[dict[str, Any]] = [{}]
    for parameter in taken:
        found = several.get(parameter) or [values[parameter]]
        filled = [{**kwargs, parameter: value} for kwargs in filled for value in found]
    return [reverse(name, kwargs=kwargs) for kwargs in filled]


def ask(client: Client, path: str, method: str = "get", **headers: str) -> tuple[int, str]:
    """Return the status and the text of an answer, without what differs each time."""
    if "prometheus" in path:
        headers["Authorization"] = f"Bearer {METRICS_TOKEN}"
    answer = getattr(client, method)(path, headers=headers)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode() + str(answer.headers.get("Location", ""))
    return answer.status_code, re.sub(r"\b[A-Za-z0-9]{64}\b", "token", text)


def everything(client: Client, lead: Any) -> dict[tuple[str, str], tuple[int, str]]:
    """Return what all addresses answer that lead to no incident, by name and address."""
    values = {"externaluser-detail": lead.pk}
    told = {"word": WORD, "pk": PK, "lead": lead.external_id}
    found = {}
    for name, taken in OF_ALL:
        for path in paths(name, taken, values):
            for query in ("", *QUERIES.get(name, ())):
                address = f"{path}?{query.format(**told)}" if query else path
                found[name, address] = ask(client, address)
    return found


def test_every_list_count_filter_and_file_is_as_if_it_were_not_there(outsider, insider, lead):
    before, before_inside = everything(outsider, lead), everything(insider, lead)
    assert {status for status, _text in before.values()} <= {200, 401, 405}
    make_private(lead)
    after, after_inside = everything(outsider, lead), everything(insider, lead)
    assert [address for address, found in after.items() if found != before[address]] == []
    told = [path for (_name, path), (_status, text) in after.items() if WORD in text]
    assert [path for path in told if WORD not in path] == []  # what was typed is repeated
    # Each of them could show it: it does to who may see it.
    other = {
        name for (name, path), found in after_inside.items() if found != before_inside[name, path]
    }
    assert {name for name, _taken in OF_ALL} - other == OF_NOTHING


def methods(path: str) -> list[tuple[str, dict[str, str]]]:
    """Return the methods, with headers, by which something is asked for or written."""
    if not path.startswith("/core/"):
        return [(method, headers) for method in ("get", "post") for headers in ({}, HTMX)]
    if not path.endswith("/"):
        return [("get", {})]
    return [(method, {}) for method in ("get", "options", "post", "put", "patch", "delete")]


def test_every_address_of_it_is_as_if_there_were_none(outsider, lead):
    values = make_private(lead)
    missing = {
        name: value if name == "key" else 900_000 + number
        for number, (name, value) in enumerate(values.items())
    }
    numbers = re.compile(r"\d+")
    for name, taken in OF_AN_INCIDENT:
        own, others = paths(name, taken, values), paths(name, taken, missing)
        for path, nowhere in zip(own, others, strict=True):
            for method, headers in methods(path):
                status, text = ask(outsider, path, method, **headers)
                expected, same = ask(outsider, nowhere, method, **headers)
                where = f"{method} {path}"
                assert (status, numbers.sub("0", text)) == (expected, numbers.sub("0", same)), where
                assert WORD not in text, where
                allowed = (200, 404, 405) if method == "options" else (400, 404, 405)
                assert status in allowed, where
    assert Incident.objects.get(pk=PK).report == f"{WORD} title"


def test_who_may_see_it_sees_its_words_there(insider, lead):
    values = make_private(lead)
    pieces = "&".join(f"{piece}=x" for piece in PIECES)
    silent = set()
    for name, taken in OF_AN_INCIDENT:
        for path in paths(name, taken, values):
            query = pieces if name == "response_live" else "section-causes=x"
            status, text = ask(insider, f"{path}?{query}" if "live" in name else path)
            if status == 405 and not path.startswith("/core/"):
                continue  # only for writing
            if WORD not in text:
                silent.add((name, status))
    assert silent == SILENT
