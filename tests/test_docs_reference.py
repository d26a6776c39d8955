"""What there is in the code is documented: settings, commands, decorators, signals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

import response.signals
import response.slack.decorators as decorators
from response.conf import DEFAULTS

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHARED = set(BaseCommand().create_parser("manage.py", "x")._option_string_actions)
COMMANDS = sorted(name for name, app in get_commands().items() if app == "response")


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented_with_its_options(name):
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page("commands.md"), re.M | re.S))
    assert name in sections, f"docs/commands.md has no section ## {name}"
    parser = load_command_class("response", name).create_parser("manage.py", name)
    own = {o for o in parser._option_string_actions if o.startswith("--")} - SHARED
    missing = [option for option in sorted(own) if f"`{option}" not in sections[name]]
    assert missing == [], f"docs/commands.md, {name}"


def test_no_command_is_documented_that_is_not_there():
    assert sorted(re.findall(r"^## (\w+)$", page("commands.md"), re.M)) == COMMANDS


#: What dispatches to handlers is there for the names of 0.5.1.
DECORATORS = sorted(n for n in decorators.__all__ if not n.startswith("handle_"))


@pytest.mark.parametrize("name", DECORATORS)
def test_a_decorator_is_documented(name):
    assert re.search(rf"\b{name}\b", page("extending.md")), name


@pytest.mark.parametrize(
    "name",
    sorted(n for n in dir(response.signals) if hasattr(getattr(response.signals, n), "send")),
)
def test_a_signal_is_documented(name):
    assert re.search(rf"\b{name}\b", page("extending.md") + page("operations.md")), name


def test_no_setting_is_documented_that_is_not_there():
    rows = re.findall(r"^\| (`[A-Z_]+`.*?) \|", page("settings.md"), re.M)
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}
    assert named - set(DEFAULTS) == set()


def test_the_demos_settings_file_names_only_what_is_read():
    root = DOCS.parent
    named = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (root / ".env.example").read_text("utf-8"), re.M)
    read = "".join(p.read_text("utf-8") for p in (root / "demo").rglob("*.py"))
    assert len(named) > 15
    assert [name for name in named if f'"{name}"' not in read] == []


def test_the_sites_page_about_installing_is_the_readmes():
    """The README's steps are followed to the letter by tests/packaging."""

    def steps(text: str) -> list[str]:
        return re.findall(r"^```.*?^```", text, re.M | re.S)

    readme = (DOCS.parent / "README.md").read_text("utf-8")
    section = readme[readme.index("## Installing") : readme.index("## What you can do")]
    assert len(steps(section)) == 5
    assert steps(page("install.md")) == steps(section)


def test_the_pictures_are_made_by_the_script():
    made = set(
        re.findall(
            r'shoot\(page, "(\w+)"\)',
            (DOCS.parent / "scripts" / "screenshots.py").read_text("utf-8"),
        )
    )
    assert {path.stem for path in (DOCS / "images").glob("*.png")} == made
