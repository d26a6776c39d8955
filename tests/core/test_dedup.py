"""Keys: a repeated alert finds the incident that it opened."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils import timezone

from response.core.models.signals import incident_changing
from response.models import DedupKey, Event, Incident, OutboxMessage, Status, TimelineEvent
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def join(key: str = "disk-full", **fields: Any) -> tuple[Incident, bool]:
    return Incident.objects.create_or_join(key, **{"report": "Disk", "reporter": None, **fields})


def test_a_key_finds_its_open_incident() -> None:
    first, created = join(summary="First")
    again, created_again = join(report="Other words", summary="Second")
    assert (created, created_again) == (True, False)
    assert again == first
    again.refresh_from_db()
    assert (again.report, again.summary) == ("Disk", "First")
    assert join("another")[0] != first
    assert (TimelineEvent.objects.count(), Event.objects.count()) == (2, 2)


def test_the_open_incident_of_a_key() -> None:
    assert Incident.objects.open_with("disk-full") is None
    first, _created = join()
    assert Incident.objects.open_with(" disk-full") == first
    first.close()
    assert Incident.objects.open_with("disk-full") is None
    with pytest.raises(ValidationError):
        Incident.objects.open_with("")


def test_keys_are_exact() -> None:
    keys = ["a", "A", "á", "a b", "ß", "ss", "x" * 255]
    assert len({join(key)[0].pk for key in keys}) == len(keys)
    assert join("  a ")[0] == join("a")[0]


@pytest.mark.parametrize("key", ["", "   ", "x" * 256, "a\nb", "a\x00", "\x7fb", "\ud800", 7, None])
def test_what_is_no_key(key: Any) -> None:
    with pytest.raises(ValidationError):
        join(key)
    assert not Incident.objects.exists()


def close_by_method(incident: Incident) -> None:
    incident.close()


def close_by_saving(incident: Incident) -> None:
    incident = Incident.objects.get(pk=incident.pk)
    incident.end_time = timezone.now()
    incident.save()


def close_past_save(incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(end_time=timezone.now())


def delete(incident: Incident) -> None:
    incident.delete()


@pytest.mark.parametrize("end", [close_by_method, close_by_saving, close_past_save, delete])
def test_whatever_ends_it_frees_the_key(end: Callable[[Incident], None]) -> None:
    first = join()[0].pk
    end(Incident.objects.get())
    second, created = join()
    assert created
    assert second.pk != first
    assert join() == (second, False)


def test_reopening_takes_the_key_back() -> None:
    first, _created = join()
    first.close()
    first.reopen()
    assert join() == (first, False)


def test_reopening_leaves_the_key_with_whoever_has_it_by_now() -> None:
    first, _created = join()
    first.close()
    second, _created = join()
    first.reopen()
    assert not first.is_closed()
    assert join() == (second, False)
    # Closing the first again takes nothing from the second.
    first.close()
    assert join() == (second, False)


def test_a_key_that_is_released_in_a_transaction_that_fails_is_kept() -> None:
    first, _created = join()

    def refuse(sender: type, **told: Any) -> None:
        raise RuntimeError

    incident_changing.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            first.close()
    finally:
        incident_changing.disconnect(refuse)
    assert join() == (first, False)


def test_an_incident_has_one_key_and_a_key_one_open_incident() -> None:
    incident, _created = join()
    other = Incident.objects.create_incident("Other", None)

    with pytest.raises(IntegrityError), transaction.atomic():
        DedupKey.objects.hold(other, "disk-full")
    with pytest.raises(IntegrityError), transaction.atomic():
        DedupKey.objects.hold(incident, "second key")


def test_other_errors_are_not_taken_for_a_repetition() -> None:
    person = PersonFactory()
    with pytest.raises(ValidationError):
        join(report="", reporter=person)
    with pytest.raises(ValidationError):
        join(severity="7", reporter=person)
    assert not DedupKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_instant_make_one() -> None:
    found: list[tuple[int, bool]] = []
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def alert() -> None:
        try:
            start.wait(60)
            incident, created = join()
            found.append((incident.pk, created))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=alert) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert errors == []
    assert len(found) == 6
    assert len({pk for pk, _ in found}) == 1
    assert sum(created for _, created in found) == 1
    assert Incident.objects.count() == DedupKey.objects.count() == 1
    # The losers have left nothing behind: one headline is on its way, one event is told.
    assert Event.objects.count() == 1
    assert OutboxMessage.objects.filter(method="headline.sync").count() == 1


@pytest.fixture
def deadlocks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the database refuse the next saves of an incident, after they have begun."""

    def times(number: int) -> None:
        left = iter(range(number))
        save = models.Model.save

        def refused(self: Any, *args: Any, **kwargs: Any) -> None:
            save(self, *args, **kwargs)
            if isinstance(self, Incident) and next(left, None) is not None:
                raise OperationalError(1213, "Deadlock found when trying to get lock")

        monkeypatch.setattr(models.Model, "save", refused)

    return times


def change(incident: Incident) -> None:
    assert incident.set_status(Status.with_key("monitoring"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("do", [Incident.close, change])
def test_a_change_that_loses_against_another_is_made_again(
    deadlocks: Callable[[int], None], do: Callable[[Incident], Any]
) -> None:
    incident = join()[0]
    events, entries = Event.objects.count(), TimelineEvent.objects.count()
    deadlocks(3)
    do(incident)
    assert Event.objects.count() == events + 1
    assert TimelineEvent.objects.count() == entries + 1
    stored = Incident.objects.get()
    assert (stored.status, stored.end_time) == (incident.status, incident.end_time)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_always_loses_leaves_nothing(deadlocks: Callable[[int], None]) -> None:
    incident = join()[0]
    events = Event.objects.count()
    deadlocks(4)
    with pytest.raises(OperationalError):
        incident.close()
    assert not incident.is_closed()
    assert Event.objects.count() == events
    assert incident.close()
    assert Event.objects.count() == events + 1


@pytest.mark.django_db(transaction=True)
def test_a_declaration_that_loses_against_another_is_made_again(
    deadlocks: Callable[[int], None],
) -> None:
    deadlocks(3)
    assert join()[1]
    assert Incident.objects.count() == Event.objects.count() == 1
    deadlocks(4)
    with pytest.raises(OperationalError):
        join("another")


def test_a_callers_transaction_is_lost_as_a_whole(deadlocks: Callable[[int], None]) -> None:
    incident = join()[0]
    deadlocks(1)
    with pytest.raises(OperationalError), transaction.atomic():
        incident.close()
    deadlocks(1)
    with pytest.raises(OperationalError), transaction.atomic():
        join("another")


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_instant_make_one_beside_a_hidden_one(django_user_model: Any) -> None:
    hidden = join(private=True)[0]
    accounts = [django_user_model.objects.create_user(f"account {n}") for n in range(4)]
    found: list[int] = []
    errors: list[BaseException] = []
    start = threading.Barrier(5)

    def alert(viewer: Any) -> None:
        try:
            start.wait(60)
            found.append(join(viewer=viewer)[0].pk)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def close() -> None:
        try:
            start.wait(60)
            Incident.objects.get(pk=hidden.pk).close()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=alert, args=(viewer,)) for viewer in accounts]
    threads.append(threading.Thread(target=close))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert errors == []
    assert len(found) == 4
    assert len(set(found)) == 1
    assert hidden.pk not in found
    assert Incident.objects.count() == 2
