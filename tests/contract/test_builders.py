"""Messages and forms, built as handlers of 0.5.1's time build them."""

from __future__ import annotations

import pytest

from response.slack import block_kit, dialog_builder


def test_text():
    assert block_kit.Text("a *b*").serialize() == {"type": "mrkdwn", "text": "a *b*"}
    plain = block_kit.Text(text="a", text_type="plain_text").serialize()
    assert plain == {"type": "plain_text", "text": "a"}


def test_text_with_a_title():
    titled = block_kit.Text("below", title="Above").serialize()
    assert titled == {"type": "mrkdwn", "text": "*Above*\nbelow"}
    assert block_kit.Text("below", "Above").serialize() == titled
    spaced = block_kit.Text("below", title="Above", add_new_line=True).serialize()
    assert spaced["text"] == "*Above*\nbelow\n\u00a0"
    assert block_kit.Text("alone", add_new_line=True).serialize()["text"] == "alone"


def test_button():
    button = block_kit.Button("Press", "press-it", value=7).serialize()
    assert button["type"] == "button"
    assert button["action_id"] == "press-it"
    assert button["value"] == "7"
    assert button["text"]["type"] == "plain_text"
    assert button["text"]["text"] == "Press"
    assert "value" not in block_kit.Button("Press", "press-it").serialize()
    assert "confirm" not in button


def test_button_that_asks_first():
    confirm = block_kit.Confirm("Sure?", "It *closes*.", "Yes", "No")
    asked = block_kit.Button(text="Press", action_id="x", value="1", confirm=confirm).serialize()
    parts = {name: part["text"] for name, part in asked["confirm"].items()}
    assert parts == {"title": "Sure?", "text": "It *closes*.", "confirm": "Yes", "deny": "No"}
    assert asked["confirm"]["text"]["type"] == "mrkdwn"


def test_select():
    options = [
        block_kit.StaticSelectOption("One", "1"),
        block_kit.StaticSelectOption(text="Two", value="2"),
    ]
    select = block_kit.StaticSelect(options, "choose-it", placeholder_text="Choose").serialize()
    assert select["type"] == "static_select"
    assert select["action_id"] == "choose-it"
    assert [o["value"] for o in select["options"]] == ["1", "2"]
    assert select["options"][0]["text"]["text"] == "One"
    assert select["placeholder"]["text"] == "Choose"
    bare = block_kit.StaticSelect(options=options, action_id="choose-it").serialize()
    assert "placeholder" not in bare


def test_section():
    text, button = block_kit.Text("a"), block_kit.Button("b", "b-id")
    section = block_kit.Section("id-1", text, button).serialize()
    assert section["type"] == "section"
    assert section["block_id"] == "id-1"
    assert section["text"]["text"] == "a"
    assert section["accessory"]["action_id"] == "b-id"
    fields = block_kit.Section(block_id="id-2")
    fields.add_field(block_kit.Text("one"))
    fields.add_field(block_kit.Text("two"))
    assert [f["text"] for f in fields.serialize()["fields"]] == ["one", "two"]
    with pytest.raises(ValueError):  # noqa: PT011
        block_kit.Section(block_id="empty").serialize()


def test_actions_and_divider():
    actions = block_kit.Actions(block_id="actions")
    actions.add_element(block_kit.Button("a", "a-id"))
    more = block_kit.Actions("more", [block_kit.Button("b", "b-id")])
    assert actions.serialize()["block_id"] == "actions"
    assert actions.serialize()["elements"][0]["action_id"] == "a-id"
    assert more.serialize()["elements"][0]["action_id"] == "b-id"
    assert block_kit.Divider().serialize() == {"type": "divider"}


def test_message(mock_slack):
    message = block_kit.Message()
    message.set_fallback_text("It burns")
    message.add_block(block_kit.Section(text=block_kit.Text("It *burns*")))
    message.add_block(block_kit.Divider())
    assert [b["type"] for b in message.serialize()] == ["section", "divider"]
    assert message.send("C1")["ts"] == "1234.0"
    message.send("C1", ts="1234.0")
    first, second = mock_slack.send_or_update_message_block.call_args_list
    assert first[0] == ("C1",)
    assert first[1]["blocks"] == message.serialize()
    assert first[1]["fallback_text"] == "It burns"
    assert first[1]["ts"] is None
    assert second[1]["ts"] == "1234.0"


# Forms


@pytest.mark.parametrize(
    ("element", "kind"),
    [(dialog_builder.Text, "text"), (dialog_builder.TextArea, "textarea")],
)
def test_text_fields(element, kind):
    assert element(label="Name", name="name").serialize() == {
        "type": kind,
        "label": "Name",
        "name": "name",
    }
    full = element("Name", "name", True, "A hint", "email", "anna@example.com", "Who?")
    assert full.serialize() == {
        "type": kind,
        "label": "Name",
        "name": "name",
        "optional": True,
        "hint": "A hint",
        "subtype": "email",
        "value": "anna@example.com",
        "placeholder": "Who?",
    }


def test_selects():
    select = dialog_builder.SelectWithOptions(
        [("One", "1"), ("Two", "2")], label="Number", name="number", value="2"
    )
    assert select.serialize() == {
        "type": "select",
        "label": "Number",
        "name": "number",
        "value": "2",
        "options": [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}],
    }
    who = dialog_builder.SelectFromUsers(label="Who", name="who", optional=True)
    assert who.serialize() == {
        "type": "select",
        "data_source": "users",
        "label": "Who",
        "name": "who",
        "optional": True,
    }


def test_dialog():
    dialog = dialog_builder.Dialog("Title", "Send", elements=None, state="7")
    dialog.add_element(dialog_builder.Text(label="Name", name="name"))
    dialog.set_state("8")
    assert dialog.build_dialog("my-form") == {
        "title": "Title",
        "submit_label": "Send",
        "callback_id": "my-form",
        "state": "8",
        "elements": [{"type": "text", "label": "Name", "name": "name"}],
    }
    given = dialog_builder.Dialog(title="Title", submit_label="Send", elements=dialog.elements)
    assert len(given.build_dialog(callback_id="my-form")["elements"]) == 1


def test_a_dialog_is_opened_by_the_projects_client(mock_slack):
    dialog = dialog_builder.Dialog("Title", "Send", [dialog_builder.Text("Name", "name")])
    dialog.send_open_dialog("my-form", "trigger-1")
    opened = mock_slack.dialog_open.call_args[1]
    assert opened["trigger_id"] == "trigger-1"
    assert opened["dialog"]["callback_id"] == "my-form"
    assert opened["dialog"]["elements"][0]["name"] == "name"
