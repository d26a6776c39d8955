"""What people type in an incident's channel, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from demo.sandbox.workspace import new_ts
from response.core.models import Action, Incident
from response.slack.decorators import incident_command
from response.slack.features import misunderstood_commands
from response.slack.models import InboxRequest, Lookup


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def lead_of(incident: Incident) -> str | None:
    incident.refresh_from_db()
    return incident.lead.external_id if incident.lead else None


def mention_event(slack, channel, text, ts, **more):
    """A mention as Slack sends it, for what the sandbox's people cannot do."""
    event = {"type": "app_mention", "user": "U0SANDBOX02", "channel": channel, "ts": ts,
             "text": text, **more}  # fmt: skip
    assert slack.post_event(event)[0] == 200
    slack.settle()


# One message, several lines


def test_each_line_that_begins_with_the_mention_is_a_command(slack):
    incident, channel = slack.incident_with_channel()
    text = "@incident severity major\n@incident lead @chidi\n@incident summary One\ntwo"
    message = slack.people.say("bo", channel, text)
    slack.settle()
    incident.refresh_from_db()
    assert (incident.severity, incident.summary) == ("2", "One\ntwo")
    assert lead_of(incident) == "U0SANDBOX03"
    assert slack.reactions(message) == ["white_check_mark"]
    said = slack.whispers("bo")
    assert any("severity major" in text for text in said)
    assert any("summary One" in text for text in said)


def test_a_line_that_is_not_understood_stops_none_of_the_others(slack):
    incident, channel = slack.incident_with_channel()
    message = slack.people.say("bo", channel, "@incident sevrity major\n@incident lead @chidi")
    slack.settle()
    assert lead_of(incident) == "U0SANDBOX03"
    assert incident.severity is None
    assert sorted(slack.reactions(message)) == ["question", "white_check_mark"]
    assert any("Did you mean `severity`" in text for text in slack.whispers("bo"))


def test_a_message_has_no_thousands_of_commands(slack):
    incident, channel = slack.incident_with_channel()
    lines = [f"@incident action Number {n}" for n in range(1, 33)]
    slack.people.say("bo", channel, "\n".join(lines))
    slack.settle()
    assert incident.action_set.count() == 30
    assert any("2 more were not run" in text for text in slack.whispers("bo"))


def test_a_mark_alone_asks_for_help(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "?")
    assert "begin a line with my name" in slack.whispers("bo")[-1]
    slack.people.command("bo", channel, "/incident ?")
    slack.settle()
    assert "begin a line with my name" in slack.whispers("bo")[-1]


def test_one_person_leads(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "lead @bo and @chidi")
    incident.refresh_from_db()
    assert incident.lead is None
    assert "Name one" in slack.messages(channel)[-1].text
    slack.tell_bot("bo", channel, "lead @chidi, yes @chidi")
    assert lead_of(incident) == "U0SANDBOX03"


# Mentions in sentences


def test_a_mention_in_a_sentence_commands_nothing(slack):
    incident, channel = slack.incident_with_channel()
    before = len(slack.messages(channel))
    message = slack.people.say("bo", channel, "I think @incident close to being useless")
    slack.settle()
    incident.refresh_from_db()
    assert not incident.is_closed()
    assert slack.reactions(message) == []
    assert len(slack.messages(channel)) == before
    assert "I have not done anything" in slack.whispers("bo")[-1]


def test_thanks_are_answered_with_silence(slack):
    _incident, channel = slack.incident_with_channel()
    before = len(slack.messages(channel)), len(slack.whispers("bo"))
    slack.people.say("bo", channel, "thanks @incident")
    slack.settle()
    assert (len(slack.messages(channel)), len(slack.whispers("bo"))) == before


def test_close_with_other_words_asks_first(slack):
    incident, channel = slack.incident_with_channel()
    message = slack.tell_bot("bo", channel, "close the valve on pump 3")
    incident.refresh_from_db()
    assert not incident.is_closed()
    assert slack.reactions(message) == []
    question = slack.messages(channel)[-1]
    assert "Do you want to close this incident?" in slack.shown(question)
    slack.people.press("bo", question, "close-incident-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.is_closed()


@pytest.mark.parametrize(
    "said",
    ["close.", "close it please", "*close*", "`close`", "CLOSE!", "close pls 🙏", "close :pray:",
     "close。", "cl\u043ese", "... close"],
)  # fmt: skip
def test_close_without_doubt(slack, said):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, said)
    incident.refresh_from_db()
    assert incident.is_closed()


