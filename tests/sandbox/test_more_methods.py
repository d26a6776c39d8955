"""Files, bookmarks, groups, threads, views: with Slack's checks."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from demo.sandbox import conversations, people
from demo.sandbox.models import Delivery, Message
from demo.sandbox.workspace import BOT_USER

GENERAL, INCIDENTS, ANNA, BO = "C0SANDBOX01", "C0SANDBOX02", "U0SANDBOX07", "U0SANDBOX02"
FORM = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
HOME = {
    "type": "home",
    "blocks": [
        {
            "type": "actions",
            "block_id": "b",
            "elements": [
                {"type": "button", "action_id": "go", "value": "1",
                 "text": {"type": "plain_text", "text": "Go"}}
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture
def api(slack, settings):
    return WebClient("xoxb-sandbox", base_url=settings.SLACK_API_URL)


def refusal(api, method: str, **arguments) -> str:
    with pytest.raises(SlackApiError) as raised:
        api.api_call(method, json=arguments)
    return raised.value.response["error"]


def told(kind: str) -> list[dict]:
    """What the app was told of a kind: events, or interactions by their type."""
    found = Delivery.objects.filter(kind=kind).order_by("id").values_list("payload", flat=True)
    return [payload.get("event", payload) for payload in found]


# Files


def test_an_upload_in_three_steps(api, slack):
    answer = api.files_upload_v2(
        channel=INCIDENTS, content="what happened", filename="report.md", title="The report",
        initial_comment="Here it is",
    )  # fmt: skip
    [file] = answer["files"]
    [message] = Message.objects.filter(channel=INCIDENTS, subtype="file_share")
    assert message.text == "Here it is"
    assert message.files[0]["id"] == file["id"]
    assert message.files[0]["title"] == "The report"
    assert message.files[0]["size"] == 13
    known = api.files_info(file=file["id"])["file"]
    assert known["channels"] == [INCIDENTS]
    request = urllib.request.Request(
        known["url_private"], headers={"Authorization": "Bearer xoxb-sandbox"}
    )
    with urllib.request.urlopen(request, timeout=30) as got:
        assert got.read() == b"what happened"
        assert got.headers["Content-Disposition"].startswith("attachment")
    api.files_delete(file=file["id"])
    message.refresh_from_db()
    assert message.files == [{"id": file["id"], "mode": "tombstone"}]
    assert refusal(api, "files.info", file=file["id"]) in ("invalid_arguments", "file_not_found")


def test_uploads_are_checked(api):
    asked = api.files_getUploadURLExternal(filename="x.txt", length=3)
    file = asked["file_id"]
    # Not before its bytes are there, not with others than were announced, not twice.
    assert refusal(api, "files.completeUploadExternal", files=[{"id": file}]) == "file_not_found"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(asked["upload_url"], data=b"abcd", timeout=30)
    urllib.request.urlopen(asked["upload_url"], data=b"abc", timeout=30).close()
    error = refusal(api, "files.completeUploadExternal", files=[{"id": file}], channel_id=GENERAL)
    assert error == "not_in_channel"
    assert api.files_completeUploadExternal(files=[{"id": file, "title": "X"}])["ok"]
    assert refusal(api, "files.completeUploadExternal", files=[{"id": file}]) == "file_not_found"
    assert refusal(api, "files.completeUploadExternal", files="{") == "invalid_arguments"
    assert refusal(api, "files.upload", content="x") == "method_deprecated"
    for wrong in ({"filename": "x"}, {"length": 1}):
        with pytest.raises(SlackApiError, match="missing_argument"):
            api.api_call("files.getUploadURLExternal", params=wrong)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        api.files_getUploadURLExternal(filename="x", length=10**12)


def test_a_file_of_which_only_the_id_is_told(slack):
    people.say("bo", "incidents", "", files=[{"id": "F0ABC", "file_access": "check_file_info"}])
    [event] = told("message")
    assert event["subtype"] == "file_share"
    assert event["files"] == [{"id": "F0ABC", "file_access": "check_file_info"}]


# Bookmarks


def test_bookmarks(api):
    one = api.bookmarks_add(
        channel_id=INCIDENTS, title="Runbook", type="link", link="https://example.com/1"
    )["bookmark"]
    assert one["id"].startswith("Bk")
    api.bookmarks_edit(channel_id=INCIDENTS, bookmark_id=one["id"], title="The runbook")
    [shown] = api.bookmarks_list(channel_id=INCIDENTS)["bookmarks"]
    assert (shown["title"], shown["link"]) == ("The runbook", "https://example.com/1")
    api.bookmarks_remove(channel_id=INCIDENTS, bookmark_id=one["id"])
    assert api.bookmarks_list(channel_id=INCIDENTS)["bookmarks"] == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"link": "ftp://x"}, "invalid_link"),
        ({"link": "https://" + "x" * 2050}, "invalid_link"),
        ({"title": "x" * 257}, "invalid_arguments"),
        ({"type": "folder"}, "invalid_bookmark_type"),
        ({"channel_id": GENERAL}, "not_in_channel"),
        ({"channel_id": "C0NONE"}, "channel_not_found"),
    ],
)
def test_bookmarks_are_checked(api, change, error):
    whole = {"channel_id": INCIDENTS, "title": "x", "type": "link", "link": "https://x"}
    assert refusal(api, "bookmarks.add", **(whole | change)) == error


def test_too_many_bookmarks(api, slack):
    channel = slack.channel("incidents")
    for number in range(100):
        channel.bookmarks.create(id=f"Bk{number}", title="x", link="https://x", created=number)
    error = refusal(
        api, "bookmarks.add", channel_id=INCIDENTS, title="x", type="link", link="https://x"
    )
    assert error == "too_many_bookmarks"


# Groups, reactions, members


def test_groups_with_their_members(api):
    [group] = api.usergroups_list(include_users=True, include_count=True)["usergroups"]
    assert group["handle"] == "ops"
    assert group["user_count"] == len(group["users"]) == 2
    [plain] = api.usergroups_list()["usergroups"]
    assert "users" not in plain


def test_reactions_of_a_message(api, slack):
    message = people.say("bo", "incidents", "x")
    people.react("anna", message, "eyes")
    api.reactions_add(channel=INCIDENTS, timestamp=message.ts, name="eyes")
    shown = api.reactions_get(channel=INCIDENTS, timestamp=message.ts)["message"]["reactions"]
    assert shown == [{"name": "eyes", "users": [ANNA, BOT_USER], "count": 2}]
    api.reactions_remove(channel=INCIDENTS, timestamp=message.ts, name="eyes")
    error = refusal(api, "reactions.remove", channel=INCIDENTS, timestamp=message.ts, name="eyes")
    assert error == "no_reaction"


def test_leaving_and_taking_out(api, slack):
    channel = api.conversations_create(name="made", is_private=True)["channel"]["id"]
    assert refusal(api, "conversations.leave", channel=channel) == "last_member"
    api.conversations_invite(channel=channel, users=f"{ANNA},{BO}")
    api.conversations_kick(channel=channel, user=BO)
    assert refusal(api, "conversations.kick", channel=channel, user=BO) == "not_in_channel"
    assert refusal(api, "conversations.kick", channel=channel, user=BOT_USER) == "cant_kick_self"
    api.conversations_leave(channel=channel)
    # A private channel that the bot has left is none that it can see.
    assert refusal(api, "conversations.leave", channel=channel) == "channel_not_found"
    assert channel not in [
        c["id"] for c in api.users_conversations(types="private_channel")["channels"]
    ]
    mine = api.users_conversations()["channels"]
    assert INCIDENTS in [c["id"] for c in mine]
    assert GENERAL not in [c["id"] for c in mine]


# Threads


def test_answers_in_threads(api, slack):
    parent = people.say("bo", "incidents", "the question")
    reply = api.chat_postMessage(channel=INCIDENTS, text="an answer", thread_ts=parent.ts)
    # An answer to an answer is in the same thread.
    people.say("anna", "incidents", "another", thread_ts=parent.ts)
    deeper = api.chat_postMessage(channel=INCIDENTS, text="deeper", thread_ts=reply["ts"])
    assert deeper["message"]["thread_ts"] == parent.ts
    assert deeper["message"]["parent_user_id"] == BO
    slack.settle()
    assert told("message")[-1]["thread_ts"] == parent.ts
    thread = api.conversations_replies(channel=INCIDENTS, ts=parent.ts)["messages"]
    assert [m["text"] for m in thread] == ["the question", "an answer", "another", "deeper"]
    assert thread[0]["reply_count"] == 3
    assert thread[0]["thread_ts"] == parent.ts
    history = api.conversations_history(channel=INCIDENTS)["messages"]
    assert [m["text"] for m in history if not m.get("subtype")] == ["the question"]
    assert refusal(api, "conversations.replies", channel=INCIDENTS, ts="1.000001") in (
        "invalid_arguments", "thread_not_found"
    )  # fmt: skip
    error = refusal(api, "chat.postMessage", channel=INCIDENTS, text="x", thread_ts="soon")
    assert error == "invalid_thread_ts"


def test_an_answer_that_the_channel_sees_too(api, slack):
    parent = people.say("bo", "incidents", "the question")
    api.chat_postMessage(
        channel=INCIDENTS, text="for all", thread_ts=parent.ts, reply_broadcast=True
    )
    shown = api.conversations_history(channel=INCIDENTS)["messages"]
    assert [m["text"] for m in shown] == ["for all", "the question"]
    assert shown[0]["subtype"] == "thread_broadcast"


def test_attachments_are_kept_and_checked(api, slack):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "inside"}}
    whole = {"channel": INCIDENTS, "attachments": [{"blocks": [section]}]}
    sent = api.api_call("chat.postMessage", json=whole)
    assert sent["message"]["attachments"] == [{"blocks": [section]}]
    post = {"channel": INCIDENTS}
    assert refusal(api, "chat.postMessage", attachments=["x"], **post) == "invalid_attachments"
    many = [{"text": "x"}] * 101
    assert refusal(api, "chat.postMessage", attachments=many, **post) == "too_many_attachments"
    bad = [{"blocks": [{"type": "section"}]}]
    assert refusal(api, "chat.postMessage", attachments=bad, **post) == "invalid_blocks"


# Views


def test_a_view_is_updated_by_its_id_or_its_name(api, slack):
    view = {**FORM, "external_id": "form-1"}
    opened = api.views_open(trigger_id=people.trigger(BO), view=view)["view"]
    error = refusal(api, "views.open", trigger_id=people.trigger(BO), view=view)
    assert error == "duplicate_external_id"
    other = {**view, "title": {"type": "plain_text", "text": "Other"}}
    assert api.views_update(external_id="form-1", view=other)["view"]["id"] == opened["id"]
    stale = {"view_id": opened["id"], "view": other, "hash": opened["hash"]}
    assert refusal(api, "views.update", **stale) == "hash_conflict"
    assert refusal(api, "views.update", view=other) == "not_found"
    assert refusal(api, "views.open", trigger_id=people.trigger(BO), view=HOME) == (
        "invalid_arguments"
    )


def test_the_home_tab(api, slack):
    first = api.views_publish(user_id=ANNA, view=HOME)["view"]
    assert first["id"].startswith("V")
    second = api.views_publish(user_id=ANNA, view=HOME, hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    stale = {"user_id": ANNA, "view": HOME, "hash": first["hash"]}
    assert refusal(api, "views.publish", **stale) == "hash_conflict"
    assert refusal(api, "views.publish", user_id=ANNA, view=FORM) == "invalid_arguments"
    assert refusal(api, "views.publish", user_id="U0NONE", view=HOME) == "user_not_found"
    home = people.open_home("anna")
    [event] = told("app_home_opened")
    assert (event["user"], event["tab"], event["view"]["id"]) == (ANNA, "home", home.id)
    people.press_in_view("anna", home, "go")
    [press] = told("block_actions")
    assert press["container"] == {"type": "view", "view_id": home.id}
    assert press["actions"][0]["value"] == "1"
    assert "channel" not in press


# Shortcuts and ids


def test_a_message_shortcut(slack):
    message = people.say("bo", "incidents", "this is bad")
    people.shortcut("anna", "make-incident", message)
    [sent] = told("message_action")
    assert sent["callback_id"] == "make-incident"
    assert sent["message_ts"] == sent["message"]["ts"] == message.ts
    assert sent["channel"] == {"id": INCIDENTS, "name": "incidents"}
    assert sent["user"]["id"] == ANNA
    assert sent["response_url"]
    assert sent["trigger_id"]


def test_a_global_shortcut_has_no_channel(slack):
    people.shortcut("anna", "make-incident")
    [sent] = told("shortcut")
    assert sent["trigger_id"]
    assert not {"channel", "response_url", "message"} & set(sent)


def test_a_shared_channel_has_another_id(api, slack):
    message = people.say("bo", "incidents", "before")
    shared = people.share_channel("incidents")
    [event] = told("channel_id_changed")
    assert (event["old_channel_id"], event["new_channel_id"]) == (INCIDENTS, shared.id)
    assert refusal(api, "chat.postMessage", channel=INCIDENTS, text="x") == "channel_not_found"
    assert api.chat_postMessage(channel=shared.id, text="x")["ok"]
    assert api.chat_getPermalink(channel=shared.id, message_ts=message.ts)["permalink"]
    assert [c["id"] for c in api.conversations_list()["channels"] if c["name"] == "incidents"] == [
        shared.id
    ]


def test_a_channel_is_deleted(api, slack):
    people.delete_channel("anna", "incidents")
    [event] = told("channel_deleted")
    assert event["channel"] == INCIDENTS
    assert refusal(api, "chat.postMessage", channel=INCIDENTS, text="x") == "channel_not_found"


def test_whether_the_bot_leaves_is_heard_by_nobody_else(slack):
    channel = people.create_channel("anna", "made")
    conversations.join(channel, BOT_USER, conversations.at_once)
    people.leave("anna", "made")
    assert [e["user"] for e in told("member_left_channel")] == [ANNA]
