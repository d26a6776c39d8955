"""The audit reports what it is there for."""

from __future__ import annotations

import copy

import pytest

from tests.soak.audit import Found, audit
from tests.soak.plan import KINDS, Request, World, draw

WORLD = World({"C1": 1, "C2": 2}, to_close=[7, 8, 9], to_get_a_channel=[4, 5, 6])


def request(kind: str, number: str = "n1", **values) -> Request:
    return Request(number, kind, "event", {}, "C1", "U1", "1.1", 1, **values)


def row(id_: int, text: str, attempts: int = 1, status: str = "sent") -> dict:
    return {"id": id_, "channel": "C1", "queue": "C1", "text": text, "status": status,
            "attempts": attempts, "error": ""}  # fmt: skip


def said(*texts: str) -> dict:
    return {
        "said": [
            {
                "channel": "C1",
                "ts": f"{n}.0",
                "text": text,
                "blocks": [],
                "shown": "",
                "only_for": "",
            }
            for n, text in enumerate(texts)
        ],
        "channels": [],
        "posts": [(float(n), float(n), "") for n in range(len(texts))],
    }


def judge(requests, accepted, found, slack=None, windows=()):
    return audit(requests, set(accepted), found, {**said(), **(slack or {})}, list(windows))


@pytest.mark.parametrize(
    ("count", "accepted", "broken"),
    [(0, True, "lost"), (1, True, ""), (2, True, "doubled"), (0, False, ""), (2, False, "doubled")],
)
def test_an_effect_is_there_once(count, accepted, broken):
    found = Found()
    found.notes["n1"] = count
    verdict = judge([request("command")], ["n1"] if accepted else [], found)
    assert [name for name in ("lost", "doubled") if getattr(verdict, name)] == [broken] * bool(
        broken
    )


def test_messages_are_counted_within_what_is_possible():
    requests = [request("message", f"n{n}") for n in range(3)]
    for count, broken in ((1, "lost"), (2, ""), (3, ""), (4, "doubled")):
        found = Found()
        found.counted[1, "U1"] = count
        verdict = judge(requests, ["n0", "n1"], found)
        assert bool(verdict.lost) == (broken == "lost")
        assert bool(verdict.doubled) == (broken == "doubled")


def test_a_pin_that_was_taken_away_is_gone():
    requests = [request("pin"), request("unpin", "n2", after="n1")]
    found = Found()
    assert judge(requests, ["n1", "n2"], found).kept
    found.pins[1, "1.1"] = 1
    assert judge(requests, ["n1", "n2"], found).doubled
    assert judge(requests, ["n1"], found).kept


def test_what_was_sent_was_said_and_no_oftener_than_tried():
    assert judge([], [], Found(rows=[row(1, "a")]), said("a")).kept
    assert judge([], [], Found(rows=[row(1, "a")]), said()).lost
    assert judge([], [], Found(rows=[row(1, "a")]), said("a", "a")).doubled
    again = Found(rows=[row(1, "a", attempts=2)])
    assert judge([], [], again, said("a", "a")).doubled, "nothing had got lost"
    twice = judge([], [], again, said("a", "a"), windows=[(-1.0, 0.5)])
    assert twice.kept
    assert (twice.said_twice, twice.reasons) == (1, 1)
    dropped = [(0.0, 0.0, "drop"), (1.0, 1.0, "")]
    assert judge([], [], again, {**said("a", "a"), "posts": dropped}).kept
    assert judge([], [], again, {**said("a", "a"), "posts": dropped[1:]}).kept, "Slack was killed"


def test_order_per_channel():
    rows = [row(1, "a"), row(2, "b"), row(3, "c")]
    assert judge([], [], Found(rows=rows), said("a", "b", "c")).kept
    assert judge([], [], Found(rows=rows), said("a", "c", "b")).out_of_order


def test_headlines_are_there_once_and_of_the_present():
    found = Found(headlines={1: ("headline-1", "Down")})
    post = {"channel": "C9", "ts": "1.0", "text": "Down", "blocks": ["headline-1"], "shown": "",
            "only_for": ""}  # fmt: skip
    assert judge([], [], found).lost
    assert judge([], [], found, {"said": [post], "channels": []}).kept
    assert judge([], [], found, {"said": [post, post], "channels": []}).doubled
    assert judge([], [], found, {"said": [{**post, "text": "Up"}], "channels": []}).lost


def test_a_second_channel_is_noticed():
    found = Found(channels={3: "C3"})
    slack = {"said": [], "channels": [("C3", "inc-3-down"), ("C4", "inc-3-down-2"), ("C5", None)]}
    assert judge([], [], found, slack).doubled


def test_what_is_stuck_breaks_a_promise():
    assert not judge([], [], Found(stuck=["a request is pending"])).kept


# The plan


def test_the_same_seed_draws_the_same():
    one, other = draw(5, 200, WORLD), draw(5, 200, copy.deepcopy(WORLD))
    assert [r.body() for r in one] == [r.body() for r in other]
    assert [r.body() for r in one] != [r.body() for r in draw(6, 200, WORLD)]


def test_every_kind_is_drawn_and_some_come_twice():
    requests = draw(1, 2000, WORLD)
    assert {r.kind for r in requests} == set(KINDS)
    assert len({r.number for r in requests}) == 2000
    copies = [copy for r in requests for copy in r.copies]
    assert 120 < len(copies) < 280
    assert set(copies) == {"same", "other id"}


def test_an_unpinning_names_its_pin():
    requests = {r.number: r for r in draw(1, 1000, WORLD)}
    unpinned = [r for r in requests.values() if r.kind == "unpin"]
    assert unpinned
    for one in unpinned:
        assert requests[one.after].kind == "pin"
        assert (requests[one.after].channel, requests[one.after].ts) == (one.channel, one.ts)
