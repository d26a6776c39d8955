"""What Slack's requests cost until they are answered, and afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection

from response.db import Statement
from response.models import CommsChannel, UserStats
from response.slack.decorators import action_handler, keyword_handler, slack_event
from response.slack.decorators.event_handler import events
from response.slack.inbound import inbox, incident_channels, intake
from response.slack.inbound.signals import request_processed
from response.slack.models import InboxRequest
from tests.costs.conftest import CHANNEL, ELSEWHERE, Costs

#: One statement does it all on PostgreSQL, elsewhere a transaction of two.
COUNTING = 1 if connection.vendor == "postgresql" else 2


def counted() -> int:
    return UserStats.objects.get(user__external_id="U0COSTS0001").message_count


def flat(cost: Callable[[], list[str]], fill: Callable[[int], None]) -> int:
    """The cost with ten rows more, the same with a thousand."""
    cost()
    fill(10)
    few = cost()
    fill(990)
    many = cost()
    assert len(few) == len(many), (few, many)
    return len(many)


def test_a_message_is_counted_while_it_is_stored(costs, fill):
    assert flat(costs.event, fill) == COUNTING
    assert counted() == 4
    assert set(InboxRequest.objects.values_list("status", "attempts")) == {("done", 1)}
    assert not InboxRequest.objects.exclude(handled_by__0__endswith=".count_message").exists()


def test_an_event_of_another_channel_costs_one_look_up(costs, fill):
    assert flat(lambda: costs.event(channel=ELSEWHERE), fill) == 1
    assert not InboxRequest.objects.exists()


def test_a_channel_that_stays_another_is_not_looked_up_each_time(costs, monkeypatch):
    monkeypatch.setattr(incident_channels, "SETTLED", 0.0)
    monkeypatch.setattr(incident_channels, "REMEMBERED", float("inf"))
    assert len(costs.event(channel=ELSEWHERE)) == 1
    assert costs.event(channel=ELSEWHERE) == []
    monkeypatch.setattr(incident_channels, "REMEMBERED", 0.0)
    assert len(costs.event(channel=ELSEWHERE)) == 1


def test_a_channel_that_becomes_an_incidents_is_noticed(costs):
    costs.event(channel="C0NEW")
    CommsChannel.objects.update(channel_id="C0NEW")
    costs.event(channel="C0NEW")
    assert counted() == 2


def test_an_event_that_no_handler_wants_costs_nothing(costs):
    assert costs.event("emoji_changed") == []
    unfurled = {"ts": "1.000200", "text": "https://example.com"}
    edited = {"subtype": "message_changed", "message": unfurled, "previous_message": unfurled}
    assert costs.event(**edited) == []
    assert not InboxRequest.objects.exists()


def test_a_channel_that_is_no_incidents_any_more_is_forgotten(costs):
    costs.event()
    CommsChannel.objects.all().delete()
    assert len(costs.event()) <= 3
    assert len(costs.event()) == 1
    assert InboxRequest.objects.count() == 1


@pytest.mark.parametrize("kind", ["reaction", "command"])
def test_what_needs_a_worker(costs, fill, handlers, kind):
    slack_event("reaction_added")(lambda incident, event: None)
    post = {
        "reaction": lambda: costs.event("reaction_added", reaction="eyes"),
        "command": lambda: costs.command("severity major"),
    }[kind]
    assert flat(post, fill) <= 2
    assert InboxRequest.objects.filter(status="pending").count() == 3


def test_a_projects_button_is_stored_before_it_is_worked_on(costs, fill, handlers):
    action_handler("costs-button")(lambda context: None)
    assert flat(lambda: costs.press("costs-button"), fill) <= 2
    assert InboxRequest.objects.count() == 3


# Exact all the same


@pytest.mark.parametrize("again", [{"event_id": "Ev1"}, {"event_id": "Ev2", "ts": "17.000100"}])
def test_delivered_twice_is_counted_once(costs, again):
    costs.event(event_id="Ev1", ts="17.000100")
    costs.event(**again)
    assert counted() == 2
    assert InboxRequest.objects.count() == 1


def test_who_writes_for_the_first_time_is_counted_by_a_worker(costs):
    costs.event(user="U0COSTS0002")
    assert InboxRequest.objects.get().status == "pending"
    assert inbox.work_on_next() == 1
    costs.event(user="U0COSTS0002")
    stats = UserStats.objects.get(user__external_id="U0COSTS0002")
    assert (stats.message_count, stats.join_time is not None) == (2, True)


def test_another_handler_that_wants_a_message_gets_it(costs, handlers):
    got = []
    slack_event("message")(lambda incident, event: got.append(event["text"]))
    costs.event(text="one")
    assert inbox.work_on_next() == 1
    assert (got, counted()) == (["one"], 2)


def test_one_that_does_not_want_it_changes_nothing(costs, handlers):
    slack_event("message", only_if=lambda event: "runbook" in event["text"])(
        lambda incident, event: None
    )
    costs.event()
    assert len(costs.event()) == COUNTING
    costs.event(text="the runbook")
    assert InboxRequest.objects.filter(status="pending").count() == 1


def test_a_keyword_is_not_missed(costs, handlers):
    found = []
    keyword_handler(["runbook"])(lambda channel, user, keyword, text, ts: found.append(keyword))
    costs.event()
    assert len(costs.event()) == COUNTING
    costs.event(text="Where is the RUNBOOK?")
    assert inbox.work_on_next() == 1
    assert (found, counted()) == (["runbook"], 4)


def test_a_shortcut_that_fails_loses_neither_the_ack_nor_the_message(costs, handlers, caplog):
    events.restore([h for h in events.snapshot() if h.key != "message"])
    got = []
    slack_event("message", shortcut=lambda channel, event: Statement("UPDATE nothing SET x = 1"))(
        lambda incident, event: got.append(event["text"])
    )
    costs.event()
    assert "a worker handles the request" in caplog.text
    assert inbox.work_on_next() == 1
    assert got == ["hello"]


def test_a_repetition_undoes_its_update_inside_of_another_transaction_too(costs):
    from response.db import atomic

    with atomic():
        costs.event(event_id="Ev1")
        costs.event(event_id="Ev1")
        assert InboxRequest.objects.count() == 1
    assert counted() == 2


def test_what_is_counted_at_once_is_told_to_metrics(costs):
    told = []

    def receiver(sender, **values):
        told.append((values["request_id"], values["type"], values["outcome"], values["attempts"]))

    request_processed.connect(receiver)
    try:
        costs.event(event_id="Ev1")
        costs.event(event_id="Ev1")
    finally:
        request_processed.disconnect(receiver)
    assert told == [(None, "message", "done", 1)]


def test_a_database_that_is_away_is_not_taken_for_a_shortcut_that_failed(costs, monkeypatch):
    def away(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(intake, "update_and_insert", away)
    monkeypatch.setattr(InboxRequest, "save", away)
    with pytest.raises(AssertionError, match="cannot be reached"):
        costs.event()


# Afterwards


def test_working_on_a_channel(costs, fill, handlers):
    slack_event("reaction_added")(lambda incident, event: None)

    def work() -> list[str]:
        for _ in range(10):
            costs.event("reaction_added", reaction="eyes")
        with costs.counted() as statements:
            assert inbox.work_on_next() == 10
        return statements

    # Find the oldest and those behind it; then claim, load the channel, note that it is done.
    assert flat(work, fill) <= 2 + 10 * 3


def test_a_form_is_parsed_and_worked_on_once(costs, fill, handlers):
    from response.slack.decorators import dialog_handler

    dialog_handler("costs-form")(lambda user_id, channel_id, submission, response_url, state: None)
    numbers = iter(range(10))

    def work() -> list[str]:
        form = {
            "type": "view_submission",
            "user": {"id": "U0COSTS0001", "username": "anna"},
            "view": {"id": f"V{next(numbers)}", "callback_id": "costs-form", "state": {}},
        }
        request = intake.accept("interaction", "view_submission", form, hold=True)
        assert request
        with costs.counted() as statements:
            assert inbox.work_on(request.pk, request.claim).done
        return statements

    assert flat(work, fill) <= 4


def test_looking_for_work_costs_the_same_with_a_long_backlog(costs: Costs, handlers):
    slack_event("reaction_added")(lambda incident, event: None)
    costs.event("reaction_added")
    with costs.counted() as few:
        assert list(InboxRequest.objects.due()[:8])
    InboxRequest.objects.bulk_create(
        InboxRequest(kind="event", type="x", delivery=f"d{n}", subject=f"s{n}", payload="{}",
                     ordering_key=CHANNEL)
        for n in range(1000)
    )  # fmt: skip
    with costs.counted() as many:
        assert len(InboxRequest.objects.due()[:8]) == 1
    assert len(few) == len(many) == 1
