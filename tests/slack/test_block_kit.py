"""Blocks and forms, within Slack's limits."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.sandbox import validation
from response.slack.render import dialog_builder as forms
from response.slack.render.block_kit import (
    Actions,
    Button,
    Confirm,
    Context,
    Divider,
    Header,
    Message,
    Section,
    StaticSelect,
    StaticSelectOption,
    Text,
)

words = st.text(max_size=5000)


def test_a_button_as_0_5_1_wrote_it():
    assert Button(":sparkles: Go", "go-button", value="7").serialize() == {
        "type": "button",
        "text": {"type": "plain_text", "text": ":sparkles: Go", "emoji": True},
        "action_id": "go-button",
        "value": "7",
    }


def test_a_value_that_would_be_cut_is_an_error():
    with pytest.raises(ValueError, match="go-button"):
        Button("Go", "go-button", value="x" * 2001).serialize()


@given(words)
def test_slack_takes_whatever_text_is_put_in(text):
    confirm = Confirm(text, text, text, text)
    message = Message(fallback_text=text)
    message.add_block(Header(text))
    message.add_block(
        Section(
            block_id=text,
            text=Text(text),
            fields=[Text(text)] * 12,
            accessory=Button(text, "a", value="v", confirm=confirm),
        )
    )
    message.add_block(Context([Text(text)] * 12))
    message.add_block(Divider())
    options = [StaticSelectOption(text, f"{n}{text}") for n in range(120)]
    message.add_block(Actions(elements=[StaticSelect(options, "select", placeholder_text=text)]))
    assert validation.message_problems(message.arguments()) == []


def test_too_many_blocks_are_left_out():
    message = Message([Divider() for _ in range(80)], "x")
    assert len(message.serialize()) == 50


@given(words)
def test_slack_takes_every_form(text):
    dialog = forms.Dialog(
        title=text,
        submit_label=text or "Go",
        state=text[:200],
        elements=[
            forms.Text(label=text or "L", name="a", hint=text, placeholder=text, value=text),
            forms.TextArea(label=text or "L", name="b", optional=True, value=text),
            forms.SelectWithOptions(
                [(text or "o", f"{n}") for n in range(120)], label="L", name="c", value="3"
            ),
            forms.SelectFromUsers(label="L", name="d", value="U06B7HJKLM9"),
        ],
    )
    assert validation.view_problems(dialog.view("callback")) == []


def test_what_a_form_carries():
    view = forms.Dialog("T", "S", [], state=42).view("cb", "C1", "https://hooks.example")
    carried = json.loads(view["private_metadata"])
    assert carried.pop("form")
    assert carried == {"channel": "C1", "state": "42", "response_url": "https://hooks.example"}


def test_a_state_that_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="3,000"):
        forms.Dialog("T", "S", [], state="x" * 3001).view("cb")
