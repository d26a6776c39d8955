"""The whole of it, for a moment."""

from __future__ import annotations

import json
import sys

import pytest
from django.contrib.auth.models import User
from django.test import Client

from benchmarks import stage
from benchmarks.__main__ import main
from benchmarks.fake_slack import Workspace
from benchmarks.project import inside
from benchmarks.targets import findings
from response.models import CommsChannel, Incident, UserStats


@pytest.fixture
def without_pip(monkeypatch):
    """The bare view needs Django alone, which is here as well."""
    monkeypatch.setattr(stage, "python_of", lambda name: sys.executable)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.mark.processes
def test_a_tiny_run(without_pip, tmp_path, capsys):
    file = tmp_path / "made" / "run.json"
    arguments = ["--tiny", "--only", "ack,effects", "--subjects", "bare,response"]
    main([*arguments, "--json", str(file)])
    document = json.loads(file.read_text())
    measured = {(r["measure"], r["case"], r["subject"]): r["values"] for r in document["results"]}
    assert {key[:2] for key in measured if key[2] == "response"} == {
        ("ack", "message"),
        ("ack", "elsewhere"),
        ("ack", "command"),
        ("ack", "button"),
        ("ack", "message, backlog"),
        ("effects", "burst"),
        ("effects", "at 50/s"),
        ("effects", "backlog"),
    }
    for subject in ("bare", "response"):
        assert measured["ack", "message", subject]["per_second"]["median"] > 0
        assert measured["ack", "message", subject]["refused"]["median"] == 0
        burst = measured["effects", "burst", subject]
        assert (burst["late"]["median"], burst["doubled"]["median"]) == (0, 0)
        assert burst["per_second"]["median"] > 0
    assert measured["effects", "burst", "response"]["lost"]["median"] == 0
    assert measured["effects", "backlog", "response"]["per_second"]["median"] > 0
    assert document["machine"]["cores"]
    assert not findings(document)  # they are for PostgreSQL
    printed = capsys.readouterr().out
    assert "### ack: sqlite-1-web" in printed
    assert "### Targets" not in printed

    # And once more, beside the first.
    arguments = ["--tiny", "--only", "startup", "--subjects", "bare", "--against", str(file)]
    main([*arguments, "--json", str(tmp_path / "second.json")])
    assert "nothing in common" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_rows_to_read(settings):
    settings.RESPONSE_LOGIN_REQUIRED = True
    inside.seed({"people": ["U1", "U2", "U3"], "channels": ["C1", "C2"]})
    inside.fill({"incidents": 30, "short": 3, "long": 7})
    assert Incident.objects.count() == 30
    read = inside.reader(None)["read"]
    lengths = [
        Incident.objects.get(pk=read[name]["path"].split("/")[2]).timeline_events().count()
        for name in ("document, short", "document, long")
    ]
    assert lengths == [3, 7]
    assert {"list", "list, search", "API list of 100", "API, filters"} <= set(read)
    for what in read.values():
        assert 0 < what["queries"] < 50


@pytest.mark.django_db
def test_a_path_that_is_refused_is_no_measurement():
    client = Client()
    client.force_login(User.objects.create_user("anna"))
    with pytest.raises(RuntimeError, match="404"):
        inside.queries(client, "/incident/99999/")


@pytest.mark.django_db
def test_open_incidents_of_which_some_have_no_lead():
    inside.seed({"people": ["U1", "U2"], "channels": []})
    inside.open_incidents({"incidents": 6, "due": 2})
    assert Incident.objects.open().count() == CommsChannel.objects.count() == 6
    assert Incident.objects.filter(lead=None).count() == 2
    assert not UserStats.objects.exists()


def test_the_fake_slack_answers_what_callers_look_at():
    slack = Workspace()
    assert slack.answer("conversations.create", {"name": "inc-1"})["channel"]["name"] == "inc-1"
    posted = slack.answer("chat.postMessage", {"channel": "C1", "text": "x"})
    assert posted["ok"] is True
    assert posted["channel"] == "C1"
    assert slack.answer("chat.update", {"channel": "C1", "ts": posted["ts"]})["ts"] == posted["ts"]
    assert slack.calls == {"conversations.create": 1, "chat.postMessage": 1, "chat.update": 1}
