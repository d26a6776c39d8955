"""The client, called as projects of 0.5.1's time call it."""

from __future__ import annotations

import pytest

from response.slack.client import SlackClient, SlackError

REFUSED = {"ok": False, "error": "test_error"}
LIMITED = {"ok": False, "error": "ratelimited"}


def test_it_is_made_with_a_token_and_how_often_to_try():
    client = SlackClient("xoxb-1", 3, 0.5, ["ratelimited", "fatal_error"])
    assert client.api_token == "xoxb-1"
    assert client.max_retry_attempts == 3
    assert client.retry_base_backoff_seconds == 0.5
    assert client.retryable_errors == ["ratelimited", "fatal_error"]
    again = SlackClient(
        api_token="xoxb-1",
        max_retry_attempts=3,
        retry_base_backoff_seconds=0.5,
        retryable_errors=None,
    )
    assert again.retryable_errors == ["ratelimited"]
    assert SlackClient("xoxb-1").max_retry_attempts == 10


def test_an_error_has_its_message_and_slacks_word():
    error = SlackError("Nobody is called that", slack_error="user_not_found")
    assert error.message == "Nobody is called that"
    assert error.slack_error == "user_not_found"
    assert SlackError("Only a sentence").slack_error is None


def test_a_call_gets_slacks_answer(client_that_hears):
    client, calls = client_that_hears({"answer": 42})
    assert client.api_call("some.method", name="x")["answer"] == 42
    assert calls == [("some.method", (), {"name": "x"})]


def test_a_call_that_is_refused_raises_slacks_word(client_that_hears):
    client, calls = client_that_hears(REFUSED)
    with pytest.raises(SlackError) as raised:
        client.api_call("some.method")
    assert raised.value.slack_error == "test_error"
    assert "some.method" in raised.value.message
    assert "test_error" in raised.value.message
    assert len(calls) == 1


def test_a_rate_limit_is_waited_for(client_that_hears):
    client, calls = client_that_hears(LIMITED, LIMITED, LIMITED, {"answer": 42})
    assert client.api_call("some.method")["answer"] == 42
    assert len(calls) == 4


def test_a_rate_limit_is_waited_for_only_so_often(client_that_hears):
    client, calls = client_that_hears(LIMITED, max_retry_attempts=3)
    with pytest.raises(SlackError) as raised:
        client.api_call("some.method")
    assert raised.value.slack_error == "ratelimited"
    assert len(calls) == 4


def test_another_error_after_a_rate_limit_is_raised_at_once(client_that_hears):
    client, calls = client_that_hears(LIMITED, REFUSED, {"answer": 42})
    with pytest.raises(SlackError) as raised:
        client.api_call("some.method")
    assert raised.value.slack_error == "test_error"
    assert len(calls) == 2


def test_errors_that_the_project_names_are_tried_again(client_that_hears):
    client, calls = client_that_hears(REFUSED, {"answer": 42}, retryable_errors=["test_error"])
    assert client.api_call("some.method")["answer"] == 42
    assert len(calls) == 2


# Messages


def test_messages(client_that_hears):
    client, calls = client_that_hears({"ts": "1.0"})
    assert client.send_message("C1", "hello", thread_ts="0.5")["ts"] == "1.0"
    client.send_message(channel_id="C1", text="hello", attachments=[{"text": "x"}])
    client.send_ephemeral_message("C1", "U1", "psst")
    client.send_or_update_message_block("C1", blocks=[], fallback_text="new")
    client.send_or_update_message_block("C1", blocks=[], fallback_text="new", ts="1.0")
    assert [method for method, _args, _kwargs in calls] == [
        "chat.postMessage",
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.update",
    ]
    assert calls[0][2] == {"channel": "C1", "text": "hello", "thread_ts": "0.5"}
    assert calls[2][2] == {"channel": "C1", "text": "psst", "user": "U1"}


@pytest.mark.parametrize(
    ("method", "fine"),
    [("add_reaction", "already_reacted"), ("remove_reaction", "no_reaction")],
)
def test_reactions(client_that_hears, method, fine):
    client, _calls = client_that_hears({"ok": False, "error": fine})
    assert getattr(client, method)("eyes", "C1", "1.0") is None
    client, _calls = client_that_hears(REFUSED)
    with pytest.raises(SlackError):
        getattr(client, method)(reaction="eyes", channel_id="C1", thread_ts="1.0")


# Channels

CHANNELS = (
    {
        "channels": [{"id": "C1", "name": "one", "is_archived": False}],
        "response_metadata": {"next_cursor": "next"},
    },
    {
        "channels": [{"id": "C2", "name": "two", "is_archived": True}],
        "response_metadata": {"next_cursor": ""},
    },
)


def test_a_channels_id(client_that_hears):
    client, _calls = client_that_hears(*CHANNELS)
    assert client.get_channel_id("two") == "C2"


def test_a_channel_that_there_is_not(client_that_hears):
    client, _calls = client_that_hears(*CHANNELS)
    with pytest.raises(SlackError, match="three"):
        client.get_channel_id("three")


