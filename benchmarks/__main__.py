"""The command: measure, report, compare."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.compare import compare
from benchmarks.databases import Databases, Postgres, Sqlite
from benchmarks.machine import describe
from benchmarks.measures import MEASURES
from benchmarks.peers.environments import PLACE, versions
from benchmarks.plan import PLANS, Plan
from benchmarks.report import about, merged, replaced, tables
from benchmarks.results import Results
from benchmarks.stage import Stage
from benchmarks.subjects import PEERS, RESPONSE
from benchmarks.targets import findings, table

SUBJECTS = (*PEERS, RESPONSE)


def _names(allowed: list[str]) -> Any:
    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in names if name not in allowed]
        if unknown or not names:
            raise argparse.ArgumentTypeError(
                f"{', '.join(unknown) or 'nothing'} chosen; there are: {', '.join(allowed)}"
            )
        return names

    return parse


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    listed = "\n".join(f"  {m.name:10} {m.about}" for m in MEASURES.values())
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures Response beside its peers, all on this machine.",
        epilog=f"Measures:\n{listed}\n\n"
        "PostgreSQL needs DATABASE_URL, which scripts/with-postgres sets.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command")
    run = commands.add_parser("run", help="measure (the default)")
    add_run_options(run)
    report = commands.add_parser("report", help="print the tables of a run, or of several as one")
    report.add_argument("files", type=Path, nargs="+", metavar="file")
    report.add_argument("--into", type=Path, help="a Markdown file whose numbers are replaced")
    beside = commands.add_parser("compare", help="print one run beside another")
    beside.add_argument("now", type=Path)
    beside.add_argument("before", type=Path)
    return made


def add_run_options(made: argparse.ArgumentParser) -> None:
    """Options of ``run``."""
    form = made.add_mutually_exclusive_group()
    form.add_argument("--long", dest="plan", action="store_const", const="long", default="short",
                      help="more rounds, every setup, a backlog of 5,000")  # fmt: skip
    form.add_argument("--tiny", dest="plan", action="store_const", const="tiny",
                      help="a moment of each, to see that it works")  # fmt: skip
    made.add_argument("--only", type=_names(list(MEASURES)), default=list(MEASURES),
                      help="measures, separated by commas")  # fmt: skip
    made.add_argument("--subjects", type=_names(list(SUBJECTS)), default=list(SUBJECTS))
    made.add_argument("--databases", type=_names(["postgres", "sqlite"]))
    made.add_argument("--web", type=_names(["1", "2"]), help="numbers of web processes")
    made.add_argument("--where", type=_names(["web", "worker"]), help="where the work is done")
    made.add_argument("--rounds", type=int)
    made.add_argument("--scale", type=float, default=1.0,
                      help="multiplies counts and times of loads: 0.1 is a tenth")  # fmt: skip
    made.add_argument("--new-connections", action="store_true",
                      help="a connection for each request")  # fmt: skip
    made.add_argument("--worker", default="",
                      help="command of the worker process, as manage.py takes it")  # fmt: skip
    made.add_argument("--against", type=Path, help="an earlier run to compare with")
    made.add_argument("--json", type=Path, default=PLACE / "latest.json", help="where to write it")


def chosen_plan(options: argparse.Namespace, server: str) -> Plan:
    """The plan with what the options choose. A combination that the plan lacks is added.

    Raises ``SystemExit`` if nothing is left.
    """
    plan = PLANS[options.plan].scaled(options.scale)
    setups = plan.setups
    if options.databases or options.web or options.where:
        setups = tuple(
            setup
            for setup in PLANS["long"].setups
            if setup.database in (options.databases or [s.database for s in plan.setups])
            and str(setup.web) in (options.web or ["1"])
            and setup.where in (options.where or [s.where for s in plan.setups])
        )
    if not server:
        setups = tuple(setup for setup in setups if setup.database != "postgres")
        print("Without DATABASE_URL there is no PostgreSQL; see --help.", file=sys.stderr)
    if not setups:
        raise SystemExit("Nothing is left to measure.")
    return dataclasses.replace(
        plan,
        setups=setups,
        rounds=options.rounds or plan.rounds,
        keep_alive=not options.new_connections,
    )


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything that the options choose. Returns the document for JSON."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        server = ""
    plan = chosen_plan(options, server)
    results = Results()
    began = time.monotonic()
    machine = describe()
    with tempfile.TemporaryDirectory(prefix="response-bench-") as directory:
        place, worker = Path(directory), tuple(options.worker.split())
        kept = Databases(place, server)
        try:
            for setup in plan.setups:
                measures = [
                    measure
                    for measure in map(MEASURES.__getitem__, options.only)
                    if measure.applies_to(setup, plan)
                ]
                with Stage(plan, setup, options.subjects, results, kept, place, worker) as stage:
                    for chosen in measures:
                        stage.say(chosen.name)
                        chosen.run(stage)
        finally:
            kept.close()
    databases = [Sqlite.version()] + ([Postgres.version(server)] if server else [])
    bolt = versions("bolt")["slack_bolt"] if set(options.subjects) & set(PEERS[1:]) else None
    return {
        "version": 1,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "form": plan.name if options.scale == 1 else f"{plan.name}, × {options.scale:g}",
        "keep_alive": plan.keep_alive,
        "seconds": round(time.monotonic() - began, 1),
        "machine": {**machine, "databases": databases, "slack_bolt": bolt},
        "results": results.as_list(),
    }


def readable(document: dict[str, Any]) -> str:
    """All that there is to say of a run, in Markdown."""
    targets = [f"### Targets\n\n{table(document)}"] if findings(document) else []
    return "\n\n".join([about(document), *targets, tables(document)])


def main(arguments: list[str]) -> None:
    """Run the command."""
    if not arguments or (arguments[0].startswith("--") and arguments[0] != "--help"):
        arguments = ["run", *arguments]
    options = parser().parse_args(arguments)
    if options.command == "report":
        document = merged([json.loads(file.read_text()) for file in options.files])
        if options.into:
            options.into.write_text(replaced(options.into.read_text(), readable(document)))
        else:
            print(readable(document))
        return
    if options.command == "compare":
        print(compare(json.loads(options.now.read_text()), json.loads(options.before.read_text())))
        return
    before = json.loads(options.against.read_text()) if options.against else None
    document = measure(options)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(document, indent=1) + "\n")
    print(readable(document))
    if before is not None:
        print(f"\n### Beside {options.against}\n\n{compare(document, before)}")
    print(f"\n{document['seconds']} s; written to {options.json}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
