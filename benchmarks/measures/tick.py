"""What the regular work costs, with many open incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.subjects import RESPONSE, Subject

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: Of the open incidents, so many have a reminder due.
DUE = 50
#: How the table calls the jobs that a tick has queued.
SENDING = "what is due is sent"


def measure(stage: Stage) -> None:
    """A tick in which reminders are due, sending them, and the next tick, in which none are."""
    for _round in range(stage.plan.process_rounds):
        for size in stage.plan.open_incidents:
            _measure(stage, size)


def _measure(stage: Stage, size: int) -> None:
    due = min(DUE, size)

    def fill(subject: Subject) -> None:
        given = {"incidents": size, "due": due}
        subject.run("-m", "benchmarks.project.inside", "open", given=given)

    subject = stage.make(RESPONSE, "-tick", stage.template(RESPONSE, f"-open-{size}", fill))
    try:
        stage.slack_calls()
        ticks = subject.run("-m", "benchmarks.project.inside", "ticks")
        posted = stage.slack_calls().get("chat.postMessage", 0)
    finally:
        subject.database.drop()
    if posted != due:
        raise RuntimeError(f"{due} reminders were due, {posted} were sent")
    for name, tick, messages in (
        (f"{due} due", ticks[0], posted),
        (SENDING, ticks[1], posted),
        ("none due", ticks[2], 0),
    ):
        stage.record(
            "tick",
            f"{size:,} open, {name}",
            subject.name,
            {"ms": tick["seconds"] * 1000, "queries": tick["queries"], "messages": messages},
        )
