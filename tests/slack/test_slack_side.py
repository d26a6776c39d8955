"""What people find in Slack: thanks with links, the welcome message, news of changes, the lead."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from demo.sandbox.models import Grant, Message, Pin
from response.core.actors import Actor, acting_as
from response.core.models import (
    Action,
    ExternalUser,
    Incident,
    Review,
    TimelineEvent,
    milestones,
)
from response.core.reviews import writing
from response.jobs.models import OutboxMessage
from response.slack.models import CommsChannel, Lookup, PinnedMessage, TimelineMark
from response.slack.render import change_lines
from response.slack.render.change_lines import Change
from response.worker import tick

ADA, BO, CHIDI = "U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03"


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def said(slack, channel) -> list[str]:
    """What the bot said in a channel after its welcome message."""
    return [message.text for message in slack.messages(channel)[1:]]


def person(user_id: str) -> ExternalUser:
    return ExternalUser.objects.get(external_id=user_id)


def by(user_id: str):
    return acting_as(Actor(person=person(user_id)))


def welcome(slack, channel) -> Message:
    return slack.messages(channel)[0]


def put_in(incident) -> list[str]:
    """The messages in the timeline."""
    return [e.text for e in incident.timeline_events().filter(event_type="slack_pin", hidden=False)]


# After declaring


def test_the_thanks_have_three_links_or_a_button(slack):
    incident = slack.declare("The checkout is down")
    [thanks] = [text for text in slack.whispers("ada") if "Thank you" in text]
    headline = slack.headline(incident)
    assert f"/archives/{headline.channel_id}/p{headline.ts.replace('.', '')}|Headline" in thanks
    assert f"/incident/{incident.pk}/|Document" in thanks
    shown = Message.objects.get(text=thanks)
    assert "create-comms-channel-button" in slack.shown(shown)
    slack.people.press("ada", shown, "create-comms-channel-button")
    slack.settle()
    assert Incident.objects.get(pk=incident.pk).comms_channel() is not None
    assert not slack.calls("chat.getPermalink")


def test_the_thanks_wait_for_the_headline(slack):
    slack.faults.add("500", "chat.postMessage", times=1)
    incident = slack.declare("The checkout is down")
    slack.until(lambda: any("Thank you" in text for text in slack.whispers("ada")))
    [thanks] = [text for text in slack.whispers("ada") if "Thank you" in text]
    assert slack.headline(incident).ts.replace(".", "") in thanks


# The welcome message


def test_the_welcome_message_is_pinned_and_kept_up_to_date(slack):
    incident, channel = slack.incident_with_channel()
    first = welcome(slack, channel)
    assert Pin.objects.get().message == first
    slack.settle()
    assert put_in(incident) == []
    assert not PinnedMessage.objects.exists()
    for button in ("take-lead-button", "severity-select", "edit-incident-button",
                   "close-incident-button"):  # fmt: skip
        assert button in slack.shown(first)

    incident.severity, incident.summary = "1", "The cache is full"
    incident.save()
    slack.settle()
    assert "critical" in slack.shown(first)
    assert "The cache is full" in slack.shown(first)
    updates = len(slack.calls("chat.update"))
    incident.private = True
    incident.private = False
    incident.save()
    slack.settle()
    assert len(slack.calls("chat.update")) == updates

    incident.close()
    slack.settle()
    assert "reopen-incident-button" in slack.shown(first)
    assert "take-lead-button" not in slack.shown(first)


def test_a_welcome_message_that_was_deleted_is_not_posted_again(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.delete(welcome(slack, channel))
    incident.severity = "2"
    incident.save()
    slack.settle()
    assert [m.text for m in slack.messages(channel)] == ["✏️ Someone set the severity to *major*."]
    assert CommsChannel.objects.get().welcome_ts == ""


def test_without_the_right_to_pin_all_else_goes_on(slack):
    Grant.objects.update_or_create(pk=1, defaults={"withheld": ["pins:write"]})
    _incident, channel = slack.incident_with_channel()
    assert "Pin" in slack.shown(welcome(slack, channel))
    assert not Pin.objects.exists()


def test_a_lost_answer_gives_one_welcome_message(slack):
    incident = slack.declare("The checkout is down")
    slack.settle()
    slack.faults.add("drop", "chat.postMessage", times=1, after_effect=True)
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(lambda: CommsChannel.objects.exclude(welcome_ts="").exists())
    slack.settle()
    channel = CommsChannel.objects.get().channel_id
    assert len(slack.messages(channel)) == 1


def test_the_lead_is_taken_from_the_welcome_message(slack):
    incident, channel = slack.incident_with_channel()
    first = welcome(slack, channel)
    slack.people.press("bo", first, "take-lead-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.lead == person(BO)
    assert said(slack, channel) == [f"🙋 <@{BO}> took the lead."]
    assert slack.direct_messages("bo") == []
    assert '"confirm"' in slack.shown(first)  # who takes it from bo is asked

    slack.people.press("bo", first, "take-lead-button")
    slack.settle()
    assert "You already lead this incident." in slack.whispers("bo")


def test_a_lead_who_came_meanwhile_is_not_displaced_unasked(slack):
    incident, channel = slack.incident_with_channel()
    value = json.dumps({"incident": incident.pk, "lead": "–"})
    incident.lead = person(BO)
    incident.save()
    slack.settle()
    press = {
        "type": "block_actions", "user": {"id": ADA}, "channel": {"id": channel},
        "trigger_id": "x", "message": {"ts": CommsChannel.objects.get().welcome_ts},
        "actions": [{"action_id": "take-lead-button", "value": value}],
    }  # fmt: skip
    assert slack.post_interaction(press)[0] == 200
    slack.settle()
    incident.refresh_from_db()
    assert incident.lead == person(BO)
    question = Message.objects.get(text=f"<@{BO}> leads this incident now.", only_for=ADA)
    slack.people.press("ada", question, "take-lead-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.lead == person(ADA)
    assert said(slack, channel)[-1] == f"🙋 <@{ADA}> took the lead."


def test_the_severity_is_chosen_in_the_welcome_message(slack):
    incident, channel = slack.incident_with_channel()
    chosen = json.dumps({"incident": incident.pk, "severity": "2"})
    slack.people.press("bo", welcome(slack, channel), "severity-select", chosen)
    slack.settle()
    incident.refresh_from_db()
    assert incident.severity == "2"
    assert said(slack, channel) == [f"✏️ <@{BO}> set the severity to *major*."]


# A new lead


@pytest.mark.parametrize("private", [False, True])
def test_a_new_lead_is_told_and_invited(slack, private):
    slack.people.command("ada", "general", "/incident The vault is open")
    form = slack.people.open_view("ada")
    visibility = "private" if private else "public"
    assert slack.people.submit("ada", form, {"lead": CHIDI, "visibility": visibility}).ok
    slack.settle()
    incident = Incident.objects.get()
    assert incident.private is private
    [told] = slack.direct_messages("chidi")
    assert told == f"🙋 <@{ADA}> made you the lead of *The vault is open*."
    channel = slack.open_channel(incident, "ada")
    with by(ADA):
        incident.lead = person(CHIDI)
        incident.save()  # no change
        eiko, _made = ExternalUser.objects.get_or_create_slack(
            external_id="U0SANDBOX05", display_name="eiko"
        )
        incident.lead = eiko
        incident.save()
    slack.settle()
    assert len(slack.direct_messages("chidi")) == 1
    assert len(slack.direct_messages("eiko")) == 1
    members = slack.channel(channel).memberships.values_list("member_id", flat=True)
    assert {CHIDI, "U0SANDBOX05"} <= set(members)


def test_a_lead_who_is_none_any_more_is_not_told(slack):
    incident, _channel = slack.incident_with_channel()
    with by(ADA):
        incident.lead = person(BO)
        incident.save()
        incident.lead = None
        incident.save()
    slack.settle()
    assert slack.direct_messages("bo") == []


def test_who_takes_the_lead_elsewhere_is_invited_and_not_told(slack):
    incident, channel = slack.incident_with_channel()
    chidi, _made = ExternalUser.objects.get_or_create_slack(external_id=CHIDI, display_name="c")
    with by(CHIDI):
        incident.lead = chidi
        incident.save()
    slack.settle()
    assert slack.direct_messages("chidi") == []
    members = slack.channel(channel).memberships.values_list("member_id", flat=True)
    assert CHIDI in members


# Changes made elsewhere


def test_changes_of_one_moment_are_told_in_one_line(slack):
    incident, channel = slack.incident_with_channel()
    with by(ADA):
        incident.severity = "3"
        incident.save()
        incident.severity = "1"
        incident.summary = "100% <full> & *hot*"
        incident.save()
        incident.report = "The <cache> is 100% full"
        incident.save()
        incident.private = True
        incident.save()
        incident.private = False
        incident.save()
    slack.settle()
    [told] = said(slack, channel)
    assert told == (
        f"✏️ <@{ADA}> changed: severity *critical* · summary · "
        "title *The &lt;cache&gt; is 100% full*"
    )
    assert not Lookup.objects.filter(key__startswith="seen change:").exists()


def test_a_form_an_action_and_a_program(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.press("bo", welcome(slack, channel), "edit-incident-button")
    assert slack.people.submit("bo", slack.people.open_view("bo"), {"severity": "4"}).ok
    slack.settle()
    with acting_as(Actor("Terraform <x>")):
        Action.objects.create(incident=incident, details="Add a node", user=person(ADA))
    slack.settle()
    assert said(slack, channel) == [
        f"✏️ <@{BO}> set the severity to *trivial*.",
        "✏️ Terraform &lt;x&gt; added an action: Add a node",
    ]


def test_what_was_commanded_in_the_channel_is_not_told_again(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.tell_bot("bo", channel, "severity major")
    assert slack.reactions(message) == ["white_check_mark"]
    slack.tell_bot("bo", channel, "lead me")
    slack.tell_bot("bo", channel, "action Add a node")
    slack.tell_bot("bo", channel, "close")
    assert said(slack, channel) == []
    assert slack.direct_messages("bo")[1:] == []  # only asked for the report
    with by(ADA):
        Incident.objects.get(pk=incident.pk).reopen()
    slack.settle()
    assert said(slack, channel)[-1] == f"↩️ <@{ADA}> reopened this incident."
    assert len(said(slack, channel)) == 1


def test_a_slash_command_is_told_to_the_channel(slack):
    _incident, channel = slack.incident_with_channel()
    slack.people.command("bo", channel, "/incident severity major")
    slack.settle()
    slack.people.command("bo", channel, "/incident lead")
    slack.settle()
    assert said(slack, channel) == [
        f"✏️ <@{BO}> set the severity to *major*.",
        f"🙋 <@{BO}> took the lead.",
    ]
    assert slack.whispers("bo")[-1] == f"<@{BO}> leads this incident."


def publish(incident, user_id: str, *statuses: str) -> None:
    with by(user_id):
        for status in statuses or (Review.PUBLISHED,):
            writing.set_status(Review.objects.get(incident=incident), status)


@pytest.fixture
def reviewed(slack, settings):
    """A closed incident with a review and a channel, and the link to the review."""
    incident, channel = slack.incident_with_channel("The <vault> is open")
    incident.end_time = timezone.now()
    incident.save()
    writing.begin(incident)
    slack.settle()
    address = f"{settings.SITE_URL}/incident/{incident.pk}/review/"
    return incident, channel, f"<{address}|Review of incident {incident.pk}>"


def test_a_published_review_is_told_in_the_channel_and_linked_in_the_headline(slack, reviewed):
    incident, channel, link = reviewed
    assert "Review of incident" not in slack.shown(slack.headline(incident))
    publish(incident, BO)
    slack.settle()
    assert said(slack, channel)[-1] == f"📝 <@{BO}> published the review: {link}"
    assert link in slack.shown(slack.headline(incident))
    publish(incident, ADA, Review.DRAFT)
    slack.settle()
    assert said(slack, channel)[-1] == f"✏️ <@{ADA}> took the review back: it is a draft again."
    assert link not in slack.shown(slack.headline(incident))


def test_a_publication_is_told_once_with_what_else_was_changed(slack, reviewed):
    incident, channel, link = reviewed
    before = len(said(slack, channel))
    publish(incident, BO)
    with by(BO):
        incident = Incident.objects.get(pk=incident.pk)
        incident.severity = "1"
        incident.save()
    publish(incident, BO, Review.DRAFT, Review.PUBLISHED)
    slack.settle()
    [told] = said(slack, channel)[before:]
    assert told == f"✏️ <@{BO}> changed: published {link} · severity *critical*"
    publish(incident, BO, Review.DRAFT, Review.IN_REVIEW, Review.PUBLISHED)
    slack.settle()
    assert len(said(slack, channel)) == before + 1


def test_a_publication_taken_back_at_once_is_not_told(slack, reviewed):
    incident, channel, _link = reviewed
    before = said(slack, channel)
    publish(incident, BO, Review.PUBLISHED, Review.DRAFT)
    slack.settle()
    assert said(slack, channel) == before


def test_a_review_that_is_written_elsewhere_is_not_linked(slack):
    incident, channel = slack.incident_with_channel()
    milestones.record(incident, "review_published", timezone.now())
    slack.settle()
    assert said(slack, channel) == []
    assert "Review of incident" not in slack.shown(slack.headline(incident))
    milestones.record(incident, "review_published", None)
    slack.settle()
    assert said(slack, channel) == []


def test_the_publication_of_a_private_review_tells_its_own_channel_no_more_than_that(
    slack, reviewed
):
    incident, channel, link = reviewed
    incident = Incident.objects.get(pk=incident.pk)
    incident.private = True
    incident.save()
    slack.settle()
    publish(incident, BO)
    slack.settle()
    assert said(slack, channel)[-1] == f"📝 <@{BO}> published the review: {link}"
    assert link not in slack.shown(slack.headline(incident))


def test_an_archived_channel_is_not_told_of_a_publication(slack, reviewed):
    incident, channel, _link = reviewed
    slack.people.archive("bo", channel)
    slack.settle()
    before = said(slack, channel)
    publish(incident, BO)
    slack.settle()
    assert said(slack, channel) == before
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()


def test_what_was_before_the_upgrade_is_no_news(slack):
    incident, channel = slack.incident_with_channel()
    CommsChannel.objects.update(announced=None)
    with acting_as(Actor("Old")):
        TimelineEvent.objects.bulk_create(
            [
                TimelineEvent(
                    incident=incident,
                    text="x",
                    event_type="incident_update",
                    metadata={"update_type": "incident_summary", "new_value": "x"},
                )
            ]
        )
        incident.severity = "1"
        incident.save()
    slack.settle()
    assert said(slack, channel) == ["✏️ Old set the severity to *critical*."]


def test_an_archived_channel_is_told_nothing(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.archive("bo", channel)
    slack.settle()
    incident.severity = "1"
    incident.save()
    slack.settle()
    assert said(slack, channel) == []
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()


@pytest.mark.parametrize("what", sorted(change_lines.TYPES))
@pytest.mark.parametrize("new", ["", "live", "public", "resolved", "x%s%(y)s"])
def test_every_change_has_words(what, new):
    change = Change(what, "old", new)
    alone = change_lines.line("<@U1>", [change], "5 minutes")
    assert "<@U1>" in alone
    among = change_lines.line("", [change, Change("incident_summary", "a", "b")], "5 minutes")
    assert among.startswith("✏️ Someone changed: ")
    assert among.endswith(" · summary")


# Private incidents


def test_private_incidents_are_declared_and_listed_for_their_own_people(slack):
    slack.declare("Someone is in the vault", visibility="private")
    slack.declare("The checkout is down")
    listed = {
        user: slack.people.command(user, "general", "/incident list").body for user in ("ada", "bo")
    }
    assert "vault" in json.dumps(listed["ada"])
    assert "vault" not in json.dumps(listed["bo"])
    assert "checkout" in json.dumps(listed["bo"])
    [headline, _other] = slack.messages("incidents")
    assert "vault" not in slack.shown(headline)


def test_private_incidents_can_be_switched_off(slack, settings):
    slack.people.command("ada", "general", "/incident Down")
    form = slack.people.open_view("ada")
    settings.RESPONSE_PRIVATE_FROM_SLACK = False
    refused = slack.people.submit("ada", form, {"visibility": "private"})
    assert "can no longer be declared" in refused.errors["visibility"]
    assert not Incident.objects.exists()
    slack.people.command("bo", "general", "/incident Down")
    fields = [b["block_id"] for b in slack.people.open_view("bo").view["blocks"]]
    assert "visibility" not in fields


# Into the timeline


def test_a_reaction_puts_a_message_into_the_timeline(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    file = {"id": "F1", "name": "p95.png", "permalink": "https://files.example/p95"}
    message = slack.people.say("bo", channel, "We <b> rolled back", files=[file])
    slack.people.react("chidi", message, "eyes")
    slack.settle()
    assert put_in(incident) == []
    slack.people.react("chidi", message, "pushpin")
    slack.people.react("chidi", message, "star")
    slack.people.react("ada", message, "star")
    slack.settle()
    entry = incident.timeline_events().get(event_type="slack_pin")
    assert entry.text == "We <b> rolled back"
    assert entry.actor == person(CHIDI)
    assert entry.metadata["author"]["external_id"] == BO
    assert entry.metadata["added_by"] == CHIDI
    assert f"/archives/{channel}/p{message.ts.replace('.', '')}" in entry.metadata["permalink"]
    assert entry.metadata["files"][0]["name"] == "p95.png"

    slack.people.edit(message, "We rolled back")
    slack.settle()
    assert put_in(incident) == ["We rolled back"]

    slack.people.react("chidi", message, "pushpin")
    slack.people.react("ada", message, "star")
    slack.settle()
    assert put_in(incident) == ["We rolled back"]
    slack.people.react("chidi", message, "star")
    slack.settle()
    assert put_in(incident) == []
    assert not PinnedMessage.objects.exists()
    slack.people.react("chidi", message, "star")
    slack.settle()
    assert put_in(incident) == ["We rolled back"]


def test_an_answer_in_a_thread_and_a_message_that_is_gone(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    first = slack.people.say("bo", channel, "first")
    answer = slack.people.say("bo", channel, "answer", thread_ts=first.ts)
    slack.people.react("bo", answer, "star")
    gone = slack.people.say("bo", channel, "gone")
    slack.settle()
    slack.people.delete(gone)
    event = {
        "type": "reaction_added", "user": BO, "reaction": "star",
        "item": {"type": "message", "channel": channel, "ts": gone.ts},
    }  # fmt: skip
    assert slack.post_event(event)[0] == 200
    slack.settle()
    [entry] = incident.timeline_events().filter(event_type="slack_pin")
    assert entry.text == "answer"
    assert f"thread_ts={first.ts}" in entry.metadata["permalink"]


def test_a_pin_and_a_reaction_keep_a_message_each(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "We rolled back")
    slack.people.react("bo", message, "star")
    slack.settle()
    slack.people.pin("bo", message)
    slack.settle()
    slack.people.react("bo", message, "star")
    slack.settle()
    assert put_in(incident) == ["We rolled back"]
    slack.people.react("bo", message, "star")
    slack.settle()
    slack.people.unpin("bo", message)
    slack.settle()
    assert put_in(incident) == ["We rolled back"]
    slack.people.react("bo", message, "star")
    slack.settle()
    assert put_in(incident) == []


def test_a_removal_that_comes_before_its_reaction(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "We rolled back")
    item = {"type": "message", "channel": channel, "ts": message.ts}
    told = {"user": BO, "reaction": "star", "item": item}
    slack.post_event({"type": "reaction_removed", "event_ts": "1800000000.2", **told})
    slack.settle()
    slack.post_event({"type": "reaction_added", "event_ts": "1800000000.1", **told})
    slack.settle()
    assert put_in(incident) == []
    TimelineMark.objects.update(noted=timezone.now() - timedelta(days=2000))
    tick.clean_up()
    assert not TimelineMark.objects.exists()


def test_a_text_that_a_person_rewrote_is_hidden_not_lost(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "rolld bck")
    slack.people.react("bo", message, "star")
    slack.settle()
    with by(ADA):
        incident.timeline_events().get(event_type="slack_pin").curate(text="Rolled back")
    slack.people.react("bo", message, "star")
    slack.settle()
    assert put_in(incident) == []
    kept = incident.timeline_events().get(event_type="slack_pin")
    assert (kept.text, kept.hidden) == ("Rolled back", True)


def test_the_reactions_are_a_setting(slack, settings):
    settings.RESPONSE_TIMELINE_REACTIONS = ["eyes"]
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "We rolled back")
    slack.people.react("bo", message, "star")
    slack.settle()
    assert put_in(incident) == []
    slack.people.react("bo", message, "eyes")
    slack.settle()
    assert put_in(incident) == ["We rolled back"]


def test_the_shortcut_puts_a_message_into_the_timeline(slack):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    message = slack.people.say("bo", channel, "We rolled back")
    assert slack.people.shortcut("bo", "add-to-timeline", message).status == 200
    slack.settle()
    assert "Added to the timeline" in slack.whispers("bo")[-1]
    [entry] = incident.timeline_events().filter(event_type="slack_pin")
    assert (entry.text, entry.actor) == ("We rolled back", person(BO))
    assert f"/archives/{channel}/p" in entry.metadata["permalink"]
    assert not slack.calls("conversations.history")

    slack.people.shortcut("ada", "add-to-timeline", message)
    slack.settle()
    assert "already" in slack.whispers("ada")[-1]
    assert len(put_in(incident)) == 1

    elsewhere = slack.people.say("bo", "general", "Lunch?")
    slack.people.shortcut("bo", "add-to-timeline", elsewhere)
    slack.people.shortcut("bo", "something-else", message)
    slack.settle()
    assert "Only messages in an incident's channel" in slack.whispers("bo")[-1]
    assert len(put_in(incident)) == 1
