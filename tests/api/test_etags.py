"""A client that read something a while ago overwrites nothing."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from response.models import Action, ExternalUser, Incident, Review, TimelineEvent


@pytest.fixture
def rows(incident: Incident, person: ExternalUser) -> dict[str, tuple[str, dict[str, Any]]]:
    """Addresses of one of each, with a change for it."""
    action = Action.objects.create(incident=incident, user=person, details="x")
    event = TimelineEvent.objects.create(incident=incident, text="x")
    review = Review.objects.create(incident=incident)
    here = f"/core/incidents/{incident.pk}/"
    return {
        "incident": (here, {"summary": "mine"}),
        "action": (f"/core/actions/{action.pk}/", {"details": "mine"}),
        "its action": (f"{here}actions/{action.pk}/", {"details": "mine"}),
        "event": (f"{here}timeline/events/{event.pk}/", {"text": "mine"}),
        "review": (f"/core/reviews/{review.pk}/", {"status": "in_review"}),
    }


@pytest.mark.parametrize("what", ["incident", "action", "its action", "event", "review"])
def test_a_write_with_the_tag_that_was_read(
    client: APIClient, rows: dict[str, tuple[str, dict[str, Any]]], what: str
) -> None:
    address, change = rows[what]
    first = client.get(address)["ETag"]
    assert client.get(address)["ETag"] == first
    written = client.patch(address, change, format="json", headers={"If-Match": first})
    assert written.status_code == 200
    assert written["ETag"] == client.get(address)["ETag"] != first
    stale = client.patch(
        address, dict.fromkeys(change, "theirs"), format="json", headers={"If-Match": first}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert client.get(address).json().items() >= change.items()
    either = f'W/"x", {written["ETag"]}'
    for fitting in ("*", either):
        again = client.patch(address, change, format="json", headers={"If-Match": fitting})
        assert again.status_code == 200


def test_deleting_with_an_old_tag(
    client: APIClient, rows: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    address, _change = rows["action"]
    assert client.delete(address, headers={"If-Match": '"old"'}).status_code == 412
    tag = client.get(address)["ETag"]
    assert client.delete(address, headers={"If-Match": tag}).status_code == 204


def test_a_row_that_is_not_there(client: APIClient, incident: Incident) -> None:
    for key in ("999999", "x"):
        answer = client.patch(
            f"/core/incidents/{key}/", {"summary": "x"}, format="json", headers={"If-Match": "*"}
        )
        assert answer.status_code == 404
