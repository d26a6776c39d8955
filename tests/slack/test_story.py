"""The story of an incident, as people live it, through the signed endpoints."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Channel, Message
from response.core.models import Action, ExternalUser, Incident


def test_from_the_slash_command_to_the_closed_document(slack):
    people = slack.people
    result = people.command("ada", "general", "/incident Something's happened & it is <bad>")
    assert result.status == 200
    view = people.open_view("ada")
    fields = {b["block_id"]: b for b in view.view["blocks"]}
    assert list(fields) == ["report", "summary", "impact", "lead", "severity", "visibility"]
    title = fields["report"]["element"]["initial_value"]
    assert title == "Something's happened & it is <bad>"

    assert people.submit(
        "ada", view, {"summary": "Cache is full", "severity": "2", "lead": "U0SANDBOX03"}
    ).ok
    slack.settle()

    incident = Incident.objects.get()
    assert incident.report == title
    assert (incident.severity, incident.summary) == ("2", "Cache is full")
    assert incident.lead.external_id == "U0SANDBOX03"
    assert incident.reporter.external_id == "U0SANDBOX01"
    # #general does not have the bot in it, so the thanks went another way.
    assert any("Thank you" in text for text in slack.whispers("ada"))

    [headline] = slack.messages("incidents")
    shown = slack.shown(headline)
    for fact in ("major", "live", "<@U0SANDBOX01>", "<@U0SANDBOX03>", f"/incident/{incident.pk}/"):
        assert fact in shown
    for button in ("create-comms-channel-button", "edit-incident-button", "close-incident-button"):
        assert button in shown

    channel = slack.open_channel(incident, "bo")
    made = Channel.objects.get(pk=channel)
    assert made.name == f"inc-{incident.pk}-somethings-happened-it-is-bad"
    assert incident.report in made.topic
    assert f"/incident/{incident.pk}/" in made.topic
    members = set(made.memberships.values_list("member_id", flat=True))
    assert members == {slack.bot, "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03"}
    [introduction] = slack.messages(channel)
    assert "Pin" in slack.shown(introduction)
    assert f"<#{channel}>" in slack.shown(headline)
    assert "create-comms-channel-button" not in slack.shown(headline)

    spoken = slack.tell_bot("bo", channel, "severity critical")
    assert slack.reactions(spoken) == ["white_check_mark"]
    assert "critical" in slack.shown(headline)

    people.press("chidi", headline, "edit-incident-button")
    form = people.open_view("chidi")
    assert people.submit("chidi", form, {"report": "The cache is full"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert (incident.report, incident.summary) == ("The cache is full", "Cache is full")
    assert "The cache is full" in slack.shown(headline)

    people.press("chidi", headline, "close-incident-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.is_closed()
    shown = slack.shown(headline)
    assert "resolved" in shown
    assert "reopen-incident-button" in shown
    for button in ("edit-incident-button", "close-incident-button"):
        assert button not in shown
    assert "closed this incident" in slack.messages(channel)[-1].text
    told, asked = slack.direct_messages("chidi")
    assert "made you the lead" in told
    assert f"/incident/{incident.pk}/" in asked
    assert len(slack.messages("incidents")) == 1


@pytest.mark.parametrize(
    ("title", "problem"),
    [("", "Please complete"), ("   ", "Say in a few words"), ("x" * 201, "201 characters")],
)
def test_a_bad_title_is_an_error_on_its_field(slack, title, problem):
    slack.people.command("ada", "incidents", "/incident Down")
    view = slack.people.open_view("ada")
    result = slack.people.submit("ada", view, {"report": title})
    assert problem in result.errors["report"]
    assert slack.people.open_view("ada") == view
    assert not Incident.objects.exists()
    assert slack.people.submit("ada", view, {"report": "Better"}).ok
    slack.settle()
    assert Incident.objects.get().report == "Better"


def test_sending_a_form_twice_declares_one_incident(slack):
    slack.people.command("ada", "incidents", "/incident Down")
    view = slack.people.open_view("ada")
    slack.faults.add("twice", "view_submission")
    assert slack.people.submit("ada", view, {}).ok
    # The answer came too late, say, and the person sends it again, changed.
    assert slack.people.submit("ada", view, {"report": "Down, really"}).ok
    slack.settle()
    assert Incident.objects.get().report == "Down"
    assert len(slack.messages("incidents")) == 1


def test_two_people_who_press_the_button_get_one_channel(slack):
    incident = slack.declare("Down")
    headline = slack.headline(incident)
    for who in ("bo", "chidi", "eiko"):
        slack.people.press(who, headline, "create-comms-channel-button", wait=False)
    slack.settle()
    slack.settle()
    [made] = Channel.objects.filter(name__startswith="inc-")
    members = set(made.memberships.values_list("member_id", flat=True))
    assert members == {slack.bot, "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03", "U0SANDBOX05"}
    assert len(slack.messages(made.id)) == 1


def test_a_name_that_is_taken_gets_a_number_and_is_not_adopted(slack):
    incident = slack.declare("Down")
    theirs = slack.people.create_channel("dana", f"inc-{incident.pk}-down")
    channel = slack.open_channel(incident)
    assert channel != theirs.id
    assert Channel.objects.get(pk=channel).name == f"inc-{incident.pk}-down-2"
    assert not theirs.memberships.filter(member_id=slack.bot).exists()


def test_edit_keeps_what_somebody_else_changed_meanwhile(slack):
    incident = slack.declare("Down")
    slack.people.press("bo", slack.headline(incident), "edit-incident-button")
    form = slack.people.open_view("bo")
    changed = Incident.objects.get()
    changed.lead = ExternalUser.objects.get_or_create_slack(external_id="U0SANDBOX05")[0]
    changed.severity = "1"
    changed.save()
    assert slack.people.submit("bo", form, {"summary": "Known now"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "Known now"
    assert (incident.lead.external_id, incident.severity) == ("U0SANDBOX05", "1")


def test_who_would_overwrite_another_is_shown_their_text_and_decides(slack):
    incident = slack.declare("Down")
    slack.people.press("bo", slack.headline(incident), "edit-incident-button")
    form = slack.people.open_view("bo")
    changed = Incident.objects.get()
    changed.summary = "Anna knows more"
    changed.save()
    refused = slack.people.submit("bo", form, {"summary": "Bo guesses", "impact": "all"})
    assert "Anna knows more" in refused.errors["summary"]
    incident.refresh_from_db()
    assert (incident.summary, incident.impact) == ("Anna knows more", None)
    assert slack.people.submit("bo", form, {"summary": "Both", "impact": "all"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert (incident.summary, incident.impact) == ("Both", "all")


def test_a_severity_is_changed_but_not_unset(slack):
    incident = slack.declare("Down", severity="3")
    slack.people.press("bo", slack.headline(incident), "edit-incident-button")
    form = slack.people.open_view("bo")
    assert "severity" in slack.people.submit("bo", form, {"severity": None}).errors
    assert slack.people.submit("bo", form, {"severity": "1"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert incident.severity == "1"


def test_reopening(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "close")
    headline = slack.headline(incident)
    slack.people.press("bo", headline, "reopen-incident-button")
    slack.settle()
    incident.refresh_from_db()
    assert not incident.is_closed()
    assert "close-incident-button" in slack.shown(headline)
    assert "reopened" in slack.messages(channel)[-1].text


def test_closing_twice_is_said_once(slack):
    incident, channel = slack.incident_with_channel()
    headline = slack.headline(incident)
    for who in ("ada", "bo", "chidi"):
        slack.people.press(who, headline, "close-incident-button", wait=False)
    slack.settle()
    slack.settle()
    said = [m.text for m in slack.messages(channel) if "closed this incident" in m.text]
    assert len(said) == 1
    assert len(slack.direct_messages("ada")) == 1


def test_reports_go_to_their_own_channel(slack, settings):
    settings.INCIDENT_REPORT_CHANNEL_NAME = "incident-reports"
    incident = slack.declare("It was down", incident_type="report")
    assert incident.report_only
    assert slack.messages("incidents") == []
    [post] = slack.messages("incident-reports")
    assert "reported" in slack.shown(post)
    assert "create-comms-channel-button" not in slack.shown(post)


def test_ten_changes_in_a_moment_are_one_update(slack, settings):
    settings.RESPONSE_HEADLINE_DELAY = 0.6
    incident = slack.declare("Down")
    before = len(slack.calls("chat.update"))
    for severity in "1234" * 2 + "12":
        incident.severity = severity
        incident.save()
    slack.settle()
    assert len(slack.calls("chat.update")) == before + 1
    assert "major" in slack.shown(slack.headline(incident))
    incident.save()
    incident.save()
    slack.settle()
    assert len(slack.calls("chat.update")) == before + 1


def test_text_that_pings_and_text_that_is_long(slack):
    incident = slack.declare(
        "<!channel> & <b>", summary="<!here> " + "long & " * 400, impact="x" * 3000
    )
    channel = slack.open_channel(incident)
    Incident.objects.filter(pk=incident.pk).update(summary="<!everyone> " + "&<>" * 4000)
    incident = Incident.objects.get()
    incident.severity = "1"
    incident.save()
    slack.tell_bot("bo", channel, "summary")
    slack.settle()
    for message in Message.objects.filter(user=slack.bot):
        texts = [message.text, *_mrkdwn(message.blocks)]
        assert not any("<!channel" in t or "<!here" in t or "<!everyone" in t for t in texts)


def _mrkdwn(value) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [t for v in value.values() for t in _mrkdwn(v)]
    return [t for v in value for t in _mrkdwn(v)] if isinstance(value, list) else []


# Commands


def test_lead(slack):
    incident, channel = slack.incident_with_channel()

    def lead():
        incident.refresh_from_db()
        return incident.lead.external_id if incident.lead else None

    slack.tell_bot("bo", channel, "lead @chidi")
    assert lead() == "U0SANDBOX03"
    asked = slack.tell_bot("bo", channel, "lead")
    assert lead() == "U0SANDBOX03", "it is not taken away without asking"
    assert slack.reactions(asked) == []
    question = slack.messages(channel)[-1]
    assert "<@U0SANDBOX03> leads" in slack.shown(question)
    slack.people.press("bo", question, "take-lead-button")
    slack.settle()
    assert lead() == "U0SANDBOX02"
    assert "take-lead-button" not in slack.shown(question)
    slack.tell_bot("bo", channel, "lead none")
    assert lead() is None
    slack.tell_bot("bo", channel, "lead")
    assert lead() == "U0SANDBOX02"
    slack.tell_bot("bo", channel, "lead @dana")
    assert lead() == "W0SANDBOX04"
    slack.tell_bot("bo", channel, "lead eiko@example.com")
    assert lead() == "U0SANDBOX05"
    slack.people.change_profile("farid", display_name="The Fixer")
    slack.people.say("farid", "general", "hello")
    ExternalUser.objects.update_or_create_slack(external_id="U0SANDBOX06", display_name="The Fixer")
    slack.tell_bot("bo", channel, "lead The Fixer")
    assert lead() == "U0SANDBOX06"
    for wrong in ("@ops", "nobody@nowhere.example", "Zaphod"):
        spoken = slack.tell_bot("bo", channel, f"lead {wrong}")
        assert slack.reactions(spoken) == ["question"]
        assert lead() == "U0SANDBOX06"


@pytest.mark.parametrize(
    ("said", "severity", "reaction"),
    [
        ("severity critical", "1", "white_check_mark"),
        ("sev 2", "2", "white_check_mark"),
        ("SEV Minor", "3", "white_check_mark"),
        ("severity sev4", "4", "white_check_mark"),
        ("severity awful", None, "question"),
        ("severity", None, "question"),
    ],
)
def test_severity(slack, said, severity, reaction):
    incident, channel = slack.incident_with_channel()
    spoken = slack.tell_bot("bo", channel, said)
    incident.refresh_from_db()
    assert incident.severity == severity
    assert slack.reactions(spoken) == [reaction]


def test_summary_is_kept_whole_shown_and_changed(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "summary First line\n\n• second & <third>\n@chidi knows")
    incident.refresh_from_db()
    assert incident.summary == "First line\n\n• second & <third>\n<@U0SANDBOX03> knows"

    slack.tell_bot("bo", channel, "summary")
    question = slack.messages(channel)[-1]
    assert "second &amp; &lt;third&gt;" in slack.shown(question)
    assert "take-summary-button" not in slack.shown(question)
    slack.people.press("chidi", question, "change-summary-button")
    form = slack.people.open_view("chidi")
    assert form.view["blocks"][0]["element"]["initial_value"] == incident.summary
    assert slack.people.submit("chidi", form, {"summary": "By form"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "By form"

    slack.tell_bot("bo", channel, "summary By\ncommand")
    incident.refresh_from_db()
    assert incident.summary == "By form"
    question = slack.messages(channel)[-1]
    slack.people.press("bo", question, "take-summary-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "By\ncommand"
    assert "take-summary-button" not in slack.shown(question)


def test_a_long_proposal_is_not_cut(slack):
    incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "impact known")
    text = "word " * 700
    slack.tell_bot("bo", channel, f"impact {text}")
    slack.people.press("bo", slack.messages(channel)[-1], "take-impact-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.impact == text.strip()


def test_actions(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "action Add an alert\nfor disks")
    slack.tell_bot("bo", channel, "action @chidi write it down")
    slack.tell_bot("bo", channel, "action done 1")
    first, second = Action.objects.order_by("id")
    assert (first.details, first.done) == ("Add an alert\nfor disks", True)
    assert (second.details, second.user.external_id) == ("write it down", "U0SANDBOX03")
    slack.tell_bot("bo", channel, "action")
    listed = slack.messages(channel)[-1].text
    assert "✅ Add an alert" in listed
    assert "⬜ write it down" in listed
    spoken = slack.tell_bot("bo", channel, "action done 7")
    assert slack.reactions(spoken) == ["question"]


def test_rename_duration_help_and_what_is_unknown(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "rename Checkout, again!")
    assert Channel.objects.get(pk=channel).name == "checkout-again"
    assert Incident.objects.get().comms_channel().channel_name == "checkout-again"
    slack.people.create_channel("dana", "taken")
    slack.tell_bot("bo", channel, "rename taken")
    assert "another channel called taken" in slack.messages(channel)[-1].text
    assert slack.reactions(slack.tell_bot("bo", channel, "rename ☃")) == ["question"]

    slack.tell_bot("bo", channel, "duration")
    assert "second" in slack.messages(channel)[-1].text
    slack.tell_bot("bo", channel, "")
    assert "severity | sev" in slack.whispers("bo")[-1]
    slack.tell_bot("bo", channel, "help lead")
    assert "lead @someone" in slack.messages(channel)[-1].text

    said = len(slack.messages(channel))
    spoken = slack.tell_bot("bo", channel, "severty major")
    assert slack.reactions(spoken) == ["question"]
    assert "Did you mean `severity`" in slack.whispers("bo")[-1]
    assert len(slack.messages(channel)) == said


def test_a_command_outside_an_incidents_channel(slack):
    slack.tell_bot("bo", "incidents", "severity major")
    assert "This is not an incident's channel" in slack.whispers("bo")[-1]


# The slash command's grammar


def test_the_slash_command_in_an_incidents_channel(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.command("bo", channel, "/incident severity critical")
    slack.people.command("bo", channel, "/incident lead @chidi")
    slack.settle()
    incident.refresh_from_db()
    assert (incident.severity, incident.lead.external_id) == ("1", "U0SANDBOX03")
    assert any("severity critical" in text for text in slack.whispers("bo"))
    slack.people.command("bo", channel, "/incident clsoe")
    slack.settle()
    assert "Did you mean `close`" in slack.whispers("bo")[-1]
    slack.people.command("bo", channel, "/incident new Another one")
    form = slack.people.open_view("bo")
    assert form.view["blocks"][0]["element"]["initial_value"] == "Another one"
    slack.people.command("bo", channel, "/incident close")
    slack.settle()
    incident.refresh_from_db()
    assert incident.is_closed()


def test_the_slash_command_elsewhere(slack):
    slack.people.command("bo", "general", "/incident help")
    assert "declares an incident" in slack.whispers("bo")[-1]
    slack.people.command("bo", "general", "/incident list")
    assert "no open incidents" in slack.whispers("bo")[-1]
    one = slack.declare("One <b>", severity="1")
    slack.declare("Two")
    slack.people.command("bo", "general", "/incident list")
    listed = slack.whispers("bo")[-1]
    assert listed.index("Two") < listed.index("One")
    assert f"/incident/{one.pk}/" in listed
    assert "One &lt;b&gt;" in listed


def test_references_in_a_title_are_names(slack):
    slack.people.command("ada", "general", "/incident @bo broke #general")
    form = slack.people.open_view("ada")
    assert form.view["blocks"][0]["element"]["initial_value"] == "@bo broke #general"


def test_a_slash_command_is_echoed_readably(slack):
    _incident, channel = slack.incident_with_channel()
    slack.post_command(
        channel_id=channel, text="action <@U0SANDBOX03|chidi> see <#C0SANDBOX01|general> &amp; all"
    )
    slack.settle()
    assert slack.whispers("ada")[-1] == "✅ `action @chidi see #general &amp; all`"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("`duration`", "⏱️"),
        ("@bo", "`@Bo` is not a command"),
        ("help nonsense", "`nonsense` is not a command"),
    ],
)
def test_odd_commands(slack, said, answer):
    _incident, channel = slack.incident_with_channel()
    message = slack.tell_bot("bo", channel, said)
    told = [m.text for m in slack.messages(channel)] + slack.whispers("bo")
    assert any(answer in text for text in told), told
    expected = "white_check_mark" if "⏱️" in answer else "question"
    assert slack.reactions(message) == [expected]


def test_rename_takes_a_reference_to_a_channel(slack):
    _incident, channel = slack.incident_with_channel()
    slack.tell_bot("bo", channel, "rename #general-2")
    slack.post_command(channel_id=channel, text="rename <#C0SANDBOX09|checkout-down>")
    slack.settle()
    assert slack.channel(channel).name == "checkout-down"


def test_a_question_is_gone_once_the_form_has_answered_it(slack):
    incident, channel = slack.incident_with_channel()
    incident.summary = "What was known"
    incident.save()
    slack.settle()
    slack.tell_bot("bo", channel, "summary Something else")
    question = slack.messages(channel)[-1]
    slack.people.press("bo", question, "change-summary-button")
    slack.people.submit("bo", slack.people.open_view("bo"), {"summary": "By the form"})
    slack.settle()
    incident.refresh_from_db()
    assert incident.summary == "By the form"
    question.refresh_from_db()
    assert "changed the summary" in question.text
    assert "take-summary-button" not in slack.shown(question)
