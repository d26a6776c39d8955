"""Every snippet of the documents is executed, each as a test of its own.

What has a story of its own is named in ``STORIES`` with the test that tells it; what cannot be run
here is in ``CANNOT_BE_RUN``, with the reason. Everything else is run from the document: Python with
what a project has at that place, the commands of ``manage.py`` by their own parsers, our
configuration by being loaded.
"""

from __future__ import annotations

import copy
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery.bin.celery import celery as celery_command
from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import URLResolver, include, path, resolve
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from benchmarks.__main__ import parser as parser_of_benchmarks
from response import checks
from response.models import Field, Incident, Role
from response.setup import manifest
from tests.factories import PersonFactory
from tests.soak.__main__ import parser as parser_of_soak
from tests.test_docs_snippets import ROOT, Snippet, of

#: By document: the test that runs its examples, one by one, from the document.
STORIES = {
    "docs/extending.md": "tests/test_docs_extending.py",
    "docs/api.md": "tests/api/test_docs.py",
    "docs/webhooks.md": "tests/webhooks/test_docs.py",
}
#: By how they begin: what no test can run.
CANNOT_BE_RUN = {
    "uvicorn ": "not among what the tests install; the ASGI application is imported below",
    "docker compose": "needs a Docker daemon; the file itself is read by test_docs_operations.py",
    "amtool ": "Alertmanager's own tool",
    "pg_dump ": "needs a server of PostgreSQL's; options are PostgreSQL's own",
    "pg_restore ": "needs a server of PostgreSQL's; options are PostgreSQL's own",
    "openssl ": "not on every machine",
    "sqlite3 ": "not on every machine",
}


def story_of(snippet: Snippet) -> str:
    return STORIES.get(str(snippet.path.relative_to(ROOT)), "")


def test_every_story_is_there():
    for document, test in STORIES.items():
        assert Path(document).name in (ROOT / test).read_text("utf-8")


# Python


def _people(names: dict[str, Any]) -> None:
    """Who the examples speak of, and what is configured in them."""
    names["anna"] = PersonFactory(display_name="anna")
    names["bo"] = PersonFactory(display_name="bo")
    Role.objects.create(key="comms", name="Comms")
    Field.objects.create(
        key="service", name="Service", kind="choice", options=["api", "web"], required=""
    )


def _group(names: dict[str, Any]) -> None:
    Group.objects.create(name="incident managers")


def _nothing(names: dict[str, Any]) -> None:
    pass


#: By document: what is there before its examples are run.
BEFORE: dict[str, Callable[[dict[str, Any]], None]] = {
    "docs/guides/roles-and-fields.md": _people,
    "docs/upgrading.md": _group,
}


def _roles_are_given(names: dict[str, Any]) -> None:
    incident = Incident.objects.get()
    assert incident.people_in(Role.with_key("comms")) == [names["anna"]]


def _permission_is_given(names: dict[str, Any]) -> None:
    assert Permission.objects.filter(group__isnull=False).get().codename == "view_private_incident"


#: What has to be so afterwards, by document.
AFTER: dict[str, Callable[[dict[str, Any]], None]] = {
    "docs/guides/roles-and-fields.md": _roles_are_given,
    "docs/guides/private-incidents.md": _permission_is_given,
}
#: A module that the suite does not install; the example has a test with a stand-in for it.
NEEDS = {"prometheus_client": "tests/test_docs_operations.py"}


def _as_in_a_project() -> dict[str, Any]:
    """The names that settings.py and urls.py have at their ends."""
    names = {
        name: copy.deepcopy(getattr(django_settings, name))
        for name in ("INSTALLED_APPS", "MIDDLEWARE", "REST_FRAMEWORK", "DATABASES")
    }
    names |= {"BASE_DIR": ROOT, "urlpatterns": [], "path": path, "include": include}
    return {**names, "__name__": "example"}


def python_snippets() -> list[Snippet]:
    return [
        snippet for snippet in of("python") if not story_of(snippet) and not _needed_by(snippet)
    ]


def _needed_by(snippet: Snippet) -> list[str]:
    return [module for module in NEEDS if module in snippet.text]