def test_an_archived_channel_is_unarchived_where_that_is_asked_for(client_that_hears):
    client, calls = client_that_hears(*CHANNELS, {})
    assert client.get_channel_id("two", auto_unarchive=True) == "C2"
    assert calls[-1][0] == "conversations.unarchive"
    assert calls[-1][2] == {"channel": "C2"}


def test_a_channels_name(client_that_hears):
    client, _calls = client_that_hears({"channel": {"id": "C1", "name": "one"}})
    assert client.get_channel_name(id_="C1") == "one"
    client, _calls = client_that_hears({"ok": False, "error": "channel_not_found"})
    assert client.get_channel_name("C1") is None


def test_a_channel_is_made(client_that_hears):
    client, calls = client_that_hears({"channel": {"id": "C1"}})
    assert client.create_channel("one") == "C1"
    assert client.get_or_create_channel("one", auto_unarchive=True) == "C1"
    assert [method for method, _args, _kwargs in calls] == ["conversations.create"] * 2
    client, _calls = client_that_hears({"unexpected": True})
    with pytest.raises(SlackError):
        client.create_channel("one")


def test_a_channel_whose_name_is_taken_is_found(client_that_hears):
    client, _calls = client_that_hears({"ok": False, "error": "name_taken"}, *CHANNELS)
    assert client.get_or_create_channel("one") == "C1"
    client, _calls = client_that_hears(REFUSED)
    with pytest.raises(SlackError) as raised:
        client.get_or_create_channel("one")
    assert raised.value.slack_error == "test_error"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("checkout down", "inc-checkout-down"),
        ("inc-checkout", "inc-checkout"),
        ("#inc-checkout", "inc-checkout"),
    ],
)
def test_a_channel_is_renamed(client_that_hears, given, asked):
    client, calls = client_that_hears({"channel": {"id": "C1", "name": asked}})
    assert client.rename_channel("C1", new_name=given)["channel"]["name"] == asked
    assert calls == [("conversations.rename", (), {"channel": "C1", "name": asked})]


def test_a_channels_topic_and_members(client_that_hears):
    client, calls = client_that_hears({})
    assert client.set_channel_topic(channel_id="C1", channel_topic="It burns")["ok"]
    assert client.invite_user_to_channel("U1", "C1")["ok"]
    assert client.join_channel("C1")["ok"]
    assert client.leave_channel("C1")["ok"]
    client.unarchive_channel("C1")
    assert [method for method, _args, _kwargs in calls] == [
        "conversations.setTopic",
        "conversations.invite",
        "conversations.join",
        "conversations.leave",
        "conversations.unarchive",
    ]
    assert calls[0][2] == {"channel": "C1", "topic": "It burns"}


# People

USER = {
    "user": {
        "id": "U1",
        "name": "anna",
        "profile": {"real_name": "Anna Q", "display_name": "Annie", "email": "anna@example.com"},
    }
}


def test_a_profile(client_that_hears):
    client, calls = client_that_hears(USER)
    profile = client.get_user_profile("U1")
    kept = {name: profile[name] for name in ("id", "name", "fullname", "email")}
    assert kept == {"id": "U1", "name": "anna", "fullname": "Anna Q", "email": "anna@example.com"}
    assert calls == [("users.info", (), {"user": "U1"})]
    assert client.get_user_profile("") is None
    assert client.get_user_profile(None) is None


def test_a_profile_by_mail_address(client_that_hears):
    client, calls = client_that_hears(USER)
    profile = client.get_user_profile_by_email("anna@example.com")
    assert (profile["id"], profile["name"], profile["email"]) == ("U1", "anna", "anna@example.com")
    assert calls == [("users.lookupByEmail", (), {"email": "anna@example.com"})]
    assert client.get_user_profile_by_email("") is None


def test_users(client_that_hears):
    client, _calls = client_that_hears({"members": [{"id": "U1", "name": "anna"}]})
    assert client.users_list()["members"][0]["id"] == "U1"
    assert client.get_user_id("anna") == "U1"
    assert client.get_paginated_users(limit=5, cursor="x")["members"]
    with pytest.raises(SlackError, match="bo"):
        client.get_user_id("bo")


def test_user_groups(client_that_hears):
    client, _calls = client_that_hears(
        {"usergroups": [{"id": "S1", "handle": "oncall", "users": ["U1", "U2"]}]}
    )
    assert client.get_usergroup_id("oncall") == "S1"
    assert client.get_usergroup_id("nobody") is None
    assert client.get_usergroup_users("S1") == ["U1", "U2"]
    assert client.get_usergroup_users("S2") is None


def test_whose_token_it_is(client_that_hears):
    client, _calls = client_that_hears({"user_id": "U1"})
    assert client.get_slack_token_owner() == "U1"
    client, _calls = client_that_hears({})
    with pytest.raises(SlackError):
        client.get_slack_token_owner()
