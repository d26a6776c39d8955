"""How many calls of Slack's Web API an incident's life takes, beside the least that could do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks import traffic
from benchmarks.load import Request, run
from benchmarks.subjects import Response

if TYPE_CHECKING:
    from benchmarks.stage import Stage

#: The steps of a life, each with the calls without which people would not see it happen.
LEAST = {
    # views.open; chat.postMessage of the headline, chat.postMessage to thank with the links
    "declare": 3,
    # conversations.create, .invite, .setTopic; chat.postMessage of the welcome, pins.add;
    # chat.update of the headline
    "comms channel": 6,
    "20 messages": 0,
    # reactions.add; chat.update of the headline and of the welcome
    "severity": 3,
    # and conversations.invite, chat.postMessage to the new lead
    "lead": 5,
    # reactions.add; chat.update of the welcome: the headline does not show it
    "impact": 2,
    # chat.update of both; chat.postMessage in the channel, and to ask for the review
    "close": 4,
}


def measure(stage: Stage) -> None:
    """Two lives: what is looked up once and then known is not counted."""
    response = stage.response
    if response is None:
        return
    for life in range(2):
        total = 0
        for step, requests in _life(response):
            stage.slack_calls()
            for request in requests:
                load = run([request], response.addresses[:1], connections=1)
                if load.refused:
                    raise RuntimeError(f"A request of the step “{step}” was refused")
            if response.settle(stage.plan.patience * 2):
                raise RuntimeError(f"The step “{step}” does not come to an end")
            calls = sum(stage.slack_calls().values())
            total += calls
            if life:
                _record(stage, step, calls, LEAST[step])
        if life:
            _record(stage, "whole life", total, sum(LEAST.values()))


def _record(stage: Stage, step: str, calls: int, least: int) -> None:
    assert stage.response is not None
    values = {"calls": float(calls), "least": float(least), "more": float(calls - least)}
    stage.record("calls", step, stage.response.name, values)


def _life(response: Response) -> Iterator[tuple[str, list[Request]]]:
    yield "declare", [traffic.declaration(), *itertools.islice(traffic.forms(), 1)]
    incident = response.database.number("SELECT max(id) FROM response_incident")
    yield (
        "comms channel",
        [traffic.button("create-comms-channel-button", str(incident), traffic.HEADLINES)],
    )
    [(channel,)] = response.database.query(
        f"SELECT channel_id FROM response_commschannel WHERE incident_id = {incident}"
    )
    yield "20 messages", list(itertools.islice(traffic.messages([channel]), 20))
    yield "severity", [traffic.mention(channel, "severity critical")]
    yield "lead", [traffic.mention(channel, f"lead <@{traffic.PEOPLE[1]}>")]
    yield "impact", [traffic.mention(channel, "impact One order in ten")]
    yield "close", [traffic.button("close-incident-button", str(incident), traffic.HEADLINES)]
