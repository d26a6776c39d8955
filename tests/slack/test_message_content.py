"""What a message says, wherever Slack puts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from response.core.text import References, to_html
from response.slack.text import message_content

CASES = Path(__file__).parent.parent / "data" / "cases"


def message(name):
    return json.loads((CASES / name).read_text())["item"]["message"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("01-pin-blocks.json", ["Queue orders is stuck", "**Depth** 9120", "Region: north",
                                "Consumers restarted by hand"]),
        ("01-pin-attachment-blocks.json", ["Replica lag over 40 s on db-2"]),
        ("01-pin-shared-message.json", ["see there", "> Kim:", "> Traffic moved to the second"]),
    ],
)  # fmt: skip
def test_blocks_attachments_and_shared_messages(name, words):
    said = message_content.as_markdown(message(name))
    assert [w for w in words if w not in said] == []
    assert "no preview" not in said


@pytest.mark.parametrize(
    ("attachment", "shown"),
    [
        # What an app posted as blocks, with a text for notifications only.
        (
            {
                "is_share": True,
                "author_name": "Kim",
                "text": "Build failed",
                "message_blocks": [
                    {"message": {"blocks": [
                        {"type": "section", "text": {"type": "mrkdwn", "text": "*api* on main"}}
                    ]}}
                ],
            },
            "> Kim:\n> **api** on main",
        ),
        # What a person typed comes as blocks as well, which say the same.
        (
            {
                "is_share": True,
                "text": "*Now*",
                "message_blocks": [{"message": {"blocks": [{"type": "rich_text"}]}}],
            },
            "> **Now**",
        ),
        ({"image_url": "https://example.com/graph.png"}, "https://example.com/graph.png"),
    ],
)  # fmt: skip
def test_what_attachments_say(attachment, shown):
    assert message_content.as_markdown({"text": "", "attachments": [attachment]}) == shown


def test_what_people_type_is_taken_from_the_text():
    typed = {
        "text": "*now* at <https://a.example|a>",
        "blocks": [{"type": "rich_text", "elements": []}],
        "attachments": [{"from_url": "https://a.example", "text": "A preview"}],
    }
    assert message_content.as_markdown(typed) == "**now** at [a](https://a.example)"
    assert message_content.as_plain({"text": "a &lt; b"}) == "a < b"


def test_rich_text_is_formatted_and_its_characters_are_literal():
    element = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "run_book *x* "},
                {"type": "text", "text": "bold", "style": {"bold": True}},
                {"type": "user", "user_id": "U1"},
                {"type": "emoji", "name": "fire"}]},
            {"type": "rich_text_list", "style": "ordered", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a_b"}]},
        ],
    }  # fmt: skip
    said = {"text": "", "blocks": [element]}
    html = to_html(message_content.as_markdown(said), References({"U1": "anna"}))
    assert "run_book *x* <strong>bold</strong>@anna🔥" in html
    assert "<pre><code>a_b" in html
    assert "run_book *x* bold" in message_content.as_plain(said)


@pytest.mark.parametrize(
    ("name", "id_", "why"),
    [("02-pin-connect-file.json", "F0PARTNER01", "another organisation"),
     ("02-pin-deleted-file.json", "F0GONE00001", "deleted in Slack")],
)  # fmt: skip
def test_a_file_of_which_only_the_id_is_told(name, id_, why):
    [file] = message_content.files(message(name))
    assert file["id"] == id_
    assert id_ in file["name"]
    assert why in file["name"]


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "x",
        [],
        {"blocks": 7, "attachments": {"a": 1}},
        {"text": {}, "blocks": [None, {"type": []}, {"text": [1]}]},
        {"files": [None, {}, {"id": {}}]},
        {"attachments": [{"fields": [3], "blocks": "x", "text": 4}]},
    ],
)
def test_odd_messages_say_what_can_be_read(odd):
    assert isinstance(message_content.as_markdown(odd), str)
    assert isinstance(message_content.as_plain(odd), str)
    assert isinstance(message_content.files(odd), list)


def rich(*elements, kind="rich_text_section"):
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


def text(value, **style):
    return {"type": "text", "text": value, "style": style}


TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": "api"}, rich(text("down\nfor an hour"))],
        "odd",
        [{"type": "raw_text", "text": "web"}, {"type": "raw_text", "text": "up"}],
    ],
}


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ({"type": "markdown", "text": "# All *clear*"}, "# All *clear*"),
        (
            {"type": "context", "elements": [
                {"type": "mrkdwn", "text": "*by*"}, {"type": "image", "alt_text": "a face"},
                {"type": "plain_text", "text": "Kim"}]},
            "**by** a face Kim",
        ),
        (TABLE, "api | down for an hour\n\nweb | up"),
        ({"type": "section", "text": "a &lt;b&gt; &amp; c"}, "a &lt;b> & c"),
        (rich(text("one\ntwo"), kind="rich_text_quote"), "> one\n> two"),
        (
            rich({"type": "link", "url": "https://example.com/a", "text": "here"}, text(" or "),
                 {"type": "link", "url": "https://example.com/b"}),
            "[here](https://example.com/a) or https://example.com/b",
        ),
        (
            rich({"type": "link", "url": "https://example.com/a", "text": "curl it"},
                 text(" "), {"type": "link", "url": "https://example.com/b"},
                 kind="rich_text_preformatted"),
            "```\ncurl it https://example.com/b\n```",
        ),
        (rich(text("on "), {"type": "date", "timestamp": 1, "fallback": "Tuesday"}), "on Tuesday"),
        (rich(text("run"), text(" ls -l ", code=True), text("now")), "run `ls -l` now"),
        (rich(text("a", bold=True, italic=True, strike=True)), "***~~a~~***"),
        (rich(text("done"), {"type": "emoji", "name": "wave", "skin_tone": 3},
              {"type": "emoji", "name": "our_own"}), "done👋🏼:our_own:"),
        (rich(text("at "), {"type": "date", "timestamp": 1720710212}), "at 2024-07-11 15:03 UTC"),
        (rich({"type": "date", "timestamp": 10**30}), ""),
        ({"type": "header", "text": {"type": "plain_text", "text": "Up *now* :fire:",
                                     "emoji": True}}, "Up \\*now\\* 🔥"),
        ({"type": "header", "text": {"type": "plain_text", "text": ":fire:", "emoji": False}},
         "&#58;fire:"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "*Load*"},
          "accessory": {"type": "image", "alt_text": "a graph"}}, "**Load**\na graph"),
        ({"type": "video", "title": {"type": "plain_text", "text": "Failover"},
          "description": {"type": "plain_text", "text": "In a minute"}}, "Failover\nIn a minute"),
        ({"type": "video", "alt_text": "A film"}, "A film"),
        ({"type": "call", "call": {"v1": {"name": "Bridge", "join_url": "https://a.example/1"}}},
         "[Bridge](https://a.example/1)"),
        ({"type": "card", "title": {"type": "mrkdwn", "text": "*T*"},
          "body": {"type": "mrkdwn", "text": "B"}}, "**T**\nB"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "n"},
                                     {"type": "raw_number", "value": 3}]]}, "n | 3"),
    ],
)  # fmt: skip
def test_blocks_of_apps(block, shown):
    assert message_content.as_markdown({"blocks": [block]}) == shown


def listed(*items, style="bullet", indent=0):
    elements = [{"type": "rich_text_section", "elements": [text(item)]} for item in items]
    return {"type": "rich_text_list", "style": style, "indent": indent, "elements": elements}


def test_the_parts_of_rich_text_stay_apart():
    def section(words, kind="rich_text_section"):
        return {"type": kind, "elements": [text(words)]}

    parts = [
        section("Steps:"), listed("one"), listed("a", "b", style="ordered", indent=1),
        listed("two\nlines"), section("mid"), section("said", "rich_text_quote"),
        section("not said"),
    ]  # fmt: skip
    html = to_html(
        message_content.as_markdown({"blocks": [{"type": "rich_text", "elements": parts}]}),
        References(),
    )
    flat = "".join(line.strip() for line in html.splitlines())
    assert flat == (
        "<p>Steps:</p><ul><li>one<ol><li>a</li><li>b</li></ol></li><li>two<br>lines</li></ul>"
        "<p>mid</p><blockquote><p>said</p></blockquote><p>not said</p>"
    )


def test_lists_in_lists_multiply_nothing():
    said = {"type": "rich_text_section", "elements": [text("one\ntwo" + "\n" * 1000)]}
    for _level in range(40):
        said = {"type": "rich_text_list", "elements": [said]}
    block = {"type": "rich_text", "elements": [said]}
    assert len(message_content.as_markdown({"blocks": [block]})) < 2000


def test_a_message_shared_from_a_private_channel_is_at_least_a_link():
    attachment = {
        "is_share": True,
        "from_url": "https://acme.slack.example/archives/G1/p1",
        "fallback": "[no preview available]",
    }
    said = message_content.as_markdown({"text": "", "attachments": [attachment]})
    assert said == "> https://acme.slack.example/archives/G1/p1"


def test_a_shared_message_with_attachments_of_its_own():
    inner = {"blocks": [], "attachments": [{"text": "Replica *lags*"}]}
    attachment = {"is_share": True, "author_name": "Kim", "message_blocks": [{"message": inner}]}
    said = message_content.as_markdown({"attachments": [attachment]})
    assert said == "> Kim:\n> Replica **lags**"


def test_fields_of_an_attachment():
    fields = [{"title": "Region", "value": "*north*"}, {"value": "alone"}, "odd", None]
    attachment = {"fields": fields, "footer": "Monitor"}
    said = message_content.as_markdown({"attachments": [attachment]})
    assert said == "Region: **north**\nalone\nMonitor"


def test_a_shared_message_to_be_searched_is_not_quoted():
    attachment = {"is_share": True, "author_name": "Kim", "text": "Build failed"}
    assert message_content.as_plain({"attachments": [attachment]}) == "Kim Build failed"


def test_a_file_that_the_plan_hides_says_so():
    [file] = message_content.files({"files": [{"id": "F0HIDDEN", "mode": "hidden_by_limit"}]})
    assert "plan" in file["missing"]
    assert file["name"].startswith("file F0HIDDEN (hidden by the limit")