def test_what_needs_other_modules_has_a_test_with_a_stand_in():
    needing = [s for s in of("python") if _needed_by(s) and not story_of(s)]
    assert [str(snippet.path.name) for snippet in needing] == ["operations.md"]
    for module, test in NEEDS.items():
        assert module in (ROOT / test).read_text("utf-8")


@pytest.mark.django_db
@pytest.mark.parametrize("snippet", python_snippets(), ids=str)
def test_python_runs(snippet, settings, handlers):
    document = str(snippet.path.relative_to(ROOT))
    names = _as_in_a_project()
    BEFORE.get(document, _nothing)(names)
    exec(compile(snippet.text, str(snippet), "exec"), names)
    for name in (n for n in names if n.isupper()):
        # The database and the apps are those that the suite runs with.
        if name not in ("DATABASES", "INSTALLED_APPS", "LOGGING"):
            setattr(settings, name, names[name])
    # An error of a check would keep a project from starting.
    if "RESPONSE_REVIEW_ASSISTANT" in names:
        assert names["RESPONSE_REVIEW_ASSISTANT"].startswith("yourproject.")
        settings.RESPONSE_REVIEW_ASSISTANT = "docs.examples.review_assistant.suggest"
    said = [*checks.check_settings(), *checks.project.check_project()]
    assert [m for m in said if str(m.id).startswith("response.E")] == []
    for name in names["MIDDLEWARE"]:
        import_string(name)
    for name in names["INSTALLED_APPS"]:
        AppConfig.create(name)
    if names["urlpatterns"]:
        resolver = URLResolver(RegexPattern(r"^/"), names["urlpatterns"])
        for name in ("login", "slash_command", "incident-list", "home"):
            assert resolver.reverse(name) is not None
    AFTER.get(document, _nothing)(names)


# What is read by ourselves


OURS = {"severities", "statuses", "roles", "fields", "measurements", "rules", "review_template"}


@pytest.mark.django_db
@pytest.mark.parametrize("snippet", of("yaml"), ids=str)
def test_yaml_is_taken(snippet, tmp_path, capsys):
    [document] = yaml.safe_load_all(snippet.text)
    if set(document) <= OURS:
        file = tmp_path / "response.yaml"
        file.write_text(snippet.text, "utf-8")
        call_command("response_config", "load", str(file))
        assert "changed" in capsys.readouterr().out
        call_command("response_config", "diff", str(file))  # would exit if anything were left
        return
    # Of Alertmanager and Prometheus: their addresses are ours.
    paths = re.findall(r"(?:url: https://[^/\s]+|metrics_path: )(/\S+)", snippet.text)
    assert paths
    for address in paths:
        assert resolve(address)


@pytest.mark.parametrize("snippet", [s for s in of("json") if not story_of(s)], ids=str)
def test_json_is_what_the_command_prints(snippet, settings):
    assert snippet.path.name == "slack-app.md"
    settings.SITE_URL = "https://incidents.example.com"
    assert json.loads(snippet.text) == json.loads(json.dumps(manifest.build()))


@pytest.mark.django_db
@pytest.mark.parametrize("snippet", of("sql"), ids=str)
def test_sql_names_what_is_there(snippet):
    """On PostgreSQL it is run; elsewhere its tables and columns are looked up."""
    statements = [s for s in snippet.text.split(";") if s.strip()]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for statement in statements:
                # Where the extension is there, migrate has made them already.
                [name] = re.findall(r"CONCURRENTLY (\w+)", statement)
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
                # A test is a transaction, in which nothing can be done concurrently.
                cursor.execute(statement.replace(" CONCURRENTLY", ""))
    for statement in statements:
        [table] = re.findall(r" ON (\w+) ", statement)
        columns = set(re.findall(r"UPPER\((\w+)::", statement))
        [model] = [m for m in apps.get_models() if m._meta.db_table == table]
        assert columns
        assert columns <= {field.column for field in model._meta.concrete_fields}


# Shell


