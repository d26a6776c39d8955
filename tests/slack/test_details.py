"""Roles and custom fields in Slack: commands, forms, the headline, what people are told."""

from __future__ import annotations

import json

import pytest

from demo.sandbox.models import Message, View
from response.core.actors import Actor, acting_as
from response.core.models import (
    ExternalUser,
    Field,
    FieldValue,
    Incident,
    Role,
    RoleAssignment,
    TimelineEvent,
)
from response.jobs.models import OutboxMessage
from response.slack.decorators.form_error import FormError
from response.slack.features import details
from response.slack.render import forms
from response.slack.render.change_lines import Change, line, net
from response.slack.text import limits
from tests.factories import IncidentFactory, PersonFactory

ADA, BO, CHIDI = "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03"
MEANING = "Tells everyone else what is going on. <!channel> & more"


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


@pytest.fixture
def roles(db):
    Role.objects.create(
        key="comms", name="Comms lead", aliases=["communications"], description=MEANING, rank=1,
        in_form=True,
    )  # fmt: skip
    Role.objects.create(key="scribes", name="Scribes", several=True, rank=2)


@pytest.fixture
def fields(db):
    options = [{"key": "api", "name": "The API"}, "web"]
    for rank, kind in enumerate(
        ("text", "choice", "choices", "number", "date", "person", "link"), start=1
    ):
        Field.objects.create(
            key=kind,
            name=f"{kind.title()} <here>",
            kind=kind,
            rank=rank,
            options=options if kind.startswith("choice") else [],
        )


def holders(key: str) -> list[str]:
    rows = RoleAssignment.objects.filter(role__key=key).order_by("id")
    return list(rows.values_list("person__external_id", flat=True))


def said(slack, channel) -> list[str]:
    """What the bot said in a channel after its welcome message."""
    return [message.text for message in slack.messages(channel)[1:]]


def value(key: str, incident: Incident):
    return Incident.objects.get(pk=incident.pk).value_in(Field.objects.get(key=key))


# Roles by command


@pytest.mark.usefixtures("roles")
def test_a_role_is_given_told_shown_and_handed_on(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, "role comms lead @chidi")
    assert holders("comms") == [CHIDI]
    assert said(slack, channel) == []
    assert f"*Comms lead*\\n<@{CHIDI}>" in slack.shown(slack.headline(incident))
    assert f"*Comms lead:* <@{CHIDI}>" in slack.shown(slack.messages(channel)[0])
    [told] = slack.direct_messages("chidi")
    assert told.startswith(f"🙋 <@{ADA}> gave you the role *Comms lead* in *The checkout is down*.")
    shown = json.dumps(
        Message.objects.get(text=told, channel__is_im=True).blocks, ensure_ascii=False
    )
    assert "Tells everyone else what is going on. &lt;!channel&gt; &amp; more" in shown
    invited = [call.arguments["users"] for call in slack.calls("conversations.invite")]
    assert CHIDI in invited

    slack.tell_bot("ada", channel, "role communications me")
    assert holders("comms") == [ADA]
    slack.tell_bot("bo", channel, "role comms none")
    assert holders("comms") == []
    assert said(slack, channel) == []
    assert "Comms lead" not in slack.shown(slack.headline(incident))
    entries = TimelineEvent.objects.filter(metadata__update_type="incident_role").order_by("id")
    assert [entry.actor.external_id for entry in entries] == [ADA, ADA, BO]
    assert slack.direct_messages("ada") == []


@pytest.mark.usefixtures("roles")
def test_a_renamed_role_is_renamed_in_open_headlines_and_channels(slack):
    incident, channel = slack.incident_with_channel()
    slack.declare("No one has a role here")
    slack.tell_bot("ada", channel, "role comms @chidi")
    updates = len(slack.calls("chat.update"))
    row = Role.objects.get(key="comms")
    row.name = "Press officer"
    row.save()
    slack.settle()
    assert f"*Press officer*\\n<@{CHIDI}>" in slack.shown(slack.headline(incident))
    assert f"*Press officer:* <@{CHIDI}>" in slack.shown(slack.messages(channel)[0])
    assert len(slack.calls("chat.update")) == updates + 2


