"""``manage.py response_config``: what the organisation configures, as a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.setup.configuration import sync
from response.setup.configuration.document import MAX_BYTES, Mistakes
from response.setup.configuration.kind import ADDED, CHANGED, DELETED, RETIRED, Difference

MARKS = {ADDED: "+", CHANGED: "~", RETIRED: "-", DELETED: "-"}


class Command(BaseCommand):
    """Dumps, loads and compares what an organisation configures, such as severities."""

    help = (
        "Writes what is configured (severities, statuses and so on) to a YAML file, loads it from "
        "one, or says what loading would change. A load is done as a whole or not at all. Exit "
        "status of diff: 0 if there is no difference, 1 if there is one; 2, as of load, if "
        "something in the file is wrong."
    )

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the subcommands and their arguments."""
        todo = parser.add_subparsers(dest="do", required=True)
        todo.add_parser("dump", help="Write everything.").add_argument(
            "file", nargs="?", default="-", help="Where to write it; standard output by default."
        )
        for name, words in (("load", "Apply a file."), ("diff", "Show what load would change.")):
            todo.add_parser(name, help=words).add_argument(
                "file", help="The file; - for standard input."
            )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        if options["do"] == "dump":
            self._dump(options["file"])
            return
        changes = options["do"] == "load"
        content = _content(options["file"])
        try:
            found = (sync.load if changes else sync.diff)(content)
        except Mistakes as mistakes:
            raise CommandError(_report(options["file"], mistakes), returncode=2) from None
        except DatabaseError as error:
            message = _("The database refused: %(error)s. Nothing was changed.") % {"error": error}
            raise CommandError(message, returncode=2) from error
        self._print(found, changes)
        if found and not changes:
            sys.exit(1)

    def _dump(self, file: str) -> None:
        if file == "-":
            self.stdout.write(sync.dump(), ending="")
            return
        try:
            Path(file).write_text(sync.dump(), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from None

    def _print(self, found: list[Difference], changes: bool) -> None:
        if not found:
            self.stdout.write(_("Nothing to change: everything is already as the file says."))
            return
        for difference in found:
            self.stdout.write(_line(difference))
        message = (
            ngettext("%(n)d row was changed.", "%(n)d rows were changed.", len(found))
            if changes
            else ngettext("%(n)d row would change.", "%(n)d rows would change.", len(found))
        )
        self.stdout.write(message % {"n": len(found)})


def _content(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(file).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}", returncode=2) from None


def _report(file: str, mistakes: Mistakes) -> str:
    lines = [
        f"{file}:{mistake.line}: {mistake.sentence}" if mistake.line else f"{file}: {mistake}"
        for mistake in mistakes.found
    ]
    return "\n".join([*lines, _("Nothing was changed.")])


def _line(difference: Difference) -> str:
    what = {
        ADDED: _("added"),
        CHANGED: _("changed"),
        RETIRED: _("retired: it is in use, and not in the file"),
        DELETED: _("deleted: it is not in use, and not in the file"),
    }[difference.what]
    parts = [f"{MARKS[difference.what]} {difference.section} {difference.key}: {what}"]
    parts += [f"    {n}: {old!r} → {new!r}" for n, (old, new) in difference.columns.items()]
    return "\n".join(parts)