def lines() -> list[Any]:
    return [
        pytest.param(snippet, line.strip(), id=f"{snippet} {line.strip()}")
        for snippet in of("sh")
        for line in snippet.text.replace("\\\n", " ").splitlines()
        if line.strip() and not line.startswith("#") and not story_of(snippet)
    ]


def _manage(words: list[str]) -> None:
    """Have the command's own parser read its arguments."""
    command, *arguments = words
    found = get_commands()[command]
    loaded = found if isinstance(found, BaseCommand) else load_command_class(found, command)
    options = loaded.create_parser("manage.py", command).parse_args(arguments)
    if command == "migrate" and options.migration_name:
        nodes = MigrationLoader(connection).disk_migrations
        assert (options.app_label, options.migration_name) in nodes


def _make(words: list[str]) -> None:
    ran = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def _python(words: list[str]) -> None:
    assert words[0] == "-m"
    parsers = {"tests.soak": parser_of_soak, "benchmarks": parser_of_benchmarks}
    arguments = words[2:]
    if words[1] == "benchmarks" and arguments[0].startswith("--"):
        arguments = ["run", *arguments]  # as it does itself
    parsers[words[1]]().parse_args(arguments)


@cache
def _project() -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return read


def _pip(words: list[str]) -> None:
    """What is installed has the name of ours, with extras that there are, or is a tool."""
    what, *rest = words
    assert what in ("install", "wheel")
    name = re.fullmatch(r"([\w-]+)(?:\[([\w,]+)\])?", rest[-1])
    if name is None:
        assert rest[-1] in ("path/to/the/checkout", "dist/django_incident_response-*.whl")
    elif name[1] == _project()["name"]:
        extras = set((name[2] or "").split(",")) - {""}
        assert extras <= set(_project()["optional-dependencies"])
    else:
        assert name[1] in ("gunicorn", "uvicorn")


def _gunicorn(words: list[str]) -> None:
    from gunicorn.config import Config

    given = Config().parser().parse_args(words)
    assert given.args == ["mysite.wsgi"]
    assert given.workers == 2


def _celery(words: list[str]) -> None:
    """Have Celery's own command line read the options, without running anything."""
    assert words[:2] == ["-A", "mysite"]
    name, *arguments = words[2:]
    command = celery_command.commands[name]
    command.make_parser(click.Context(command)).parse_args(list(arguments))


def _export(words: list[str]) -> None:
    """The variables are read by the demo's settings, or by those of the documented project."""
    read = (ROOT / "demo" / "settings.py").read_text("utf-8")
    for word in words:
        name, _equals, value = word.partition("=")
        assert f'"{name}"' in read, name
        assert value


def _mkdir(words: list[str]) -> None:
    assert words == ["-p", "locale"]


