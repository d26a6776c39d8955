"""From bytes to values, with Slack's own samples and with what Slack would never send."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.slack.inbound import payloads
from response.slack.render.interaction_context import read_metadata, write_metadata

SAMPLES = Path(__file__).parent.parent / "data" / "payloads"


def sample(name: str) -> dict:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"1", b'"x"', b"{", b'{"a": NaN}', b'{"a": Infinity}',
             b"[" * 100_000, b'{"a":' * 100_000, b'{"a": 1' + b"0" * 5000 + b"}"]
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_unreadable(body):
    with pytest.raises(payloads.Unreadable):
        payloads.read_json(body)


def test_what_no_database_takes_is_dropped():
    read = payloads.read_json(b'{"text": "a\\u0000b \\ud800 \\ud83d\\udd25"}')
    assert read == {"text": "ab  🔥"}
    assert payloads.read_form(b"text=a%00b") == {"text": "ab"}


@pytest.mark.parametrize("body", [b"text=%ff", b"&".join([b"a=1"] * 2000)])
def test_a_form_that_cannot_be_read(body):
    with pytest.raises(payloads.Unreadable):
        payloads.read_form(body)


def test_an_interaction_needs_its_field():
    with pytest.raises(payloads.Unreadable, match="payload"):
        payloads.read_interaction(b"x=1")


def test_slash_command():
    fields = payloads.read_form(urlencode(sample("slash_command")).encode())
    command = payloads.Command.read(fields)
    assert command.command == "/incident"
    assert command.user_id == "U06A1CDEFG2"
    assert command.text.startswith("open sev2 Checkout p95 &gt; 4s")


@pytest.mark.parametrize(
    ("name", "action_id", "value"),
    [
        ("block_actions_button", "incident.acknowledge", '{"incident":42}'),
        ("block_actions_static_select", "incident.set_severity", None),
        ("block_actions_users_select", "incident.set_lead", None),
        ("block_actions_overflow", "incident.more", None),
    ],
)
def test_presses(name, action_id, value):
    press = payloads.ButtonPress.read(sample(name))
    assert press.action_id == action_id
    assert press.value == value if value else press.value
    assert press.channel_id == "C06D2TUVWX8"
    assert press.message["ts"] == "1789379012.554169"


def test_submission_of_a_modal():
    form = payloads.Submission.read(sample("view_submission_report"))
    assert form.callback_id == "incident.report"
    assert form.channel_id == "C06D2TUVWX8"
    assert form.values == {
        "title": "Checkout p95 > 4s & rising",
        "impact": None,
        "severity": "sev2",
        "lead": "U06B7HJKLM9",
        "announce_in": "C06D2TUVWX8",
        "started_at": "1789377600",
        "flags": "customer_visible",
        "visibility": "public",
    }


def test_submission_of_a_dialog():
    form = payloads.Submission.read(sample("dialog_submission"))
    assert form.callback_id == "incident.report.legacy"
    assert form.channel_id == "C06D2TUVWX8"
    assert form.state == "draft:d-7"
    assert form.values["title"] == "Checkout p95 > 4s"
    assert form.values["impact"] is None


def test_metadata_goes_through_slack_and_back():
    carried = {"channel": "C1", "state": 'any "state" ✓', "response_url": "https://x", "form": "f"}
    assert read_metadata(write_metadata(**carried)) == carried
    assert read_metadata("not json")["state"] == "not json"
    assert read_metadata("[1]")["state"] == "[1]"


@pytest.mark.parametrize(
    ("name", "channel", "user"),
    [
        ("event_message", "C07E5YZABC1", "U06B7HJKLM9"),
        ("event_pin_added", "C07E5YZABC1", "U06A1CDEFG2"),
        ("event_channel_rename", "C07E5YZABC1", ""),
        ("event_channel_archive", "C07E5YZABC1", "U06A1CDEFG2"),
        ("event_reaction_added", "C07E5YZABC1", "U06C4NPQRS3"),
        ("event_user_change", "", "U06C4NPQRS3"),
        ("event_message_bot_legacy", "C06D2TUVWX8", ""),
    ],
)
def test_events_tell_where_and_who(name, channel, user):
    event = payloads.Event.read(sample(name))
    assert (event.channel_id, event.user_id) == (channel, user)


def test_our_own_messages_are_recognised():
    assert not payloads.Event.read(sample("event_message")).own
    assert not payloads.Event.read(sample("event_message_bot")).own
    own = sample("event_message_bot")
    own["event"]["user"] = own["authorizations"][0]["user_id"]
    assert payloads.Event.read(own).own
    own = sample("event_message_bot")
    own["event"]["app_id"] = own["api_app_id"]
    assert payloads.Event.read(own).own
    edited = sample("event_message_changed")
    edited["event"]["message"]["user"] = edited["authorizations"][0]["user_id"]
    assert payloads.Event.read(edited).own


@pytest.mark.parametrize(
    "event",
    [None, 1, [], {}, {"type": 3}, {"type": "message", "channel": 5},
     {"type": "message", "channel": [], "user": {}}, {"type": "message", "text": {}},
     {"type": "pin_added", "item": 3}],
)  # fmt: skip
def test_an_event_of_a_wrong_shape_is_unreadable(event):
    with pytest.raises(payloads.Unreadable):
        payloads.Event.read({"type": "event_callback", "event": event})


# Keys


def test_a_retried_event_has_the_same_keys():
    event = sample("event_message")
    assert payloads.keys("event", event) == payloads.keys("event", dict(reversed(event.items())))


@pytest.mark.parametrize(
    "name",
    ["event_message", "event_app_mention", "event_pin_added", "event_member_joined_channel",
     "event_reaction_added", "event_channel_rename", "event_user_change"],
)  # fmt: skip
def test_the_same_thing_under_another_event_id_has_the_same_subject(name):
    one, other = sample(name), sample(name)
    other["event_id"] = "EvOTHER"
    assert payloads.keys("event", one)[0] != payloads.keys("event", other)[0]
    assert payloads.keys("event", one)[1] == payloads.keys("event", other)[1]


def test_different_things_have_different_subjects():
    names = [p.stem for p in SAMPLES.glob("event_*.json")]
    subjects = {payloads.keys("event", sample(n))[1] for n in names}
    assert len(subjects) == len(names)
    pin, again = sample("event_pin_added"), sample("event_pin_added")
    again["event"]["event_ts"] = "1789379999.000000"
    assert payloads.keys("event", pin)[1] != payloads.keys("event", again)[1]


def test_a_form_of_ours_is_one_thing_however_often_it_is_sent():
    form = sample("view_submission_report")
    form["view"]["private_metadata"] = write_metadata("C1", "", "", "number-1")
    edited = json.loads(json.dumps(form))
    edited["trigger_id"] = "other"
    edited["view"]["state"]["values"]["title"]["value"]["value"] = "Edited and sent again"
    assert payloads.keys("interaction", form)[1] == payloads.keys("interaction", edited)[1]
    edited["view"]["private_metadata"] = write_metadata("C1", "", "", "number-2")
    assert payloads.keys("interaction", form)[1] != payloads.keys("interaction", edited)[1]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
known_keys = st.sampled_from(
    ["type", "event", "user", "channel", "view", "state", "values", "actions", "item", "message",
     "callback_id", "submission", "authorizations", "private_metadata", "container", "event_id"]
)  # fmt: skip
payload_like = st.dictionaries(known_keys, st.dictionaries(known_keys, json_values) | json_values)


@given(payload_like)
def test_whatever_is_signed_is_read_or_unreadable(payload):
    for reader in (payloads.Event, payloads.Submission, payloads.ButtonPress, payloads.Command):
        try:
            reader.read(payload)
        except payloads.Unreadable:
            continue


@given(payload_like)
def test_keys_fit_their_columns(payload):
    for kind in ("event", "interaction", "command"):
        try:
            keys = payloads.keys(kind, payload)
        except payloads.Unreadable:
            continue
        assert all(len(key) <= 255 for key in keys)
