"""``manage.py response_manifest``: the Slack app for this project."""

from __future__ import annotations

import getpass
import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from response.setup import app_creation, manifest


class Command(BaseCommand):
    """Prints the manifest, or makes the app from it."""

    help = "Print the Slack app manifest for this project, or create the app with --create."
    # It comes before there are a secret and tokens, of which the checks would complain.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options."""
        parser.add_argument("--yaml", action="store_true", help="Print YAML in place of JSON.")
        parser.add_argument(
            "--socket-mode",
            action="store_true",
            help="For Socket Mode: Slack needs no address of this site.",
        )
        parser.add_argument(
            "--command", default="/incident", help="The slash command (default: /incident)."
        )
        parser.add_argument(
            "--create",
            metavar="TOKEN",
            nargs="?",
            const="",
            help="Create the app. TOKEN is an app configuration token (xoxe.xoxp-…), from the "
            "bottom of https://api.slack.com/apps. Without it, it is read from the environment "
            "variable SLACK_CONFIGURATION_TOKEN, or asked for, so that it stays out of the "
            "shell's history.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it, or create the app and print what to do next."""
        try:
            built = manifest.build(socket_mode=options["socket_mode"], command=options["command"])
            if options["create"] is not None:
                created = app_creation.create(built, options["create"] or _ask_for_token())
                self.stdout.write(created.next_steps(options["socket_mode"]))
                return
        except (manifest.ManifestError, app_creation.CreationError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_as_yaml(built) if options["yaml"] else json.dumps(built, indent=2))


def _ask_for_token() -> str:
    """Return the configuration token from the environment, or from the person at the terminal."""
    given = os.environ.get("SLACK_CONFIGURATION_TOKEN", "")
    if not given and sys.stdin.isatty():
        given = getpass.getpass(_("App configuration token (xoxe.xoxp-…): "))
    return given


def _as_yaml(value: Any, indent: int = 0) -> str:
    """Return a manifest's dicts, lists and plain values as YAML."""
    pad = " " * indent
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += [f"{pad}{key}:", _as_yaml(item, indent + 2)]
        elif isinstance(item, list):
            lines.append(f"{pad}{key}:" + ("" if item else " []"))
            for entry in item:
                if isinstance(entry, dict):
                    block = _as_yaml(entry, indent + 4)
                    lines.append(f"{pad}  - {block.strip()}")
                else:
                    lines.append(f"{pad}  - {json.dumps(entry, ensure_ascii=False)}")
        else:
            # A JSON scalar is a YAML scalar.
            lines.append(f"{pad}{key}: {json.dumps(item, ensure_ascii=False)}")
    return "\n".join(lines)
