"""What programs ask for on declaring: a comms channel, privacy, one incident per key."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from response.core import chat
from response.jobs.wake import wake
from response.models import CommsChannel, DedupKey, Event, ExternalUser, Incident, OutboxMessage
from tests.api.conftest import allow

INCIDENTS = "/core/incidents/"


def declare(client: APIClient, key: str | None = None, **fields: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(INCIDENTS, {"report": "Disk", **fields}, format="json", headers=headers)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 400, response.content
    found: dict[str, list[str]] = response.json()["errors"]
    return found


def channels_asked_for() -> list[tuple[int | None, str]]:
    jobs = OutboxMessage.objects.filter(method="comms_channel.make").order_by("id")
    return [(job.incident_id, job.arguments.get("user", "")) for job in jobs]


# A comms channel


def test_a_channel_is_asked_for_as_by_the_button(client: APIClient, account: Any) -> None:
    ExternalUser.objects.create(
        app_id="slack", external_id="U1", display_name="anna", owner=account
    )
    response = declare(client, create_comms_channel=True)
    assert response.status_code == 201
    assert channels_asked_for() == [(response.json()["id"], "U1")]
    assert "create_comms_channel" not in response.json()


def test_whoever_is_not_in_slack_gets_one_too(client: APIClient, account: Any) -> None:
    ExternalUser.objects.create(app_id="pager", external_id="7", display_name="a", owner=account)
    response = declare(client, create_comms_channel=True)
    assert channels_asked_for() == [(response.json()["id"], "")]


@pytest.mark.parametrize("given", [{}, {"create_comms_channel": False}])
def test_no_channel_is_made_unasked(client: APIClient, given: dict[str, Any]) -> None:
    assert declare(client, **given).status_code == 201
    assert channels_asked_for() == []


def test_a_change_may_ask_for_a_channel(client: APIClient, incident: Incident) -> None:
    address = f"{INCIDENTS}{incident.pk}/"
    before = Event.objects.count()
    for _again in range(2):
        assert client.patch(address, {"create_comms_channel": True}, "json").status_code == 200
        CommsChannel.objects.get_or_create(
            incident=incident, defaults={"channel_id": "C1", "channel_name": "inc-1"}
        )
    assert channels_asked_for() == [(incident.pk, "")]
    assert Event.objects.count() == before


def test_where_there_can_be_no_channel(client: APIClient, incident: Incident) -> None:
    given = {"create_comms_channel": True}
    ended = timezone.now().isoformat()
    address = f"{INCIDENTS}{incident.pk}/"
    for refused in (
        declare(client, report_only=True, **given),
        declare(client, start_time=ended, end_time=ended, **given),
        declare(client, is_closed=True, **given),
        client.patch(address, {"report_only": True, **given}, "json"),
        client.patch(address, {"is_closed": True, **given}, "json"),
        declare(client, create_comms_channel="perhaps"),
        declare(client, create_comms_channel=None),
    ):
        assert list(errors(refused)) == ["create_comms_channel"]
    assert Incident.objects.get() == incident
    assert channels_asked_for() == []


def test_without_a_chat_tool(client: APIClient, settings: Any) -> None:
    settings.SLACK_TOKEN = ""
    [sentence] = errors(declare(client, create_comms_channel=True))["create_comms_channel"]
    assert "chat tool" in sentence
    settings.SLACK_CLIENT = object()  # a project's own, with a token of its own
    assert declare(client, create_comms_channel=True).status_code == 201


def test_with_none_registered(client: APIClient) -> None:
    slack = chat.get()
    chat.register(chat.NoChat())
    try:
        assert "create_comms_channel" in errors(declare(client, create_comms_channel=True))
        with pytest.raises(RuntimeError):
            chat.get().request_channel(Incident(), None)
    finally:
        chat.register(slack)


def test_the_channel_is_made_in_slack(slack: Any, client: APIClient, account: Any) -> None:
    ada = slack.people.member("ada").id
    person, _created = ExternalUser.objects.get_or_create_slack(external_id=ada)
    ExternalUser.objects.filter(pk=person.pk).update(owner=account)
    pk = declare(client, create_comms_channel=True, report="Disk full").json()["id"]
    wake()
    slack.settle()
    channel = CommsChannel.objects.get(incident_id=pk)
    assert channel.channel_name == f"inc-{pk}-disk-full"
    assert f"<#{channel.channel_id}>" in slack.shown(slack.headline(Incident.objects.get(pk=pk)))
    assert channel.channel_id in json.dumps(
        [call.arguments for call in slack.calls("conversations.invite")]
    )


# A private incident


def test_a_private_incident(client: APIClient, account: Any) -> None:
    ExternalUser.objects.create(external_id="U1", display_name="Ada", owner=account)
    declared = declare(client, private=True, report="Breach")
    assert declared.status_code == 201
    assert "private" not in declared.json()
    assert Incident.objects.get().private
    assert not Event.objects.exists()
    address = f"{INCIDENTS}{declared.json()['id']}/"
    assert client.get(address).status_code == 200, "its reporter sees it"
    Incident.objects.update(reporter=None)
    assert client.get(address).status_code == 404


def test_a_private_incident_in_slack(slack: Any, client: APIClient) -> None:
    declare(client, private=True, report="Breach")
    wake()
    headline = slack.until(lambda: slack.messages("incidents"))[0]
    assert "Breach" not in slack.shown(headline)
    assert "is private" in slack.shown(headline)


def test_an_incident_becomes_private_and_public(client: APIClient, incident: Incident) -> None:
    address = f"{INCIDENTS}{incident.pk}/"
    assert client.patch(address, {"severity": "1"}, "json").status_code == 200
    incident.refresh_from_db()
    assert not incident.private
    assert client.patch(address, {"private": True}, "json").status_code == 200
    incident.refresh_from_db()
    assert incident.private
    assert client.patch(address, {"private": False}, "json").status_code == 404


@pytest.mark.parametrize("given", [None, "perhaps", 7])
def test_what_is_neither_private_nor_not(client: APIClient, given: Any) -> None:
    assert list(errors(declare(client, private=given))) == ["private"]


def test_a_form_leaves_privacy_alone(client: APIClient, account: Any, incident: Incident) -> None:
    allow(account, "view_private_incident")
    Incident.objects.update(private=True)
    form = {"report": "Down", "severity": "2"}
    assert client.put(f"{INCIDENTS}{incident.pk}/", form, "multipart").status_code == 200
    assert Incident.objects.get().private


# One incident per key


@pytest.mark.parametrize("how", ["header", "field", "both"])
def test_a_repeated_key_is_answered_with_the_open_incident(client: APIClient, how: str) -> None:
    def send(**fields: Any) -> Any:
        if how != "header":
            fields["dedup_key"] = "disk-full/db-1"
        return declare(client, None if how == "field" else "disk-full/db-1", **fields)

    first = send(summary="First")
    assert first.status_code == 201
    again = send(summary="Second", lead={"external_id": "U9", "display_name": "new"})
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert "dedup_key" not in again.json()
    # Nothing of what was repeated is stored.
    assert Incident.objects.get().summary == "First"
    assert not ExternalUser.objects.exists()
    client.patch(f"{INCIDENTS}{first.json()['id']}/", {"is_closed": True}, "json")
    third = send(summary="Third")
    assert third.status_code == 201
    assert third.json()["id"] != first.json()["id"]


def test_header_and_field_are_one_namespace(client: APIClient) -> None:
    first = declare(client, "näch – 1".encode().decode("latin-1"))
    again = declare(client, dedup_key="näch – 1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert DedupKey.objects.get().key == "näch – 1"


def test_a_repetition_asks_for_no_second_channel(client: APIClient) -> None:
    for _again in range(3):
        declare(client, "k", create_comms_channel=True)
    assert len(channels_asked_for()) == 1


def test_an_incident_declared_as_closed_does_not_keep_its_key(client: APIClient) -> None:
    assert declare(client, "k", is_closed=True).status_code == 201
    assert declare(client, "k").status_code == 201
    assert declare(client, "k").status_code == 200


def test_a_repetition_has_to_be_right_as_well(client: APIClient) -> None:
    declare(client, "k")
    assert "severity" in errors(declare(client, "k", severity="9"))


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\x07b", "a\nb", 5, None, ["a"], {"a": 1}])
def test_keys_that_are_none(client: APIClient, key: Any) -> None:
    assert list(errors(declare(client, dedup_key=key))) == ["dedup_key"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\x07b", "\x9f"])
def test_headers_that_are_none(client: APIClient, key: str) -> None:
    assert list(errors(declare(client, key))) == ["Idempotency-Key"]
    assert not Incident.objects.exists()


def test_two_different_keys(client: APIClient) -> None:
    assert list(errors(declare(client, "a", dedup_key="b"))) == ["dedup_key"]
    assert declare(client, "a", dedup_key="a").status_code == 201


def test_a_key_is_given_once(client: APIClient, incident: Incident) -> None:
    address = f"{INCIDENTS}{incident.pk}/"
    for send in (client.patch, client.put):
        answer = send(address, {"report": "x", "dedup_key": "k"}, "json")
        assert list(errors(answer)) == ["dedup_key"]
    assert not DedupKey.objects.exists()


def test_a_form_with_an_empty_key(client: APIClient) -> None:
    response = client.post(INCIDENTS, {"report": "Disk", "dedup_key": ""})
    assert response.status_code == 201
    assert not DedupKey.objects.exists()
    assert channels_asked_for() == []


def login(name: str, *permissions: str) -> APIClient:
    """A client of another account."""
    account = get_user_model().objects.create_user(name)
    for codename in permissions:
        allow(account, codename)
    client = APIClient()
    client.force_login(account)
    return client


def test_a_key_of_a_private_incident_is_free_for_those_who_may_not_see_it(
    client: APIClient,
) -> None:
    alerts = login("alerts", "view_private_incident")
    declared = declare(alerts, "k", report="Breach", private=True)
    unused = declare(client, "another")
    first = declare(client, "k", report="Disk")
    again = declare(client, "k", report="Disk")
    # Just as for a key that was never used, the first time and when it is repeated.
    assert (unused.status_code, first.status_code, again.status_code) == (201, 201, 200)
    assert first.json().keys() == unused.json().keys()
    assert again.json() == first.json()
    assert first.json()["id"] != declared.json()["id"]
    # Those who see both go on with theirs.
    assert declare(alerts, "k").json()["id"] == declared.json()["id"]
    # Nor does it show when the private one is closed, or opened again.
    Incident.objects.get(private=True).close()
    assert declare(client, "k").json() == first.json()
    Incident.objects.get(private=True).reopen()
    assert declare(client, "k").json() == first.json()
    assert Incident.objects.filter(report__in=["Breach", "Disk"]).count() == 3


def test_the_private_incidents_of_two_hold_a_key_each(client: APIClient) -> None:
    bo, ann = login("bo"), login("ann")
    assert declare(bo, "k", report="Of bo", private=True).status_code == 201
    assert declare(ann, "k", report="Of ann", private=True).status_code == 201
    public = declare(client, "k", report="Public")
    assert public.status_code == 201
    # Each finds what it declared itself, and is not shown what it may not see any more.
    for own in (bo, ann):
        answer = declare(own, "k")
        assert (answer.status_code, answer.json()["code"]) == (409, "key_taken")
        assert "Of" not in answer.content.decode()
    assert declare(client, "k").json() == public.json()
    assert declare(login("clara"), "k").json() == public.json()
    assert Incident.objects.count() == 3


def test_the_key_of_an_incident_that_became_private(client: APIClient, account: Any) -> None:
    declare(client, "k", report="Breach")
    Incident.objects.update(private=True)
    response = declare(client, "k")
    assert (response.status_code, response.json()["code"]) == (409, "key_taken")
    assert "private" not in response.content.decode().lower()
    assert "Breach" not in response.content.decode()
    assert Incident.objects.count() == 1
    allow(account, "view_private_incident")
    assert declare(client, "k").status_code == 200


def test_without_an_account_no_private_incident_gets_a_key(
    anonymous: APIClient, settings: Any
) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
        "UNAUTHENTICATED_USER": None,
    }
    assert list(errors(declare(anonymous, "k", private=True))) == ["dedup_key"]
    declare(login("bo"), "k", private=True)
    first = declare(anonymous, "k")
    assert (first.status_code, declare(anonymous, "k").json()) == (201, first.json())


class Serialization(Exception):
    sqlstate = "40P01"


def test_a_deadlock_is_a_clear_answer(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(**fields: Any) -> None:
        raise OperationalError("deadlock detected") from Serialization()

    monkeypatch.setattr(Incident.objects, "create_incident", lose)
    answer = declare(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_the_admin_shows_the_key(admin_client: Any, client: APIClient) -> None:
    pk = declare(client, "disk-full/db-1").json()["id"]
    without = declare(client).json()["id"]
    page = admin_client.get(f"/admin/response/incident/{pk}/change/").content.decode()
    assert '<div class="readonly">disk-full/db-1</div>' in page
    assert 'name="dedup_key"' not in page
    page = admin_client.get(f"/admin/response/incident/{without}/change/").content.decode()
    assert "disk-full" not in page
    assert admin_client.get("/admin/response/incident/add/").status_code == 200


def test_closing_in_the_admin_frees_the_key(admin_client: Any, client: APIClient) -> None:
    pk = declare(client, "k").json()["id"]
    page = admin_client.get(f"/admin/response/incident/{pk}/change/")
    form = page.context["adminform"].form
    data: dict[str, Any] = {"report": "Disk", "action_set-TOTAL_FORMS": 0,
                            "action_set-INITIAL_FORMS": 0}  # fmt: skip
    for name in ("report_time", "start_time"):
        date, time = form[name].value().strftime("%Y-%m-%d %H:%M:%S.%f").split()
        data |= {f"{name}_0": date, f"{name}_1": time}
    reporter = ExternalUser.objects.create(app_id="slack", external_id="U1", display_name="x")
    data |= {"reporter": reporter.pk, "end_time_0": "2100-01-01", "end_time_1": "12:00"}
    response = admin_client.post(f"/admin/response/incident/{pk}/change/", data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Incident.objects.get(pk=pk).is_closed()
    assert declare(client, "k").status_code == 201


@pytest.mark.django_db(transaction=True)
@override_settings(
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["tests.api.test_docs.OneToken"]}
)
def test_posts_at_the_same_instant(live_server: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("robot")
    answers: list[tuple[int, int]] = []
    start = threading.Barrier(5)

    def post(number: int) -> None:
        request = urllib.request.Request(
            f"{live_server.url}{INCIDENTS}",
            data=json.dumps({"report": f"Disk {number}", "create_comms_channel": True}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Token 0123456789abcdef",
                "Idempotency-Key": "disk",
            },
        )
        start.wait(60)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answers.append((response.status, json.load(response)["id"]))
        except urllib.error.HTTPError as error:
            answers.append((error.code, 0))
            error.close()

    threads = [threading.Thread(target=post, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 201]
    assert {pk for _, pk in answers} == {Incident.objects.get().pk}
    assert len(channels_asked_for()) == 1