# Forgiving


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ("SEV2", "2"), ("sev1", "1"), ("p2", "2"), ("severity SEV3", "3"), ("severity: p1", "1"),
        ("`severity` major", "2"), ("severity *major*", "2"), ("severity “major”.", "2"),
        ("- severity trivial", "4"), ("severity to minor", "3"), ("sev\u200berity major!", "2"),
        ("severity\uff1amajor", "2"), ("sev1 please", "1"), ("severity major, please", "2"),
        ("-> severity major", "2"), ("@incident severity major", "2"), ("severity 🔥 pls", "1"),
    ],
)  # fmt: skip
def test_severities_as_people_write_them(slack, said, severity):
    incident, channel = slack.incident_with_channel()
    message = slack.tell_bot("bo", channel, said)
    incident.refresh_from_db()
    assert incident.severity == severity
    assert slack.reactions(message) == ["white_check_mark"]


def test_an_action_belongs_to_the_person_mentioned(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "action @chidi Write the runbook")
    slack.tell_bot("bo", channel, "action Add an alert @dana")
    slack.tell_bot("bo", channel, "action Drink water")
    assert [(a.details, a.user.external_id) for a in Action.objects.order_by("id")] == [
        ("Write the runbook", "U0SANDBOX03"),
        ("Add an alert", "W0SANDBOX04"),
        ("Drink water", "U0SANDBOX02"),
    ]
    slack.tell_bot("bo", channel, "action done 1")
    slack.tell_bot("bo", channel, "action 2 done")
    done = Action.objects.order_by("id").values_list("done", flat=True)
    assert list(done) == [True, True, False]
    slack.tell_bot("bo", channel, "action @chidi")
    listed = slack.messages(channel)[-1].text
    assert "Write the runbook" in listed
    assert "Drink water" not in listed


@pytest.mark.parametrize(
    ("said", "done"),
    [("action done #1", [1]), ("action done 1.", [1]), ("actions 2 done!", [2]),
     ("action done 1, 2", [1, 2]), ("action 1 and 2 done", [1, 2]), ("action done 1 7", []),
     ("action done", [])],
)  # fmt: skip
def test_actions_are_ticked_off_and_none_is_made(slack, said, done):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "action one\n@incident action: @chidi: two")
    slack.tell_bot("bo", channel, said)
    items = list(incident.action_items())
    assert [item.details for item in items] == ["one", "two"]
    assert [n for n, item in enumerate(items, start=1) if item.done] == done


@pytest.mark.parametrize(
    "said", ["lead me pls", "lead myself", "lead me, thanks!", "@incident lead me"]
)
def test_the_writer_leads_however_that_is_said(slack, said):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, said)
    assert lead_of(incident) == "U0SANDBOX02"


def test_a_projects_command_may_be_a_mark(slack):
    @incident_command(["?!"], helptext="Wonder")
    def wonder(incident, user_id, message):
        return True, f"wondering: {message}"

    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "?! why *this*")
    assert slack.messages(channel)[-1].text == "wondering: why *this*"


