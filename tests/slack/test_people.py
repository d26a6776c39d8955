"""Which people Slack's ids stand for, and who can lead an incident."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Member
from demo.sandbox.workspace import new_ts
from response.core.models import ExternalUser, Incident
from response.slack.render import incident_view
from response.slack.web_api import user_cache
from response.slack.web_api.client import profile_of

ZOE = {
    "id": "U0ZOE",
    "name": "zoe.k",
    "updated": 100,
    "profile": {"real_name": "Zoe K", "display_name": "Zoe", "email": "zoe@example.com"},
}


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def mention(slack, channel, text):
    """Say something to the bot with ids in it, as Slack sends it."""
    ts = new_ts()
    event = {"type": "app_mention", "user": "U0SANDBOX02", "channel": channel, "ts": ts,
             "text": f"<@{slack.bot}> {text}"}  # fmt: skip
    assert slack.post_event(event)[0] == 200
    slack.settle()


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"is_bot": True}, "That is an app"),
        ({"deleted": True}, "no longer has an account in this workspace"),
    ],
)
def test_who_cannot_answer_for_anything_does_not_lead(slack, user, said):
    incident, channel = slack.incident_with_channel()
    user_cache.store_profile(profile_of({**ZOE, **user}))
    mention(slack, channel, "lead <@U0ZOE>")
    assert said in slack.messages(channel)[-1].text
    incident.refresh_from_db()
    assert incident.lead is None
    # The same in the form.
    slack.people.press("bo", slack.headline(incident), "edit-incident-button")
    view = slack.people.open_view("bo")
    refused = slack.people.submit("bo", view, {"lead": "U0ZOE"})
    assert said in refused.errors["lead"]


def test_a_bot_that_was_never_seen_is_asked_after(slack):
    _incident, channel = slack.incident_with_channel()
    mention(slack, channel, f"lead <@{slack.bot}>")
    assert "That is an app" in slack.messages(channel)[-1].text


def test_nobody_is_found_while_slack_is_away_but_a_mention_is_taken(slack):
    incident, channel = slack.incident_with_channel()
    slack.faults.add("500", "users.info", times=2)
    mention(slack, channel, "lead <@U0SANDBOX05>")
    incident.refresh_from_db()
    assert incident.lead.external_id == "U0SANDBOX05"


def test_the_reporter_is_asked_where_the_lead_cannot_be(slack):
    incident, channel = slack.incident_with_channel()
    incident.lead = user_cache.store_profile(profile_of(ZOE))  # not one of the sandbox's
    incident.save()
    slack.tell_bot("bo", channel, "close")
    assert "is resolved. Please write its review" in slack.direct_messages("ada")[-1]


def test_a_handle_is_a_name_as_well(slack):
    incident, channel = slack.incident_with_channel()
    user_cache.store_profile(profile_of(ZOE))
    slack.tell_bot("bo", channel, "lead @zoe.k")
    incident.refresh_from_db()
    assert incident.lead.display_name == "Zoe"


def test_what_slack_does_not_tell_of_a_deleted_user_is_kept(db):
    user_cache.store_profile(profile_of(ZOE))
    user_cache.store_profile(profile_of({"id": "U0ZOE", "name": "zoe.k", "deleted": True}))
    user = ExternalUser.objects.get()
    assert (user.display_name, user.full_name, user.email) == ("Zoe", "Zoe K", "zoe@example.com")
    assert user.deleted


def test_a_profile_that_comes_late_changes_nothing(db):
    user_cache.store_profile(profile_of({**ZOE, "updated": 200}))
    older = {**ZOE, "updated": 100, "profile": {**ZOE["profile"], "display_name": "Old"}}
    user_cache.store_profile(profile_of(older))
    assert ExternalUser.objects.get().display_name == "Zoe"
    newer = {**older, "updated": 201}
    user_cache.store_profile(profile_of(newer))
    assert ExternalUser.objects.get().display_name == "Old"


def test_an_id_of_another_programs_making_mentions_nobody(slack):
    odd, _ = ExternalUser.objects.get_or_create_slack(
        external_id="U1> <!channel", display_name="x <!here>"
    )
    general = ExternalUser.objects.create(
        app_id="slack", external_id=slack.channel("general").id, display_name="general"
    )
    assert incident_view.mention(odd) == "x &lt;!here&gt;"
    incident = Incident.objects.create_incident("Down", odd, lead=general)
    slack.settle()
    assert "<!channel" not in slack.shown(slack.headline(incident))
    channel = slack.open_channel(incident)
    slack.tell_bot("bo", channel, "close")
    assert slack.messages("general") == []


def test_bots_are_known_as_bots_after_the_daily_look(slack):
    user_cache.update_user_cache()
    bots = set(ExternalUser.objects.filter(bot=True).values_list("external_id", flat=True))
    assert slack.bot in bots
    assert bots == set(Member.objects.filter(is_bot=True).values_list("id", flat=True))
