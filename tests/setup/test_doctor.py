"""The doctor, against the sandbox: what is wrong is named, with its remedy."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from demo.sandbox.models import ApiCall, Channel, Grant, Membership, Message
from demo.sandbox.workspace import BOT_USER
from response.core.models import Field
from response.jobs.models import Tick
from response.rules.models import Rule
from response.setup.doctor import examination
from response.setup.doctor.finding import FAIL, OK, WARN
from response.worker import status


def verdicts(**options) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for finding in examination.examine(**options):
        found.setdefault(finding.name, []).append((finding.verdict, finding.what, finding.remedy))
    return found


def only(name: str, **options) -> tuple[str, str, str]:
    [finding] = verdicts(**options)[name]
    return finding


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    status = 0
    try:
        call_command("response_doctor", *arguments, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue()


def test_a_set_up_that_works_is_said_to_work(set_up):
    posted = Message.objects.count()
    status, said = run()
    assert status == 0, said
    assert "✗" not in said
    assert said.rstrip().endswith("Everything works.")
    for name in ("scopes", "bot", "incident_channel", "address", "answer_time", "static", "tick"):
        assert [verdict for verdict, *_ in verdicts()[name]] == [OK], name
    assert Message.objects.count() == posted
    reads = {"auth.test", "conversations.list", "conversations.info"}
    assert set(ApiCall.objects.values_list("method", flat=True)) == reads


def test_for_programs_it_is_json(set_up, settings):
    settings.SLACK_TOKEN = ""
    status, said = run("--json")
    report = json.loads(said)
    assert (status, report["ok"]) == (1, False)
    [token] = [f for f in report["findings"] if f["name"] == "token"]
    assert token["verdict"] == FAIL
    assert token["what"] == "SLACK_TOKEN is not set."
    assert "xoxb-" in token["remedy"]


def test_it_posts_only_when_asked(set_up):
    assert only("post_test", post_test=True)[0] == OK
    assert [m.text for m in set_up.messages("incidents")] == [
        "Testing the setup: I can post in this channel."
    ]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("xoxb-1 ", "white space"),
        ("xapp-1-A0", "app-level token"),
        ("xoxe.xoxp-1", "configuration token"),
    ],
)
def test_a_wrong_token_is_told_from_others(set_up, settings, token, said):
    settings.SLACK_TOKEN = token
    verdict, what, _remedy = only("token")
    assert verdict == FAIL
    assert said in what


@pytest.mark.parametrize(
    ("error", "said"),
    [("invalid_auth", "does not know the token"), ("token_revoked", "was revoked")],
)
def test_a_token_that_slack_refuses(set_up, error, said):
    set_up.faults.add("error", "auth.test", error=error)
    verdict, what, _remedy = only("token", ask_site=False)
    assert (verdict, said in what) == (FAIL, True)


def test_slack_out_of_reach_is_no_traceback(set_up, settings):
    settings.SLACK_API_URL = "http://127.0.0.1:9/api/"
    verdict, what, remedy = only("token")
    assert verdict == FAIL
    assert "could not be reached" in what
    assert "RESPONSE_SLACK_PROXY" in remedy


def test_missing_scopes_are_named(set_up):
    Grant.objects.create(withheld=["reactions:write", "users:read.email"])
    found = verdicts()["scopes"]
    assert [(v, "reactions:write" in what) for v, what, _ in found if v == FAIL] == [(FAIL, True)]
    assert [what for v, what, _ in found if v == WARN and "users:read.email" in what]


def test_a_misspelt_channel_is_not_made_but_named(set_up, settings):
    settings.INCIDENT_CHANNEL_NAME = "incident"
    verdict, what, remedy = only("incident_channel")
    assert verdict == FAIL
    assert "“incident”" in what
    assert "Did you mean #incidents?" in remedy
    assert not Channel.objects.filter(name="incident").exists()


def test_a_channel_is_found_by_its_id(set_up, settings):
    settings.INCIDENT_CHANNEL_ID = Channel.objects.get(name="incidents").id
    assert only("incident_channel")[0] == OK
    settings.INCIDENT_CHANNEL_ID = "C0NOWHERE"
    verdict, what, _remedy = only("incident_channel")
    assert verdict == FAIL
    assert "INCIDENT_CHANNEL_ID is C0NOWHERE" in what


def test_a_channel_without_the_bot_or_without_people(set_up):
    channel = Channel.objects.get(name="incidents")
    Membership.objects.filter(channel=channel, member_id=BOT_USER).delete()
    verdict, _what, remedy = only("incident_channel")
    assert (verdict, "/invite @incident" in remedy) == (WARN, True)
    Membership.objects.filter(channel=channel).delete()
    Membership.objects.create(channel=channel, member_id=BOT_USER)
    verdict, what, _remedy = only("incident_channel")
    assert (verdict, "Only the bot" in what) == (WARN, True)


def test_an_archived_channel(set_up):
    Channel.objects.filter(name="incidents").update(is_archived=True)
    verdict, what, _remedy = only("incident_channel")
    assert (verdict, "is archived" in what) == (FAIL, True)


def test_the_running_site_has_another_secret(set_up, settings, monkeypatch):
    monkeypatch.setattr(
        "response.setup.doctor.site.request_verification.sign", lambda *_: "v0=" + "0" * 64
    )
    verdict, what, remedy = only("address")
    assert verdict == FAIL
    assert "signature is refused" in what
    assert "SLACK_SIGNING_SECRET" in remedy


def test_a_site_that_is_not_there(set_up, settings):
    settings.SITE_URL = "http://127.0.0.1:9"
    verdict, what, remedy = only("address")
    assert (verdict, "cannot be reached" in what) == (FAIL, True)
    assert "Connection(" not in what
    assert "Start the site" in remedy
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    assert only("address")[0] == WARN


def test_with_socket_mode_alone_nothing_is_posted_to_the_site(set_up, settings, caplog):
    """It would be refused, and the log would speak of a forbidden request."""
    settings.SLACK_APP_TOKEN, settings.SLACK_SIGNING_SECRET = "xapp-sandbox", ""
    verdict, what, _remedy = only("address")
    assert (verdict, "/slack/health can be reached" in what) == (OK, True)
    assert caplog.messages == []
    settings.ALLOWED_HOSTS = ["incidents.example.com"]
    assert only("address")[0] == WARN


def test_what_settings_say_of_the_pages(set_up, settings):
    settings.LOGIN_URL = "/accounts/login/"
    settings.SITE_URL = "https://incidents.example.com"
    found = verdicts(ask_site=False)
    assert "django.contrib.auth.urls" in found["login"][0][2]
    assert found["allowed_hosts"][0][2] == 'ALLOWED_HOSTS = ["incidents.example.com"]'
    assert found["csrf_origins"][0][2] == (
        'CSRF_TRUSTED_ORIGINS = ["https://incidents.example.com"]'
    )
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com"]
    assert "csrf_origins" not in verdicts(ask_site=False)


def test_a_clock_that_is_wrong(set_up, monkeypatch):
    monkeypatch.setattr(
        "response.setup.doctor.slack_app.parsedate_to_datetime",
        lambda _stamp: datetime(2020, 1, 1, tzinfo=UTC),
    )
    verdict, what, _remedy = only("clock", ask_site=False)
    assert verdict == FAIL
    assert "clock differs" in what


def test_the_tick_and_the_time_zone(set_up, settings):
    Tick.objects.all().delete()
    settings.TIME_ZONE = "America/Chicago"
    found = verdicts(ask_site=False)
    assert found["tick"][0][0] == FAIL
    assert found["time_zone"][0][0] == WARN


def test_a_tick_a_second_ago_is_told_in_the_singular(set_up, monkeypatch):
    found = replace(status.gather(), last_tick=1.4)
    monkeypatch.setattr("response.setup.doctor.work.status.gather", lambda: found)
    assert only("tick", ask_site=False)[1] == "The tick ran 1 second ago."


def test_the_socket_token(set_up, settings):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    assert only("socket_token", ask_site=False)[0] == OK
    set_up.faults.add("error", "apps.connections.open", error="invalid_auth")
    assert only("socket_token", ask_site=False)[0] == FAIL
    settings.SLACK_APP_TOKEN = "xoxb-sandbox"
    assert "not an app-level token" in only("socket_token", ask_site=False)[1]


def test_a_step_that_breaks_is_a_finding(set_up, monkeypatch):
    def break_down():
        raise RuntimeError("boom")

    monkeypatch.setattr("response.setup.doctor.examination.work.examine", break_down)
    verdict, what, _remedy = only("work", ask_site=False)
    assert (verdict, "RuntimeError: boom" in what) == (FAIL, True)


def test_staff_see_it_in_the_admin(set_up, settings, admin_client, client, django_user_model):
    settings.ALLOWED_HOSTS = ["*"]
    page = admin_client.get("/admin/response/tick/doctor/").content.decode()
    assert "Slack accepts the token" in page
    assert "/admin/response/tick/doctor/" in (
        admin_client.get("/admin/response/tick/").content.decode()
    )
    assert client.get("/admin/response/tick/doctor/").status_code == 302
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get("/admin/response/tick/doctor/").status_code == 403


@pytest.mark.django_db
def test_a_severity_that_is_not_offered_is_named(settings):
    assert "severities" not in verdicts(ask_site=False)
    settings.RESPONSE_ALERTMANAGER_SEVERITIES = {"page": "major", "ticket": "sev9"}
    verdict, what, remedy = only("severities", ask_site=False)
    assert verdict == WARN
    assert "“ticket” the severity “sev9”" in what
    assert "1, 2, 3, 4" in remedy


def test_a_tick_without_a_token_asks_slack_nothing(slack, settings):
    settings.SLACK_TOKEN = ""
    Tick.objects.all().delete()
    call_command("response_tick")
    assert not ApiCall.objects.exists()
    assert Tick.objects.filter(name="daily").exists()


def test_a_rule_that_can_never_act_is_named(set_up):
    Field.objects.create(
        key="region",
        name="Region",
        kind="choice",
        options=[{"key": "eu", "name": "The Union"}, "us"],
    )
    rule = Rule.objects.create(key="tell", name="Tell", active=True, invite_users=["U012ABCDEF"])
    for values, words in (
        (["region=EU"], ""),
        (["region=the union"], ""),
        (["regoin=EU"], "asks for the field “regoin”"),
        (["region=uk"], "asks for “uk” in “Region”"),
    ):
        rule.field_values = values
        rule.save()
        told = verdicts().get("rules", [])
        assert [(verdict, words in what) for verdict, what, _remedy in told] == (
            [(WARN, True)] if words else []
        )