def _link(words: list[str]) -> None:
    """The package is linked under its own name, by what Python says of where it is."""
    options, where, name = words
    code = re.fullmatch(r"\$\(python -c '(.+)'\)", where)
    assert (options, name) == ("-s", "response")
    assert code
    found = subprocess.run(
        [sys.executable, "-c", code[1]], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert (Path(found.stdout.strip()) / "apps.py").exists()


def _remove(words: list[str]) -> None:
    assert words == ["response"]  # the link, which a trailing slash would follow


#: The first word of a line, and what reads the rest.
READERS: dict[str, Callable[[list[str]], None]] = {
    "manage.py": _manage,
    "make": _make,
    "pip": _pip,
    "gunicorn": _gunicorn,
    "celery": _celery,
    "django-admin": _manage,
    "mkdir": _mkdir,
    "ln": _link,
    "rm": _remove,
    "export": _export,
}


@pytest.mark.django_db
@pytest.mark.parametrize(("snippet", "line"), lines())
def test_a_line_of_shell_is_accepted_by_what_it_calls(snippet, line):
    for beginning, reason in CANNOT_BE_RUN.items():
        if line.startswith(beginning):
            assert reason
            return
    words = shlex.split(line, comments=True)
    if words[0] in ("python", ".venv/bin/python") and words[1].endswith("manage.py"):
        _manage(words[2:])
    elif words[0] in ("python", ".venv/bin/python"):
        _python(words[1:])
    elif "/" in words[0]:
        assert (ROOT / words[0]).exists(), words[0]
    else:
        READERS[words[0]](words[1:])


def test_what_cannot_be_run_is_still_in_the_documents():
    everything = "\n".join(snippet.text for snippet in of("sh"))
    for beginning in CANNOT_BE_RUN:
        assert re.search(rf"^{re.escape(beginning)}", everything, re.M), beginning


def test_the_asgi_application_is_there():
    assert callable(import_string("demo.asgi.application"))


@pytest.mark.django_db
def test_the_configuration_is_written_compared_and_loaded(tmp_path, monkeypatch, capsys):
    """The three commands of docs/configuration.md, one after the other."""
    monkeypatch.chdir(tmp_path)
    ours = [line for line in lines() if "response_config" in line.values[1]]
    assert len(ours) == 6
    for line in ours:
        call_command(*shlex.split(line.values[1], comments=True)[2:])
    assert capsys.readouterr().out.count("Nothing to change") == 4
    [told] = [s for s in of("") if "response.yaml:" in s.text]
    Path("response.yaml").write_text(
        "severities:\n  - key: '1'\n    name: P1\n    emoji: ':fire:'\n    aliases: []\n"
        "    rank: 1\n    color: red\n", "utf-8",
    )  # fmt: skip
    with pytest.raises(Exception, match="color") as raised:
        call_command("response_config", "load", "response.yaml")
    assert str(raised.value) == told.text.strip()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["response_manifest --socket-mode", "response_tick", "check"])
def test_what_changes_nothing_outside_is_run(command):
    call_command(*command.split())


# Files that are shown


def text_snippets() -> list[Snippet]:
    return [snippet for snippet in of("text") if not story_of(snippet)]


@pytest.mark.parametrize("snippet", text_snippets(), ids=str)
def test_a_file_that_is_shown_is_one(snippet):
    for line in snippet.text.splitlines():
        name, separator, rest = line.partition("=" if "=" in line.partition(" ")[0] else ":")
        assert separator, line
        if name.isupper():
            assert f"{name}=" in (ROOT / ".env.example").read_text("utf-8")
        elif name == "Content-Security-Policy":
            assert "'self'" in rest
        else:
            words = shlex.split(rest)  # a Procfile
            _gunicorn(words[1:]) if words[0] == "gunicorn" else _manage(words[2:])


def test_the_tutorial_in_the_sandbox(slack):
    """What docs/tutorial.md has people type, and what it says comes of it."""
    typed = [s.text.strip() for s in of("") if s.path.name == "tutorial.md"]
    [declaring, working] = typed
    incident = slack.declare(declaring.removeprefix("/incident "), severity="2")
    assert incident.report == "The checkout is down"
    channel = slack.open_channel(incident)
    for line in working.splitlines():
        message = slack.tell_bot("bo", channel, line.removeprefix("@incident "))
        assert slack.reactions(message) == ["white_check_mark"], line
    said = slack.people.say("bo", channel, "Rolled back to yesterday's release")
    slack.people.pin("bo", said)
    slack.settle()
    incident.refresh_from_db()
    assert incident.severity_text() == "critical"
    assert incident.lead.external_id == slack.people.member("bo").id
    assert [action.details for action in incident.action_items()] == ["Tell the shops"]
    assert "Rolled back" in incident.timeline_events().get(event_type="slack_pin").text
    slack.tell_bot("bo", channel, "close")
    assert "resolved" in slack.shown(slack.headline(incident)).lower()


def test_nothing_is_left_out():
    """Each fence is run by a test here, or has a story of its own."""
    here = {
        "python": [s for s in of("python") if s in python_snippets() or _needed_by(s)],
        "yaml": of("yaml"), "sql": of("sql"), "text": text_snippets(),
        "json": [s for s in of("json") if not story_of(s)],
        "sh": [line.values[0] for line in lines()],
    }  # fmt: skip
    for language, run in here.items():
        assert {s for s in of(language) if not story_of(s)} <= set(run), language
