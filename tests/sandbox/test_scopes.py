"""A token does what its scopes allow, and the app hears what it may hear."""

from __future__ import annotations

import urllib.request

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from demo.sandbox import conversations, people, scopes
from demo.sandbox.models import Delivery, Grant
from demo.sandbox.workspace import BOT_USER
from response.db import atomic

GENERAL, INCIDENTS = "C0SANDBOX01", "C0SANDBOX02"


@pytest.fixture
def api(slack, settings):
    return WebClient("xoxb-sandbox", base_url=settings.SLACK_API_URL)


@pytest.fixture
def secret(slack) -> str:
    """A private channel with the bot in it."""
    channel = people.create_channel("anna", "secret", private=True)
    conversations.join(channel, BOT_USER, conversations.at_once)
    return channel.id


def without(*withheld: str) -> None:
    # The sandbox still delivers what was done before: the lock is taken, not upgraded.
    with atomic():
        Grant.objects.update_or_create(pk=1, defaults={"withheld": list(withheld)})


def refused(api, method: str, **arguments) -> dict:
    with pytest.raises(SlackApiError) as raised:
        api.api_call(method, params=arguments)
    return raised.value.response.data


def needed(api, method: str, **arguments) -> str:
    answer = refused(api, method, **arguments)
    assert answer["error"] == "missing_scope"
    assert set(answer["provided"].split(",")) == set(scopes.granted())
    return answer["needed"]


def test_a_missing_scope_is_named_with_those_that_there_are(api, settings):
    settings.SANDBOX_SCOPES = ["chat:write", "users:read"]
    answer = refused(api, "reactions.add", channel=INCIDENTS, timestamp="1.1", name="eyes")
    assert answer["needed"] == "reactions:write"
    assert answer["provided"] == "chat:write,users:read"


def test_the_scopes_may_come_from_a_function(api, settings):
    settings.SANDBOX_SCOPES = "tests.sandbox.test_scopes.some_scopes"
    assert api.auth_test().headers["x-oauth-scopes"] == "chat:write,commands"


def some_scopes() -> tuple[str, ...]:
    return ("commands", "chat:write")


def test_every_answer_has_the_scopes_in_its_headers(api, slack):
    answer = api.api_call("users.info", params={"user": BOT_USER})
    assert "users:read" in answer.headers["x-oauth-scopes"].split(",")
    assert answer.headers["x-accepted-oauth-scopes"] == "users:read"
    without("users:read")
    with pytest.raises(SlackApiError) as raised:
        api.api_call("users.info", params={"user": BOT_USER})
    assert "users:read" not in raised.value.response.headers["x-oauth-scopes"].split(",")
    opened = api.apps_connections_open(app_token="xapp-sandbox")
    assert opened.headers["x-oauth-scopes"] == "connections:write"


@pytest.mark.parametrize(
    ("withheld", "method", "arguments", "public"),
    [
        ("channels:read", "conversations.info", {"channel": GENERAL}, "channels:read"),
        ("channels:read", "conversations.list", {}, "channels:read"),
        ("channels:history", "conversations.history", {"channel": INCIDENTS}, "channels:history"),
        ("channels:manage", "conversations.create", {"name": "x"}, "channels:manage"),
        ("channels:manage", "conversations.archive", {"channel": INCIDENTS}, "channels:manage"),
        ("users:read", "users.lookupByEmail", {"email": "anna@example.com"}, "users:read"),
        ("files:write", "files.completeUploadExternal", {}, "files:write"),
        ("bookmarks:write", "bookmarks.remove", {}, "bookmarks:write"),
        ("pins:read", "pins.list", {"channel": INCIDENTS}, "pins:read"),
    ],
)  # fmt: skip
def test_public_channels_need_their_scopes(api, withheld, method, arguments, public):
    without(withheld)
    assert needed(api, method, **arguments) == public


def test_private_channels_need_theirs(api, secret):
    without("groups:read", "groups:history", "groups:write", "groups:write.topic")
    assert needed(api, "conversations.info", channel=secret) == "groups:read"
    assert needed(api, "conversations.members", channel=secret) == "groups:read"
    assert (
        needed(api, "conversations.list", types="public_channel,private_channel") == "groups:read"
    )
    assert needed(api, "conversations.history", channel=secret) == "groups:history"
    assert needed(api, "conversations.create", name="x", is_private="true") == "groups:write"
    topic = needed(api, "conversations.setTopic", channel=secret, topic="x")
    assert topic == "groups:write,groups:write.topic"
    # What is asked of public channels is untouched.
    assert api.conversations_info(channel=GENERAL)["ok"]


