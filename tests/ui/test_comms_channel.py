"""Making the comms channel from the incident's page, as with the button in the headline."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.utils import timezone
from playwright.sync_api import expect

from response.core import chat
from response.core.chat import ChannelRequest
from response.core.models import ExternalUser, Incident
from response.jobs.models import OutboxMessage
from response.slack.models import CommsChannel
from tests.factories import CommsChannelFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db

WORDS = "Create comms channel"


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def page(client, incident: Incident) -> str:
    answer = client.get(f"/incident/{incident.pk}/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def press(client, incident: Incident, **headers: str):
    return client.post(f"/incident/{incident.pk}/create-channel/", headers=headers)


def jobs() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(method="comms_channel.make").order_by("pk"))


def is_member(slack, reader, name: str = "bo") -> ExternalUser:
    """Make ``reader`` the account of a person in Slack."""
    external_id = slack.people.member(name).id
    person, _created = ExternalUser.objects.get_or_create_slack(external_id=external_id)
    ExternalUser.objects.filter(pk=person.pk).update(owner=reader)
    person.refresh_from_db()
    return person


# In Slack


def test_pressed_on_the_page_it_is_made_in_slack(slack, reading, reader):
    bo = is_member(slack, reader)
    incident = slack.declare("The checkout is down")
    assert WORDS in page(reading, incident)
    answer = press(reading, incident)
    assert (answer.status_code, answer.url) == (302, f"/incident/{incident.pk}/#head")
    text = page(reading, incident)
    assert "The comms channel is being made" in text
    assert WORDS not in text
    slack.settle()
    channel = CommsChannel.objects.get()
    assert f"<#{channel.channel_id}>" in slack.shown(slack.headline(incident))
    assert "create-comms-channel-button" not in slack.shown(slack.headline(incident))
    invited = [call.arguments["users"] for call in slack.calls("conversations.invite")]
    assert bo.external_id in ",".join(invited)
    entry = incident.timeline_events().get(text__startswith="Comms channel made")
    assert entry.actor == bo
    text = page(reading, incident)
    assert WORDS not in text
    assert "Open in Slack" in text
    assert f"#{channel.channel_name}" in text


def test_pressed_twice_by_two_and_in_slack_it_is_made_once(slack, reading, reader, admin_user):
    is_member(slack, reader)
    incident = slack.declare("The checkout is down")
    other = Client()
    other.force_login(admin_user)
    for browser in (reading, reading, other, other):
        assert press(browser, incident).status_code == 302
    assert len(jobs()) == 2, "one of each"
    headline = slack.headline(incident)
    slack.people.press("chidi", headline, "create-comms-channel-button")
    slack.settle()
    assert press(reading, incident).status_code == 302, "a page that was open"
    slack.settle()
    assert CommsChannel.objects.count() == 1
    assert len(slack.calls("conversations.create")) == 1
    assert incident.timeline_events().filter(text__startswith="Comms channel made").count() == 1


def test_what_fails_half_way_goes_on(slack, reading):
    incident = slack.declare("The checkout is down")
    slack.faults.add("500", "conversations.setTopic", times=1)
    press(reading, incident)
    slack.until(lambda: jobs()[0].status == OutboxMessage.DONE)
    assert len(slack.calls("conversations.create")) == 1
    assert jobs()[0].attempts, "it was tried again"
    assert "topic" in jobs()[0].progress["done"]


def test_a_private_incident_gets_a_private_channel(slack, reading, reader):
    bo = is_member(slack, reader)
    incident = IncidentFactory(private=True, reporter=bo, lead=None)
    press(reading, incident)
    slack.settle()
    assert slack.channel(CommsChannel.objects.get().channel_name).is_private


def test_the_account_is_known_without_a_person_in_slack(slack, reading):
    incident = IncidentFactory()
    press(reading, incident)
    slack.settle()
    assert CommsChannel.objects.exists()
    entry = incident.timeline_events().get(text__startswith="Comms channel made")
    assert (entry.actor, entry.actor_name) == (None, "reader")


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("allowed", [True, False])
def test_whether_they_may_see_it_is_asked_when_it_is_made(slack, reading, reader, linked, allowed):
    if linked:
        is_member(slack, reader)
    incident = IncidentFactory(reporter=None, lead=None)
    press(reading, incident)
    Incident.objects.update(private=True)
    if allowed:
        reader.user_permissions.add(Permission.objects.get(codename="view_private_incident"))
    slack.settle()
    assert CommsChannel.objects.exists() is allowed
    assert bool(slack.calls("conversations.invite")) is (allowed and linked)
    assert jobs()[0].status == OutboxMessage.DONE


def test_who_asked_and_was_deleted_brings_no_secret_to_light(slack, reading, reader):
    for incident in (IncidentFactory(), IncidentFactory()):
        press(reading, incident)
    reader.delete()
    Incident.objects.filter(pk=incident.pk).update(private=True)
    slack.settle()
    made = CommsChannel.objects.get()
    assert made.incident_id != incident.pk
    entry = made.incident.timeline_events().get(text__startswith="Comms channel made")
    assert entry.actor_name == "Response"


def test_closed_before_it_is_made(slack, reading):
    incident = IncidentFactory()
    press(reading, incident)
    Incident.objects.get().close()
    slack.settle()
    assert not CommsChannel.objects.exists()
    assert not slack.calls("conversations.create")


# On the page


def test_the_page_follows(reading):
    incident = IncidentFactory()
    address = f"/incident/{incident.pk}/live/"

    def live() -> str:
        answer = reading.get(address, {"head": mark})
        return unescape(answer.content.decode())

    mark = reading.get(f"/incident/{incident.pk}/").context["marks"]["incident"]
    assert reading.get(address, {"head": mark}).status_code == 204
    answer = press(reading, incident, HX_Request="true")
    assert answer.status_code == 200
    assert "The comms channel is being made" in unescape(answer.content.decode())
    text = live()
    assert "The comms channel is being made" in text
    assert WORDS not in text
    OutboxMessage.objects.update(blocked=True)
    assert "waits for an administrator" in live()
    OutboxMessage.objects.update(blocked=False, status=OutboxMessage.FAILED)
    text = live()
    assert "The comms channel could not be made" in text
    assert WORDS in text
    CommsChannelFactory(incident=incident, channel_name="inc-42")
    text = live()
    assert "#inc-42" in text
    assert WORDS not in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"report_only": True}, "A report-only incident has no comms channel."),
        ({"end_time": timezone.now()}, "This incident is closed: reopen it first"),
    ],
)
def test_what_can_have_no_channel_gets_none(reading, fields, words):
    incident = IncidentFactory(**fields)
    assert WORDS not in page(reading, incident)
    assert press(reading, incident).status_code == 302
    assert words in page(reading, incident)
    assert press(reading, incident, HX_Request="true").status_code == 200
    assert words not in page(reading, incident), "the head has shown it"
    assert jobs() == []


def test_who_comes_late_is_brought_into_the_channel(slack, reading, reader):
    incident, channel = slack.incident_with_channel()
    chidi = is_member(slack, reader, "chidi")
    press(reading, Incident.objects.get(pk=incident.pk))
    slack.settle()
    assert slack.calls("conversations.invite")[-1].arguments["users"] == chidi.external_id
    assert CommsChannel.objects.get().channel_id == channel


def test_who_may_not_change_the_incident(reading, reader):
    incident, hidden = IncidentFactory(), IncidentFactory(private=True)
    with override_settings(RESPONSE_API_MODEL_PERMISSIONS=True):
        assert WORDS not in page(reading, incident)
        assert press(reading, incident).status_code == 403
    assert press(reading, hidden).status_code == 404
    assert reading.get(f"/incident/{incident.pk}/create-channel/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert press(strict, incident).status_code == 403
    with override_settings(LOGIN_URL="/login/"):
        for required in (True, False):
            with override_settings(RESPONSE_LOGIN_REQUIRED=required):
                answer = press(Client(), incident)
                assert answer.url == f"/login/?next=/incident/{incident.pk}/"
    with override_settings(RESPONSE_LOGIN_REQUIRED=False):
        assert WORDS not in page(Client(), incident)
    assert jobs() == []


@pytest.mark.parametrize("registered", [True, False])
def test_without_a_chat_tool_there_is_no_button(reading, settings, registered):
    incident = IncidentFactory()
    slack = chat.get()
    if registered:
        settings.SLACK_TOKEN = ""
    else:
        chat.register(chat.NoChat())
    try:
        assert WORDS not in page(reading, incident)
        assert press(reading, incident).status_code == 404
        assert chat.NoChat().channel_request(incident) == ChannelRequest.NONE
    finally:
        chat.register(slack)
    assert jobs() == []


# In a browser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [390, 1440])
def test_in_a_browser(new_page, live_server, reader, client, script, width):
    PersonFactory(owner=reader, full_name="Anna")
    incident = IncidentFactory(report="The checkout is down", severity="1")
    client.force_login(reader)
    shown = new_page(java_script_enabled=script, viewport={"width": width, "height": 900})
    cookie = client.cookies["sessionid"].value
    shown.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    shown.goto(f"{live_server.url}/incident/{incident.pk}/")
    wide = "document.documentElement.scrollWidth <= window.innerWidth"
    button = shown.get_by_role("button", name=WORDS)
    button.click()
    expect(shown.locator("#head")).to_contain_text("The comms channel is being made")
    expect(button).to_have_count(0)
    assert shown.evaluate(wide)
    [job] = jobs()
    assert job.incident_id == incident.pk
    CommsChannelFactory(incident=incident, channel_name="inc-42")
    if not script:
        shown.reload()
    expect(shown.locator("#head")).to_contain_text("#inc-42")