def test_a_proposal_can_be_declined(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "summary One")
    asked = slack.tell_bot("bo", channel, "summary Two")
    assert slack.reactions(asked) == [], "nothing is taken yet"
    question = slack.messages(channel)[-1]
    slack.people.press("bo", question, "dismiss-question-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "One"
    assert "Nothing was changed" in slack.shown(question)
    assert "take-summary-button" not in slack.shown(question)


def test_a_question_in_a_thread_is_answered_there(slack):
    _incident, channel = slack.incident_with_channel()
    parent = slack.people.say("bo", channel, "Let us discuss")
    slack.people.say("bo", channel, "@incident summary", thread_ts=parent.ts)
    slack.people.say("bo", channel, "@incident duration", thread_ts=parent.ts)
    slack.settle()
    answers = slack.messages(channel)[-2:]
    assert [answer.thread_ts for answer in answers] == [parent.ts, parent.ts]


# Edits


def test_editing_a_command_never_repeats_it(slack):
    incident, channel = slack.incident_with_channel()
    ts = new_ts()
    mention_event(slack, channel, f"<@{slack.bot}> close", ts)
    incident.refresh_from_db()
    assert incident.is_closed()
    incident.reopen()
    InboxRequest.objects.all().delete()  # a week later
    for edited in ("1", "2"):
        mention_event(
            slack, channel, f"<@{slack.bot}> close", ts, edited={"user": "U1", "ts": edited}
        )
    incident.refresh_from_db()
    assert not incident.is_closed()


def test_an_edit_that_corrects_a_command_runs_it_once(slack):
    incident, channel = slack.incident_with_channel()
    message = slack.people.say("bo", channel, "@incident sverity major\n@incident action Buy milk")
    slack.settle()
    assert sorted(slack.reactions(message)) == ["question", "white_check_mark"]
    bot = f"<@{slack.bot}>"
    text = f"{bot} severity major\n{bot} action Buy milk"
    mention_event(slack, channel, text, message.ts, edited={"user": "U0SANDBOX02", "ts": "1.0"})
    incident.refresh_from_db()
    assert incident.severity == "2"
    assert Action.objects.count() == 1, "what was understood before does not run again"
    assert slack.reactions(message) == ["white_check_mark"]
    assert not Lookup.objects.filter(key__startswith=misunderstood_commands.PREFIX).exists()
    incident.severity = "3"
    incident.save()
    mention_event(slack, channel, text, message.ts, edited={"user": "U0SANDBOX02", "ts": "2.0"})
    incident.refresh_from_db()
    assert incident.severity == "3"


def test_a_mention_in_a_sentence_that_becomes_a_command_runs_once(slack):
    incident, channel = slack.incident_with_channel()
    message = slack.people.say("bo", channel, "oh dear @incident severity major")
    slack.settle()
    assert "I have not done anything" in slack.whispers("bo")[-1]
    bot = f"<@{slack.bot}>"
    for number, text in enumerate(["oh @incident severity major", "severity major", "and so on"]):
        said = f"{bot} {text}" if text == "severity major" else text.replace("@incident", bot)
        edited = {"user": "U0SANDBOX02", "ts": f"{number}.0"}
        mention_event(slack, channel, said, message.ts, edited=edited)
        incident.refresh_from_db()
        assert incident.severity == (None if number == 0 else "2")
    Incident.objects.filter(pk=incident.pk).update(severity="3")
    again = {"user": "U0SANDBOX02", "ts": "9.0"}
    mention_event(slack, channel, f"{bot} severity major", message.ts, edited=again)
    incident.refresh_from_db()
    assert incident.severity == "3"


# The slash command outside an incident's channel


@pytest.mark.parametrize(
    "typed",
    [
        "close",
        "lead @chidi",
        "severity major",
        "sev2",
        "action done 1",
        "close pls",
        "lead me please",
    ],
)
def test_a_command_for_a_channel_opens_no_form(slack, typed):
    slack.people.command("bo", "general", f"/incident {typed}")
    assert slack.people.open_view("bo") is None
    assert "works only in an incident's channel" in slack.whispers("bo")[-1]


@pytest.mark.parametrize(
    "title", ["summary page is down", "Close button broken", "lead time is high"]
)
def test_a_title_that_begins_with_a_command_is_a_title(slack, title):
    slack.people.command("bo", "general", f"/incident {title}")
    form = slack.people.open_view("bo")
    assert form.view["blocks"][0]["element"]["initial_value"] == title


def test_a_persons_live_incidents_are_offered(slack):
    mine = slack.declare("My outage", user="bo")
    slack.declare("Another outage", user="ada")
    slack.people.command("bo", "general", "/incident close")
    answer = slack.whispers("bo")[-1]
    assert "My outage" in answer
    assert "Another outage" not in answer
    mine.refresh_from_db()
    assert not mine.is_closed()


# Failures


def test_the_first_failure_is_told_once(slack):
    attempts = []

    @incident_command(["explode"])
    def explode(incident, user_id, message):
        attempts.append(message)
        if len(attempts) < 3:
            raise RuntimeError("boom")
        return True, "It worked"

    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "explode")
    slack.until(lambda: slack.whispers("bo"))
    for _ in range(2):
        InboxRequest.objects.filter(type="app_mention").update(
            due=timezone.now() - timedelta(days=1)
        )
        slack.settle()
        slack.until(lambda: True)
    slack.until(lambda: [m for m in slack.messages(channel) if m.text == "It worked"])
    said = [text for text in slack.whispers("bo") if "Something went wrong" in text]
    assert len(said) == 1