@pytest.mark.usefixtures("roles")
def test_several_in_a_role(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, "role scribes @bo @chidi")
    slack.tell_bot("ada", channel, "role scribes me")
    assert holders("scribes") == [BO, CHIDI, ADA]
    slack.tell_bot("ada", channel, "role scribes remove @bo")
    assert holders("scribes") == [CHIDI, ADA]
    slack.tell_bot("ada", channel, "roles")
    listed = said(slack, channel)[-1]
    assert listed.splitlines()[0] == "• *Lead*: no one"
    assert f"• *Scribes*: <@{CHIDI}>, <@{ADA}>" in listed
    assert "• *Comms lead*: no one – Tells everyone" in listed
    assert "<!channel>" not in listed


@pytest.mark.usefixtures("roles")
@pytest.mark.parametrize(
    "said",
    ["role “comms” @chidi", "role *comms lead*: @chidi", "role `comms` @chidi",
     "role comms:@chidi", "role comms\uff1a@chidi", "role comms=@chidi"],
)  # fmt: skip
def test_marks_around_a_role_mean_nothing(slack, said):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, said)
    assert holders("comms") == [CHIDI]


@pytest.mark.usefixtures("roles")
def test_who_has_left_can_be_taken_out_of_a_role(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("ada", channel, "role scribes @bo @chidi")
    ExternalUser.objects.filter(external_id=CHIDI).update(deleted=True, display_name="chidi")
    slack.tell_bot("ada", channel, "role scribes @ada")
    assert holders("scribes") == [BO, CHIDI, ADA]
    slack.tell_bot("ada", channel, "role scribes remove @chidi")
    assert holders("scribes") == [BO, ADA]


@pytest.mark.usefixtures("roles")
def test_who_has_left_is_in_no_one_elses_way_in_a_form():
    incident = IncidentFactory()
    scribes = Role.objects.get(key="scribes")
    gone, new = PersonFactory(external_id="U0GONE000"), PersonFactory(external_id="U0NEW0000")
    incident.set_people(scribes, [gone])
    incident.save()
    ExternalUser.objects.filter(pk=gone.pk).update(deleted=True)
    incident = Incident.objects.get(pk=incident.pk)
    wanted = details.read({scribes.attribute: "U0GONE000,U0NEW0000"})
    details.stage(incident, wanted)
    incident.save()
    assert Incident.objects.get(pk=incident.pk).people_in(scribes) == [gone, new]
    with pytest.raises(FormError):
        details.stage(IncidentFactory(), wanted)


@pytest.mark.usefixtures("roles")
def test_what_is_not_understood_is_answered(slack):
    incident, channel = slack.incident_with_channel()
    for text, answer in {
        "role nonsense <@U1>": "is not a role here",
        "role comms nobody-of-that-name": "called nobody-of-that-name",
        "role comms @bo @chidi": "Only one person can have this role at a time.",
        "role comms @incident": "That is an app. Choose a person",
    }.items():
        slack.tell_bot("ada", channel, text)
        assert answer in said(slack, channel)[-1]
    assert holders("comms") == []
    ExternalUser.objects.filter(external_id=CHIDI).update(deleted=True, display_name="chidi")
    slack.tell_bot("ada", channel, "role comms @chidi")
    assert "no longer has an account in this workspace" in said(slack, channel)[-1]
    slack.tell_bot("ada", channel, "role lead @bo")
    assert Incident.objects.get(pk=incident.pk).lead.external_id == BO


@pytest.mark.usefixtures("roles")
def test_outside_a_channel_only_a_command_is_taken_for_one(slack):
    slack.people.command("ada", "general", "/incident role comms @bo")
    assert "works only in an incident's channel" in slack.whispers("ada")[-1]
    assert slack.people.open_view("ada") is None
    slack.people.command("ada", "general", "/incident role permissions are broken")
    assert slack.people.open_view("ada") is not None


@pytest.mark.usefixtures("roles")
def test_who_is_told_is_told_once_and_only_while_it_holds(slack):
    incident, channel = slack.incident_with_channel()
    event = {
        "type": "app_mention", "channel": channel, "user": ADA, "ts": "1789000000.000100",
        "text": f"<@{slack.bot}> role comms <@{CHIDI}>",
    }  # fmt: skip
    for _delivery in range(2):
        slack.post_event(event)
    slack.settle()
    assert len(slack.direct_messages("chidi")) == 1
    [job] = OutboxMessage.objects.filter(method="lead.tell")
    OutboxMessage.objects.filter(pk=job.pk).update(status=OutboxMessage.WAITING, finished=None)
    slack.settle()
    assert len(slack.direct_messages("chidi")) == 1
    # Given and taken away within a moment: no one is told.
    role, person = Role.objects.get(key="scribes"), ExternalUser.objects.get(external_id=BO)
    incident = Incident.objects.get(pk=incident.pk)
    for people in ([person], []):
        incident.set_people(role, people)
        incident.save()
    slack.settle()
    assert slack.direct_messages("bo") == []


@pytest.mark.usefixtures("roles")
def test_a_role_opens_a_private_incident(slack):
    incident, channel = slack.incident_with_channel()
    incident = Incident.objects.get(pk=incident.pk)
    incident.private = True
    incident.save()
    slack.settle()
    slack.people.command("chidi", "general", "/incident list")
    assert "The checkout is down" not in slack.whispers("chidi")[-1]
    slack.tell_bot("ada", channel, "role comms @chidi")
    assert len(slack.direct_messages("chidi")) == 1
    slack.people.command("chidi", "general", "/incident list")
    assert "The checkout is down" in slack.whispers("chidi")[-1]
    assert "Comms" not in slack.shown(slack.headline(incident))


@pytest.mark.usefixtures("roles", "fields")
def test_changes_elsewhere_are_one_line(slack):
    incident, channel = slack.incident_with_channel()
    incident = Incident.objects.get(pk=incident.pk)
    bo = ExternalUser.objects.get(external_id=BO)
    with acting_as(Actor("API: <deploy>")):
        incident.set_people(Role.objects.get(key="comms"), [bo])
        incident.set_field(Field.objects.get(key="text"), "<!here> & *you*")
        incident.set_field(Field.objects.get(key="person"), bo)
        incident.save()
    slack.settle()
    [told] = said(slack, channel)
    assert told.startswith("✏️ API: &lt;deploy&gt; changed: ")
    for part in (
        f"Comms lead <@{BO}>",
        "Text &lt;here&gt; &lt;!here&gt; &amp; *you*",
        f"Person &lt;here&gt; <@{BO}>",
    ):
        assert part in told
    # A program can write anything into a timeline; it pings no one.
    for kind in ("incident_role", "incident_lead", "incident_field"):
        TimelineEvent.objects.create(
            incident=incident,
            event_type="incident_update",
            text="x",
            metadata={
                "update_type": kind,
                "old_value": None,
                "new_value": ["<!channel>"] if kind == "incident_role" else "<!channel>",
                "role": {"name": "<!here>"},
                "field": {"kind": "person", "name": "<!here>"},
            },
        )
    slack.settle()
    assert "<!" not in "".join(said(slack, channel))


def test_what_was_changed_back_is_not_told():
    changes = [
        Change("incident_field", "", "a", name="One"),
        Change("incident_field", "", "x", name="Two"),
        Change("incident_field", "a", "", name="One"),
    ]
    assert line("<@U1>", net(changes), "1 h") == "✏️ <@U1> set *Two* to x."
    taken = [Change("incident_role", "", "<@U1>", name="Scribe", people=True)]
    assert line("<@U1>", taken, "") == "🙋 <@U1> took the role *Scribe*."
    gone = [Change("incident_role", "<@U1>", "", name="Scribe", people=True)]
    assert line("<@U1>", gone, "") == "🙋 <@U1> cleared the role *Scribe*: no one has it now."


# Fields by command


@pytest.mark.usefixtures("fields")
def test_fields_by_command(slack):
    incident, channel = slack.incident_with_channel()
    for text, key, expected in (
        ("field choice the api", "choice", "api"),
        ("field choices web, API", "choices", ("api", "web")),
        ("field number 12.50", "number", "12.5"),
        ("field date 2026-03-01", "date", "2026-03-01"),
        ("field link https://example.com/a?b=1&c=2", "link", "https://example.com/a?b=1&c=2"),
        ("field text a <b> & *c*", "text", "a <b> & *c*"),
        ("field person @chidi", "person", CHIDI),
    ):  # fmt: skip
        message = slack.tell_bot("ada", channel, text)
        assert slack.reactions(message) == ["white_check_mark"], text
        found = value(key, incident)
        shown = getattr(found, "external_id", found)
        assert shown == expected or str(shown).rstrip("0") == expected
    assert said(slack, channel) == []
    slack.tell_bot("ada", channel, "fields")
    listed = said(slack, channel)[-1]
    assert "• *Text &lt;here&gt;*: a &lt;b&gt; &amp; *c*" in listed
    assert "*Choices &lt;here&gt;*: The API, web" in listed
    assert f"*Person &lt;here&gt;*: <@{CHIDI}>" in listed
    slack.tell_bot("ada", channel, "field choice none")
    assert value("choice", incident) is None
    for text, answer in {
        "field choice db": "is not one of the options: The API, web.",
        "field link javascript:alert(1)": "Give a full link",
        "field number many": "Give a number",
        "field nonsense x": "is not a field here",
        "field person nobody-of-that-name": "called nobody-of-that-name",
        "field choice": "It can be `The API`, `web`.",
    }.items():
        slack.tell_bot("ada", channel, text)
        assert answer in said(slack, channel)[-1]


# Forms


@pytest.mark.usefixtures("roles", "fields")
def test_the_forms_ask_for_them(slack):
    Field.objects.filter(key="choice").update(required="declaring")
    Field.objects.filter(key="number").update(in_form=False)
    Field.objects.filter(key="text").update(required="declaring", severities=["1"])
    for kind in (Field, Role):
        kind.forget()
    slack.people.command("ada", "general", "/incident Down")
    view = slack.people.open_view("ada")
    names = [block.get("block_id") for block in view.view["blocks"]]
    assert "role_comms" in names
    assert "role_scribes" not in names
    assert "field_number" not in names
    assert slack.people.submit("ada", view, {}).errors == {
        "field_choice": "Please complete this required field."
    }
    wrong = slack.people.submit(
        "ada", view, {"field_choice": "api", "severity": "1", "field_link": "x"}
    )
    assert set(wrong.errors) == {"field_link"}
    wrong = slack.people.submit("ada", view, {"field_choice": "api", "severity": "1"})
    assert wrong.errors == {"field_text": "This is required."}
    assert not Incident.objects.exists()
    sent = slack.people.submit(
        "ada",
        view,
        {
            "field_choice": "api",
            "field_choices": ["web", "api"],
            "field_date": "2026-03-01",
            "field_person": CHIDI,
            "field_text": "<b>",
            "severity": "1",
            "role_comms": BO,
        },
    )
    assert sent.ok, sent
    slack.settle()
    incident = Incident.objects.get()
    assert holders("comms") == [BO]
    assert len(slack.direct_messages("bo")) == 1
    assert value("choices", incident) == ("api", "web")
    assert value("person", incident).external_id == CHIDI
    assert FieldValue.objects.count() == 6

    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    view = slack.people.open_view("ada")
    shown = {b["block_id"]: b["element"] for b in view.view["blocks"] if b["type"] == "input"}
    assert shown["role_comms"]["initial_user"] == BO
    assert [o["value"] for o in shown["field_choices"]["initial_options"]] == ["api", "web"]
    assert shown["field_date"]["initial_date"] == "2026-03-01"
    assert slack.people.submit("ada", view, {}).ok
    slack.settle()
    assert not TimelineEvent.objects.exclude(metadata__update_type="incident_declared").exists()

    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    view = slack.people.open_view("ada")
    incident = Incident.objects.get()
    incident.set_details({"comms": []}, {"choice": "web", "date": "2026-03-02"})
    incident.save()
    sent = {"field_date": "2026-03-03", "role_comms": CHIDI, "field_choices": ["web"]}
    conflict = slack.people.submit("ada", view, sent)
    assert set(conflict.errors) == {"field_date", "role_comms"}
    assert "It is now: 2026-03-02" in conflict.errors["field_date"]
    assert value("choices", incident) == ("api", "web")
    assert slack.people.submit("ada", view, sent).ok
    slack.settle()
    assert str(value("date", incident)) == "2026-03-03"
    assert value("choice", incident) == "web"
    assert value("choices", incident) == ("web",)
    assert holders("comms") == [CHIDI]


def test_what_does_not_fit_a_form_is_named_in_it(slack):
    for number in range(40):
        Field.objects.create(key="f" * 38 + f"{number:02}", name=f"Field {number}", rank=number)
    Field.objects.create(
        key="many", name="Many <options>", kind="choice", rank=0, required="closing",
        options=[f"option {number}" for number in range(101)],
    )  # fmt: skip
    incident = slack.declare("Down")
    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    view = slack.people.open_view("ada").view
    assert len([b for b in view["blocks"] if b["type"] == "input"]) == 6 + 25
    [note] = [b["text"]["text"] for b in view["blocks"] if b["type"] == "section"]
    assert "Many &lt;options&gt;, Field 25" in note
    assert f"/incident/{incident.pk}/|" in note
    assert len(view["private_metadata"]) < limits.PRIVATE_METADATA
    # Closing leads to the page, since no form of Slack's can have this field.
    slack.people.press("ada", slack.headline(incident), "close-incident-button")
    slack.settle()
    assert "This does not fit into a form here" in slack.whispers("ada")[-1]
    assert not Incident.objects.get().is_closed()


@pytest.mark.django_db
def test_a_long_text_does_not_lose_its_end():
    one = Field.objects.create(key="one", name="One")
    incident = Incident.objects.create_incident(
        report="Down", reporter=PersonFactory(), fields={"one": "😀" * 2000}
    )
    names = [element.name for element in forms.edit(incident).elements]
    assert one.attribute not in names


# Closing


@pytest.mark.usefixtures("fields")
def test_closing_asks_for_what_is_missing(slack):
    Field.objects.filter(key__in=["choice", "number"]).update(required="closing")
    Field.forget()
    incident, channel = slack.incident_with_channel()
    slack.people.press("ada", slack.headline(incident), "close-incident-button")
    slack.settle()
    view = slack.people.open_view("ada")
    assert [b["block_id"] for b in view.view["blocks"]] == ["field_choice", "field_number"]
    assert not Incident.objects.get().is_closed()
    assert slack.people.submit("ada", view, {"field_choice": "api"}).errors
    wrong = slack.people.submit("ada", view, {"field_choice": "api", "field_number": "1e12"})
    assert set(wrong.errors) == {"field_number"}
    assert slack.people.submit("ada", view, {"field_choice": "api", "field_number": "3"}).ok
    slack.settle()
    closed = Incident.objects.get()
    assert closed.is_closed()
    assert value("choice", closed) == "api"
    closed.reopen()
    closed.set_field(Field.objects.get(key="choice"), None)
    closed.save()
    slack.settle()

    slack.tell_bot("bo", channel, "close")
    question = slack.messages(channel)[-1]
    assert question.text == (
        "Before this incident can be closed, please fill in *Choice &lt;here&gt;*."
    )
    slack.people.press("bo", question, "fill-in-and-close-button")
    view = slack.people.open_view("bo")
    # Another person fills it in meanwhile.
    other = Incident.objects.get()
    other.set_field(Field.objects.get(key="choice"), "web")
    other.save()
    assert set(slack.people.submit("bo", view, {"field_choice": "api"}).errors) == {"field_choice"}
    assert slack.people.submit("bo", view, {"field_choice": "api"}).ok
    slack.settle()
    assert Incident.objects.get().is_closed()
    assert value("choice", other) == "api"


@pytest.mark.usefixtures("fields")
def test_a_form_for_closing_that_slack_does_not_open_is_no_dead_end(slack):
    Field.objects.filter(key="choice").update(required="closing")
    Field.forget()
    incident, _channel = slack.incident_with_channel()
    slack.faults.add("500", "views.open", times=1)
    slack.people.press("ada", slack.headline(incident), "close-incident-button")
    slack.until(lambda: any("please fill in" in text for text in slack.whispers("ada")))
    question = Message.objects.filter(only_for=ADA).latest("ts")
    assert not View.objects.filter(user=ADA, closed=False).exists()
    slack.people.press("ada", question, "fill-in-and-close-button")
    view = slack.people.open_view("ada")
    assert slack.people.submit("ada", view, {"field_choice": "api"}).ok
    slack.settle()
    assert Incident.objects.get().is_closed()
