"""Configurations as organisations have them, each with an incident during which it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from demo.sandbox.models import Message
from response.core.models import Field, Incident, Role, Severity, Status
from response.rules import apply
from response.rules.models import RuleRun
from response.setup.configuration import sync

DATA = Path(__file__).parents[1] / "data" / "organisations"


@dataclass(frozen=True)
class Play:
    """An incident: how it is declared, what is said, what it then is, and what is changed.

    ``renamed`` are pairs of texts in the file; ``left_out`` begin lines of it that are taken away.
    ``after`` is what the incident is called once both are done, ``understood`` is said after that,
    and ``refused`` is not understood any more. ``said`` counts the messages of the bot in channels
    before the change: headline, welcome, who shares a role now, and lines of rules.
    """

    declare: dict[str, object]
    say: tuple[str, ...]
    severity: str
    status: str
    roles: dict[str, list[str]]
    fields: dict[str, str]
    rules: set[tuple[str, str]]
    alert: tuple[str, str]
    renamed: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    after: tuple[str, ...]
    understood: tuple[str, ...]
    refused: tuple[str, ...]
    close: str
    closed: str
    said: int


PLAYS = {
    "critical-major-minor": Play(
        declare={
            "severity": "critical",
            "field_region": "EU",
            "field_services": ["checkout", "search"],
        },
        say=(
            "severity major", "p1", "severity :warning:", "status investigating", "status watching",
            "role comms @bo", "role ops @chidi", "field product till",
            "field services search & browse, warehouse", "field seen 2026-11-20",
            "field engineer @chidi", "field status page https://status.example/1",
            "field cause DNS", "update We are looking into it",
        ),
        severity="Major",
        status="Monitoring",
        roles={"communications": ["Bo"], "ops-lead": ["Chidi (on call)"]},
        fields={
            "services": "Search & browse, Warehouse", "product": "till", "region": "EU",
            "seen": "2026-11-20", "status-page": "https://status.example/1", "cause": "DNS",
        },
        rules={("critical-people", "invite"), ("critical-people", "post")},
        alert=("p3", "minor"),
        renamed=(
            ("name: Major", "name: High"),
            ("name: Monitoring,", "name: Keeping an eye on it,"),
            ("name: Communications lead", "name: Press officer"),
            ("name: Warehouse}", "name: Depot}"),
            ("name: Cause,", "name: Root cause,"),
        ),
        left_out=("  - {key: ops-lead", "      - {key: search", "  - {key: status-page"),
        after=("High", "Keeping an eye on it", "Press officer", "Depot", "Search &amp; browse",
               "Root cause", "Ops lead"),
        understood=("severity high", "status keeping an eye on it", "role press officer me",
                    "field root cause DNS, again",
                    "field customers affected 1200"),
        refused=("role ops lead me", "field status page https://s.example/2", "status triaged"),
        close="status documenting",
        closed="Documenting",
        said=3,
    ),
    "sev1-to-sev5": Play(
        declare={"severity": "sev1", "field_environment": "production"},
        say=(
            "SEV-3", "severity gameday", "severity 2", "status identified",
            "role responders @bo @chidi", "role ops lead @chidi", "role communication me",
            "field functionality laboratory", "field hospitals 3", "mitigated", "sev 2",
        ),
        severity="SEV2",
        status="Identified",
        roles={
            "responders": ["Bo", "Chidi (on call)"], "ops-lead": ["Chidi (on call)"],
            "communication": ["Ada"],
        },
        fields={"environment": "production", "functionality": "Laboratory", "hospitals": "3"},
        rules={("duty", "invite")},
        alert=("SEV 1", "sev1"),
        renamed=(
            ("name: SEV2,", "name: Priority 2,"),
            ("name: Environment\n", "name: Where\n"),
            ("options: [production, staging, sandbox]",
             "options: [{key: production, name: Live}, staging]"),
        ),
        left_out=("  - {key: identified", "  - {key: responders", "      - {key: lab,",
                  "  - {key: sev5"),
        after=("Priority 2", "Identified", "Responders", "Where", "Live", "Laboratory"),
        understood=("severity priority 2", "field where staging", "field where live"),
        refused=("role responders me", "field functionality x-ray pictures", "sev5"),
        close="status mitigated",
        closed="",
        said=2,
    ),
    "sev0-to-sev4": Play(
        declare={"severity": "0", "field_services": ["payments-api", "cards"]},
        say=(
            "severity SEV1", "severity no impact", "severity catastrophic", "p1", "sev0",
            "status started", "role smes @bo @chidi", "role customers @bo",
            "role subject matter experts remove @bo", "field services cash machines, ledger",
            "field cause load", "field regulator 2026-11-25", "status in triage",
            "update Cards are refused", "role deputy me",
        ),
        severity="SEV0 – all hands",
        status="In triage",
        roles={
            "experts": ["Chidi (on call)"], "customer-liaison": ["Bo"], "deputy": ["Ada"],
        },
        fields={"services": "cash machines, ledger", "cause": "Load", "regulator": "2026-11-25"},
        rules={("all-hands", "invite"), ("board", "post")},
        alert=("critical", "1"),
        renamed=(
            ('name: "SEV0 – all hands"', "name: Black"),
            ("name: Started,", "name: Under way,"),
            ("name: Load}", "name: Too many customers}"),
            ('[payments-api, cards, "cash machines", ledger]', "[payments-api, cards]"),
        ),
        left_out=("  - {key: deputy", '  - {key: "4"', "      - {key: supplier", "  - {key: teams"),
        after=("Black", "In triage", "Deputy", "Too many customers", "cash machines", "ledger"),
        understood=("severity black", "status under way", "field cause too many customers"),
        refused=("role deputy @bo", "sev4", "field cause a supplier's", "field teams core"),
        close="status cancelled",
        closed="Cancelled (no incident)",
        said=4,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(apply, "DELAY", 0.0)


def text_of(name: str) -> str:
    return (DATA / f"{name}.yaml").read_text("utf-8")


def changed(text: str, play: Play) -> str:
    for old, new in play.renamed:
        assert old in text, old
        text = text.replace(old, new)
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(play.left_out)]
    assert len(kept) == len(lines) - len(play.left_out)
    return "".join(kept)


def load_twice(text: str) -> None:
    """Load a file; doing that again changes nothing, nor does what is dumped then."""
    sync.load(text.encode())
    assert sync.load(text.encode()) == []
    assert sync.diff(text.encode()) == []
    assert sync.load(sync.dump().encode()) == []


def now(incident: Incident) -> Incident:
    return Incident.objects.with_people().get(pk=incident.pk)


def said(slack) -> int:
    found = Message.objects.filter(user=slack.bot, subtype="", deleted=False)
    return found.exclude(channel__is_im=True).filter(only_for="").count()


def test_every_organisation_has_a_play():
    assert {file.stem for file in DATA.glob("*.yaml")} == set(PLAYS)


@pytest.mark.many
@pytest.mark.django_db
@pytest.mark.parametrize("name", PLAYS)
def test_a_file_is_dumped_and_loaded_into_an_empty_installation(name):
    load_twice(text_of(name))
    dumped = sync.dump()
    for model in (Field, Role, Status, Severity):
        model.objects.all().delete()
    sync.load(dumped.encode())
    assert sync.dump() == dumped
    other = next(key for key in PLAYS if key != name)
    load_twice(text_of(other))
    load_twice(dumped)
    assert sync.dump() == dumped, "nothing is left of the other one"


@pytest.mark.parametrize("name", PLAYS)
def test_an_incident_during_which_everything_is_renamed_and_retired(slack, settings, name):
    settings.RESPONSE_LOGIN_REQUIRED = False
    settings.RESPONSE_ALERTMANAGER_TOKEN = "token-of-alertmanager"
    play, text = PLAYS[name], text_of(name)
    load_twice(text)
    incident = slack.declare("The checkout is down", **play.declare)
    channel = slack.open_channel(incident)
    for line in play.say:
        message = slack.tell_bot("ada", channel, line)
        assert slack.reactions(message) == ["white_check_mark"], (line, slack.messages(channel)[-1])
    incident = now(incident)
    assert (incident.severity_text(), incident.status_text()) == (play.severity, play.status)
    people = {role.key: [p.display_name for p in found] for role, found in incident.roles()}
    assert {key: found for key, found in people.items() if found} == play.roles
    shown = {row.key: row.shown(value) for row, value in incident.custom_fields()}
    assert {key: value for key, value in shown.items() if key in play.fields} == play.fields
    done = RuleRun.objects.filter(state=RuleRun.DONE).values_list("rule", "cause")
    assert set(done) == play.rules
    assert said(slack) == play.said

    # The file is changed in the middle of it.
    entries = incident.timeline_events().count()
    load_twice(changed(text, play))
    incident = now(incident)
    page = Client().get(f"/incident/{incident.pk}/").content.decode()
    for words in play.after:
        assert words in page, words
    assert incident.timeline_events().count() == entries, "that is none of the incident's changes"
    for line in play.understood:
        message = slack.tell_bot("ada", channel, line)
        assert slack.reactions(message) == ["white_check_mark"], line
    for line in play.refused:
        message = slack.tell_bot("ada", channel, line)
        assert slack.reactions(message) == ["question"], line
    word, key = play.alert
    alerted(word)
    assert Incident.objects.latest("pk").severity == key
    for path in ("/", "/metrics/", "/export/incidents.csv", "/core/incidents/"):
        assert Client().get(path).status_code in (200, 403), path

    # And back: what is retired is offered again, and the incident ends.
    load_twice(text)
    slack.tell_bot("ada", channel, play.close)
    incident = now(incident)
    assert incident.is_closed() == bool(play.closed)
    if play.closed:
        assert incident.status_text() == play.closed
        assert play.closed in slack.shown(slack.headline(incident))


def alerted(severity: str) -> None:
    labels = {"alertname": "Down", "severity": severity}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {},
        "startsAt": "2026-11-26T10:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "f",
    }
    answer = Client().post(
        "/core/alerts/alertmanager/",
        {
            "version": "4",
            "groupKey": "{}:{alertname=Down}",
            "status": "firing",
            "receiver": "response",
            "groupLabels": {"alertname": "Down"},
            "commonLabels": labels,
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [alert],
        },
        content_type="application/json",
        headers={"Authorization": "Bearer token-of-alertmanager"},
    )
    assert answer.status_code in (200, 201), answer.content
