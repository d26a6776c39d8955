"""What happens in an incident's channel, and what becomes of it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.sandbox.models import ApiCall, Member
from response.core.models import ExternalUser, TimelineEvent
from response.jobs.models import OutboxMessage
from response.slack.decorators import keyword_handler
from response.slack.models import InboxRequest, PinnedMessage, UserStats
from response.slack.web_api import user_cache
from response.slack.web_api.client import SlackClient
from response.worker import runners, tick


def pins(incident):
    return [e.text for e in incident.timeline_events().filter(event_type="slack_pin")]


def test_a_pin_makes_the_timeline(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "Rolled back <b> & @chidi watches\nhttps://a.example")
    slack.people.pin("chidi", message)
    slack.settle()
    entry = incident.timeline_events().get(event_type="slack_pin")
    assert entry.text == "Rolled back <b> & <@U0SANDBOX03> watches\nhttps://a.example"
    assert entry.metadata["author"]["external_id"] == "U0SANDBOX02"
    assert entry.metadata["message_ts"] == message.ts
    assert entry.metadata["channel_id"] == channel
    assert f"/archives/{channel}/" in entry.metadata["permalink"]
    pin = PinnedMessage.objects.get()
    assert (pin.author.external_id, pin.timeline_event) == ("U0SANDBOX02", entry)
    assert abs(entry.timestamp.timestamp() - float(message.ts)) < 0.001

    slack.people.unpin("bo", message)
    slack.settle()
    assert pins(incident) == []
    assert not PinnedMessage.objects.exists()
    slack.people.pin("bo", message)
    slack.settle()
    assert len(pins(incident)) == 1


def test_pins_delivered_twice_and_out_of_order(slack):
    incident, channel = slack.incident_with_channel()
    TimelineEvent.objects.create(incident=incident, text="written by hand")

    def event(kind, n, event_ts):
        item = {"message": {"ts": f"1700.{n:06d}", "user": "U0SANDBOX02", "text": f"pin {n}"}}
        return {"type": kind, "user": "U0SANDBOX01", "channel_id": channel, "item": item,
                "event_ts": event_ts}  # fmt: skip

    events = []
    for n in range(20):
        story = ["pin_added", "pin_removed", "pin_added", "pin_removed"][: n % 4 + 1]
        events += [event(kind, n, f"18{step}0.{n:06d}") for step, kind in enumerate(story)]
    deliveries = [(f"Ev{i}", e) for i, e in enumerate(events)]
    deliveries += deliveries[::3] + [(f"Ev{i}again", e) for i, e in enumerate(events[::4])]
    random.shuffle(deliveries)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda d: slack.post_event(d[1], event_id=d[0]), deliveries))
    slack.settle()
    assert pins(incident) == [f"pin {n}" for n in range(20) if n % 4 in (0, 2)]
    assert PinnedMessage.objects.count() == 10
    assert incident.timeline_events().filter(event_type="text").count() == 1


def test_a_message_of_a_bot_or_a_workflow_is_pinned(slack):
    incident, channel = slack.incident_with_channel()
    for n, author in enumerate(
        (
            {"user": "U0OTHERBOT1", "bot_id": "B0OTHER0001"},
            {"bot_id": "B0OTHER0002", "username": "Tide gauge", "subtype": "bot_message"},
            {"subtype": "bot_message", "text": "", "attachments": [{"fallback": "ALERT"}]},
        )
    ):
        message = {"ts": f"1700.00000{n}", "text": "Deploy finished", **author}
        event = {"type": "pin_added", "user": "U0SANDBOX01", "channel_id": channel,
                 "item": {"type": "message", "message": message}}  # fmt: skip
        assert slack.post_event(event)[0] == 200
    slack.settle()
    entries = incident.timeline_events().filter(event_type="slack_pin")
    told = [(e.metadata["author"]["external_id"], e.text) for e in entries]
    assert told == [
        ("U0OTHERBOT1", "Deploy finished"),
        ("B0OTHER0002", "Deploy finished"),
        ("bot", "ALERT"),
    ]
    assert entries[1].metadata["author"]["display_name"] == "Tide gauge"


def test_a_pin_of_something_else_is_ignored(slack):
    _incident, channel = slack.incident_with_channel()
    for item, status in (
        ({"type": "file", "file": {"id": "F1"}}, 200),
        (None, 200),
        ("x", 400),
        ({"message": {"ts": 5}}, 400),
    ):
        event = {"type": "pin_added", "user": "U0SANDBOX01", "channel_id": channel, "item": item}
        assert slack.post_event(event)[0] == status
    slack.settle()
    assert not PinnedMessage.objects.exists()


def test_files_of_a_pinned_message_are_kept_as_links(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    file = {
        "id": "F1",
        "name": "p95.png",
        "title": "p95",
        "mimetype": "image/png",
        "permalink": "https://files.example/p95",
        "url_private": "https://files.example/private",
        "thumb_360": "https://files.example/thumb",
    }
    message = slack.people.say("bo", channel, "graph", files=[file])
    slack.people.pin("bo", message)
    slack.settle()
    entry = incident.timeline_events().get(event_type="slack_pin")
    assert entry.metadata["files"] == [
        {
            "id": "F1",
            "name": "p95.png",
            "title": "p95",
            "mimetype": "image/png",
            "permalink": "https://files.example/p95",
            "thumb": "https://files.example/thumb",
        }
    ]


def test_a_pinned_message_is_edited_and_deleted(slack, client, settings):
    settings.RESPONSE_LOGIN_REQUIRED = False
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "build 9871")
    slack.people.pin("bo", message)
    slack.settle()
    slack.people.edit(message, "build 9872 & fine")
    slack.settle()
    entry = incident.timeline_events().get(event_type="slack_pin")
    assert entry.text == "build 9872 & fine"
    assert entry.metadata["edited"]
    assert "edited" in client.get(f"/incident/{incident.pk}/").content.decode()
    slack.people.delete(message)
    slack.settle()
    entry.refresh_from_db()
    assert entry.text == "build 9872 & fine"
    assert entry.metadata["deleted"]
    assert "deleted" in client.get(f"/incident/{incident.pk}/").content.decode()


def test_who_is_counted(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    slack.people.say("bo", channel, "one")
    slack.people.say("bo", channel, "two", files=[{"id": "F1", "name": "x"}])
    for more in (
        {"bot_id": "B0OTHER0001", "user": "U0OTHERBOT1"},
        {"bot_id": "B0OTHER0002", "subtype": "bot_message", "user": None},
        {"user": "USLACKBOT"},
        {"subtype": "channel_topic"},
        {"subtype": "message_changed", "message": {"user": "U0SANDBOX02"}},
        {"user": None},
    ):
        event = {"type": "message", "channel": channel, "user": "U0SANDBOX02", "text": "x",
                 "ts": f"1.{random.randrange(10**6):06d}", **more}  # fmt: skip
        assert slack.post_event(event)[0] == 200
    slack.settle()
    counted = UserStats.objects.filter(incident=incident, message_count__gt=0)
    assert list(counted.values_list("user__external_id", "message_count")) == [("U0SANDBOX02", 2)]


def test_who_joined_and_when(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("eiko", channel)
    slack.settle()
    stats = UserStats.objects.get(incident=incident, user__external_id="U0SANDBOX05")
    joined = stats.join_time
    assert joined is not None
    assert stats.message_count == 0
    slack.people.leave("eiko", channel)
    slack.people.join("eiko", channel)
    slack.people.say("eiko", channel, "hello")
    slack.settle()
    stats.refresh_from_db()
    assert (stats.join_time, stats.message_count) == (joined, 1)


def test_the_channel_is_renamed_and_archived(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.rename_channel(channel, "another-name")
    slack.people.archive("bo", channel)
    slack.settle()
    stored = incident.commschannel
    stored.refresh_from_db()
    assert (stored.channel_name, stored.archived) == ("another-name", True)
    slack.people.archive("bo", channel, archived=False)
    slack.settle()
    stored.refresh_from_db()
    assert not stored.archived


def test_a_changed_profile_is_known_at_once(slack):
    slack.incident_with_channel()
    slack.people.change_profile("ada", display_name="Ada (away)")
    slack.settle()
    ada = ExternalUser.objects.get(external_id="U0SANDBOX01")
    assert ada.display_name == "Ada (away)"
    slack.people.change_profile("ada", deleted=True)
    slack.settle()
    ada.refresh_from_db()
    assert ada.deleted


def test_names_are_looked_up_when_they_are_needed(slack):
    slack.declare("Down", lead="W0SANDBOX04")
    dana = ExternalUser.objects.get(external_id="W0SANDBOX04")
    assert (dana.display_name, dana.full_name) == ("dana", "Dana Levy")


def test_the_whole_workspace_page_by_page(slack, monkeypatch):
    from response.slack.web_api.client import SlackClient

    whole = SlackClient.get_paginated_users
    monkeypatch.setattr(
        SlackClient,
        "get_paginated_users",
        lambda self, limit=3, cursor=None: whole(self, 3, cursor),
    )
    slack.people.change_profile("farid", deleted=True)
    people = Member.objects.filter(is_bot=False).count()
    assert user_cache.update_user_cache(exclude_bots=True) == people
    assert ExternalUser.objects.count() == people
    assert ExternalUser.objects.get(external_id="U0SANDBOX06").deleted
    assert len(slack.calls("users.list")) == 3
    assert user_cache.update_user_cache() == people + 1


def test_the_daily_work_goes_through_the_workspace_as_fast_as_slack_allows(
    slack, settings, monkeypatch
):
    from response.slack.web_api.client import SlackClient

    whole = SlackClient.get_paginated_users
    monkeypatch.setattr(
        SlackClient,
        "get_paginated_users",
        lambda self, limit=2, cursor=None: whole(self, 2, cursor),
    )
    settings.RESPONSE_SLACK_PACE = 30
    settings.SANDBOX_RATE_LIMITS = 30
    slack.faults.add("500", "users.list", times=1)
    tick.daily()
    tick.daily()
    slack.until(
        lambda: runners.start_workers() or not OutboxMessage.objects.waiting().exists(),
        "the people to be brought up to date",
    )
    assert ExternalUser.objects.count() >= 6
    job = OutboxMessage.objects.get()
    assert job.status == "sent"
    assert not ApiCall.objects.filter(error="429").exists()
    pages = [call.arguments.get("cursor", "") for call in slack.calls("users.list")]
    assert len(pages) == len(set(pages)), "no page is asked for twice"


def test_profiles(slack):
    assert user_cache.get_user_profile("U0SANDBOX05") == {
        "id": "U0SANDBOX05",
        "name": "英子",
        "fullname": "森 英子",
        "email": "eiko@example.com",
        "deleted": False,
    }
    assert user_cache.get_user_profile_by_email("EIKO@example.com")["id"] == "U0SANDBOX05"
    assert user_cache.get_user_profile(None) is None
    asked = len(slack.calls("users.info"))
    user_cache.get_user_profile("U0SANDBOX05")
    assert len(slack.calls("users.info")) == asked


def test_what_we_say_is_ours_also_where_the_envelope_does_not_tell(slack):
    _incident, channel = slack.incident_with_channel()
    heard = []

    @keyword_handler(["runbook"], from_bots=True)
    def runbook(comms_channel, user, keyword, text, ts):
        heard.append(text)

    ours = SlackClient().api_call("auth.test")["bot_id"]
    for n, bot in enumerate((ours, "B0ANOTHER01")):
        slack.post_event(
            {"type": "message", "subtype": "bot_message", "bot_id": bot, "channel": channel,
             "text": f"runbook {n}", "ts": f"1700000000.00000{n}"}
        )  # fmt: skip
    slack.settle()
    assert heard == ["runbook 1"]


@pytest.mark.parametrize(
    ("text", "reaction", "said"),
    [
        ("lead", "question", "Say who leads"),
        ("action mop up", "question", "Say who does it"),
        ("action <@U0SANDBOX03> mop up", "white_check_mark", ""),
        ("close", "white_check_mark", ""),
        ("nonsense", "question", ""),
    ],
)
def test_a_command_of_a_workflow(slack, text, reaction, said):
    _incident, channel = slack.incident_with_channel()
    written = slack.people.say("bo", channel, "something to react to")
    event = {"type": "app_mention", "bot_id": "B0WORKFLOW1", "channel": channel,
             "text": f"<@{slack.bot}> {text}", "ts": written.ts}  # fmt: skip
    slack.post_event(event)
    slack.settle()
    assert slack.reactions(written) == [reaction]
    assert said in slack.messages(channel)[-1].text
    assert not InboxRequest.objects.exclude(status="done").exists()
