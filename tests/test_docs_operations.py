"""What docs/operations.md names is there, and what it shows works."""

from __future__ import annotations

import logging
import logging.config
import re
import shlex
import sys
import types
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.utils.module_loading import import_string

from response import signals
from response.conf import DEFAULTS
from response.worker import status

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "operations.md").read_text()
EXAMPLES = sorted(path for path in (DOCS / "examples").iterdir() if path.is_file())


def python(beginning: str) -> str:
    """The Python example that begins so."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    return next(block for block in blocks if block.startswith(beginning))


def test_every_setting_exists():
    named = set(re.findall(r"RESPONSE_[A-Z_]+", TEXT))
    assert len(named) > 5
    assert named <= set(DEFAULTS)


def test_every_runner_exists():
    for name in re.findall(r"response\.slack\.runners\.\w+", TEXT):
        assert callable(import_string(name)().wake)


def test_every_figure_of_health_is_told_of():
    shown = status.Status("ok").as_dict()
    figures = [
        f"{name}.{part}" if isinstance(value, dict) else name
        for name, value in shown.items()
        for part in (value if isinstance(value, dict) else [""])
    ]
    for figure in figures:
        if figure not in ("status", "problems"):
            assert f"`{figure}`" in TEXT, figure


def test_the_commands_exist():
    text = TEXT + "".join(path.read_text() for path in EXAMPLES)
    commands = set(re.findall(r"manage\.py\W+(\w+)", text))
    assert {"response_tick", "response_status"} <= commands
    assert commands <= {"check", "migrate", *get_commands()}


def test_files_that_are_linked_exist():
    for link in re.findall(r"\]\(([^)#:]+)[#)]?", TEXT):
        assert (DOCS / link).exists(), link


def test_the_logging_example(capsys):
    names: dict = {}
    exec(python("LOGGING"), names)
    config = names["LOGGING"]
    config["loggers"] = {"example": config.pop("root")}
    logging.config.dictConfig(config)
    logging.getLogger("example").info("hello")
    assert "request=- message=- incident=-: hello" in capsys.readouterr().err


def test_the_metrics_example(slack, monkeypatch):
    counted: list[tuple] = []

    class Counter:
        def __init__(self, *args):
            pass

        def labels(self, *values):
            counted.append(values)
            return self

        def inc(self):
            pass

        observe = labels

    fake = types.ModuleType("prometheus_client")
    fake.Counter = fake.Histogram = Counter
    monkeypatch.setitem(sys.modules, "prometheus_client", fake)
    names: dict = {}
    exec(python("from django.dispatch"), names)
    try:
        slack.declare("Down")
        told = {("view_submission", "done"), ("headline.sync", "sent")}
        slack.until(lambda: told <= set(counted), "the counters")
    finally:
        signals.request_processed.disconnect(names["count_request"])
        signals.message_sent.disconnect(names["count_message"])


# The examples


def test_compose():
    services = yaml.safe_load((DOCS / "examples" / "compose.yaml").read_text())["services"]
    assert {"proxy", "web1", "web2", "worker", "beat", "postgres", "redis"} <= set(services)
    settings = (DOCS.parent / "demo" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', settings))
    for service in ("web1", "worker", "beat"):
        assert set(services[service]["environment"]) <= read | {"DATABASE_URL"}
    for command in (services["worker"]["command"], services["beat"]["command"]):
        module = command[command.index("-A") + 1].replace(".", "/")
        assert "app = Celery(" in (DOCS.parent / f"{module}.py").read_text()


@pytest.mark.parametrize(
    ("unit", "argument"),
    [("response-web.service", "demo.wsgi"), ("response-tick.service", "demo/manage.py")],
)
def test_units(unit, argument):
    text = (DOCS / "examples" / unit).read_text()
    started = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    command = shlex.split(started[1])
    assert command[0].startswith("/srv/response/venv/bin/")
    assert argument in command
