"""``python -m tests.soak``: one run of the crash test, and its figures."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.soak import world
from tests.soak.audit import Verdict, audit
from tests.soak.deliver import Slack
from tests.soak.plan import draw
from tests.soak.stage import Kill, Misfortune, Stage


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    made.add_argument("--seed", type=int, help="the same requests, kills and duplicates again")
    made.add_argument("--requests", type=int, default=5000)
    made.add_argument("--rate", type=float, default=40, help="requests a second, about")
    made.add_argument(
        "--form", choices=("one", "many", "socket"), default="one",
        help="one web process and a tick; or two, with two Celery workers and beat; or no web "
        "process, two that listen by Socket Mode, and a tick",
    )  # fmt: skip
    made.add_argument("--database", help="a URL; SQLite in a new directory unless given")
    made.add_argument("--broker", default="", help="Celery's, for the form “many”")
    made.add_argument("--duplicates", type=float, default=0.1)
    made.add_argument("--kill-every", default="2-6", help="seconds, from-to")
    made.add_argument("--kills", type=int, default=10_000, help="at most")
    made.add_argument(
        "--kill-at", help="a schedule instead: seconds:process,… with the processes web1, tick; "
        "or web1, web2, worker1, worker2, beat; or socket1, socket2, tick",
    )  # fmt: skip
    made.add_argument("--faults", type=float, default=0.04, help="probability of each kind")
    made.add_argument("--outages", default="5,5", help="seconds of each; the second one hangs")
    made.add_argument("--threads", type=int, default=12, help="deliveries at a time")
    made.add_argument("--settle", type=float, default=300, help="seconds to come to rest")
    made.add_argument("--keep", action="store_true", help="keep the logs and databases")
    return made


def faults(probability: float) -> list[dict[str, object]]:
    """Everything that Slack's API does to us."""
    return [
        {"kind": "latency", "seconds": 0.5, "probability": probability},
        {"kind": "429", "seconds": 1, "probability": probability / 4},
        {"kind": "500", "probability": probability},
        {"kind": "500", "after_effect": True, "probability": probability / 2},
        {"kind": "drop", "probability": probability},
        {"kind": "drop", "after_effect": True, "probability": probability / 2},
        {"kind": "error", "error": "internal_error", "probability": probability / 4},
    ]


def run(options: argparse.Namespace, place: Path) -> bool:
    """Play it, audit it, print the figures. Returns whether every promise was kept."""
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"Seed {seed}; form {options.form}, {options.requests} requests", flush=True)
    database = options.database or f"sqlite:///{place / 'project.sqlite3'}"
    stage = Stage(options.form, place, database, options.broker)
    began = time.monotonic()
    try:
        stage.open()
        world.connect(database)
        size = options.requests
        before = world.prepare(
            channels=max(size // 250, 4), to_close=size // 30 + 5, to_get_a_channel=size // 30 + 5
        )
        requests = draw(seed, size, before, options.duplicates)
        messages = {(r.channel, r.ts, r.user): r for r in requests if r.ts and r.kind != "unpin"}
        stage.fake_slack("prepare", {
            "channels": list(before.channels),
            "messages": [(c, ts, user, r.number) for (c, ts, user), r in messages.items()],
        })  # fmt: skip
        stage.fake_slack("faults", faults(options.faults))
        stage.start()
        low, high = (float(part) for part in options.kill_every.split("-"))
        misfortune = Misfortune(
            stage, seed, every=(low, high), schedule=_schedule(options.kill_at), most=options.kills,
            outages=[float(part) for part in options.outages.split(",") if part],
        )  # fmt: skip
        slack = Slack(stage.addresses, seed, options.threads, by_socket=options.form == "socket")
        misfortune.start()
        delivering = time.monotonic()
        delivered = slack.deliver(requests, options.rate)
        delivering = time.monotonic() - delivering
        misfortune.stop()
        stage.fake_slack("faults", [])
        print(f"Delivered after {time.monotonic() - began:.0f} s; coming to rest …", flush=True)
        quiet = world.wait_until_quiet(options.settle)
        stage.tick()
        found = world.find()
        if not quiet and not found.stuck:
            found.stuck.append(f"It took more than {options.settle} s to come to rest")
        seen = stage.fake_slack("observe")
        verdict = audit(requests, delivered.accepted, found, seen, stage.windows)
        figures = {
            "requests": len(requests),
            "  accepted": len(delivered.accepted),
            "  accepted a second": round(len(delivered.accepted) / delivering, 1),
            "  never answered in time": len(delivered.unsure),
            **{f"  {name}": n for name, n in sorted(delivered.counts.items())},
            "kills": sum(stage.kills.values()),
            **{f"  {name}": n for name, n in sorted(stage.kills.items())},
            "calls of Slack's API": seen["calls"],
            **{f"  failed: {name}": n for name, n in sorted(seen["failed"].items())},
            "  with an effect and no answer": seen["uncertain"],
            "seconds of outage": round(stage.outage_seconds, 1),
            "messages said": verdict.said,
            "  again, where an answer was lost": verdict.said_twice,
            "  answers that can have got lost": verdict.reasons,
            "lost": len(verdict.lost),
            "doubled effects": len(verdict.doubled),
            "out of order": len(verdict.out_of_order),
            "stuck": len(verdict.stuck),
            "seconds": round(time.monotonic() - began),
        }
    finally:
        stage.close()
    _print(figures, verdict, seed)
    return verdict.kept


def _schedule(text: str | None) -> list[Kill] | None:
    if not text:
        return None
    pairs = (part.split(":") for part in text.split(","))
    return [Kill(float(at), name) for at, name in pairs]


def _print(figures: dict[str, object], verdict: Verdict, seed: int) -> None:
    for name, value in figures.items():
        print(f"{name + ' ':.<44} {value}")
    for promise in ("lost", "doubled", "out_of_order", "stuck"):
        broken = getattr(verdict, promise)
        for line in broken[:20]:
            print(f"{promise.upper()}: {line}")
        if len(broken) > 20:
            print(f"{promise.upper()}: and {len(broken) - 20} more")
    print(f"{'Every promise was kept' if verdict.kept else 'PROMISES WERE BROKEN'} (seed {seed})")


def main() -> int:
    """0 if every promise was kept, 1 if not."""
    options = parser().parse_args()
    if options.form == "many" and not (options.broker and options.database):
        print("The form “many” needs --database (PostgreSQL) and --broker.", file=sys.stderr)
        return 2
    if options.keep:
        place = Path(tempfile.mkdtemp(prefix="response-soak-"))
        print(f"Logs and databases are kept in {place}")
        return 0 if run(options, place) else 1
    with tempfile.TemporaryDirectory(prefix="response-soak-") as directory:
        return 0 if run(options, Path(directory)) else 1


if __name__ == "__main__":
    sys.exit(main())