def test_invitations_and_topics_have_scopes_of_their_own(api, slack):
    channel = api.conversations_create(name="made")["channel"]["id"]
    without("channels:manage")
    assert api.conversations_invite(channel=channel, users="U0SANDBOX07")["ok"]
    assert api.conversations_setTopic(channel=channel, topic="What it is about")["ok"]
    without("channels:manage", "channels:write.invites", "channels:write.topic")
    assert refused(api, "conversations.invite", channel=channel, users="U0SANDBOX02")
    assert refused(api, "conversations.setTopic", channel=channel, topic="x")


def test_posting_where_the_bot_is_not_needs_a_scope(api):
    assert api.chat_postMessage(channel=GENERAL, text="x")["ok"]
    without("chat:write.public")
    assert refused(api, "chat.postMessage", channel=GENERAL, text="x")["error"] == "not_in_channel"
    assert api.chat_postMessage(channel=INCIDENTS, text="x")["ok"]


def test_addresses_are_told_only_with_their_scope(api):
    assert api.users_info(user="U0SANDBOX07")["user"]["profile"]["email"] == "anna@example.com"
    without("users:read.email")
    assert "email" not in api.users_info(user="U0SANDBOX07")["user"]["profile"]
    assert not any("email" in m["profile"] for m in api.users_list()["members"])


# Events


def kinds() -> list[str]:
    return list(Delivery.objects.filter(path="event").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("withheld", "act", "kind"),
    [
        ("channels:history", lambda m: people.say("bo", "incidents", "x"), "message"),
        ("app_mentions:read", lambda m: people.say("bo", "incidents", "@incident"), "app_mention"),
        ("pins:read", lambda m: people.pin("bo", m), "pin_added"),
        ("reactions:read", lambda m: people.react("bo", m, "eyes"), "reaction_added"),
        ("channels:read", lambda m: people.rename_channel("incidents", "y"), "channel_rename"),
        ("channels:read", lambda m: people.archive("bo", "incidents"), "channel_archive"),
        ("channels:read", lambda m: people.leave("bo", "incidents"), "member_left_channel"),
        ("users:read", lambda m: people.change_profile("bo", title="x"), "user_change"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("allowed", [True, False])
def test_without_a_scope_an_event_is_not_heard(slack, withheld, act, kind, allowed):
    message = people.say("anna", "incidents", "here")
    Delivery.objects.all().delete()
    if not allowed:
        without(withheld)
    act(message)
    assert (kind in kinds()) is allowed


def test_events_of_private_channels_have_scopes_and_names_of_their_own(slack, secret):
    Delivery.objects.all().delete()
    without("channels:history", "channels:read")
    people.say("anna", secret, "x")
    people.join("bo", secret)
    people.rename_channel(secret, "more-secret")
    people.archive("anna", secret)
    assert {"message", "member_joined_channel", "group_rename", "group_archive"} <= set(kinds())
    without("groups:history", "groups:read")
    Delivery.objects.all().delete()
    people.archive("anna", secret, archived=False)
    people.say("anna", secret, "x")
    people.join("chidi", secret)
    assert kinds() == []


def test_what_the_app_has_not_subscribed_to_it_does_not_hear(slack, settings):
    settings.SANDBOX_EVENTS = ["message.channels"]
    message = people.say("anna", "incidents", "here")
    people.pin("bo", message)
    assert kinds() == ["message"]


# Whose token


def test_tokens_are_not_taken_for_each_other(api, settings):
    def call(token: str) -> bytes:
        request = urllib.request.Request(
            f"{settings.SLACK_API_URL}auth.test", headers={"Authorization": f"Bearer {token}"}
        )
        return urllib.request.urlopen(request, timeout=30).read()

    assert b"not_allowed_token_type" in call("xapp-sandbox")
    assert b"invalid_auth" in call("xoxp-1")
    assert b"not_authed" in call("")
