"""Reviews in the API."""

from __future__ import annotations

import pytest

from response.core.reviews import writing

pytestmark = pytest.mark.django_db


def patch(client, address, data, **headers):
    return client.patch(address, data, content_type="application/json", headers=headers)


def test_reading(reading, closed, review):
    writing.write(review.sections.get(key="causes"), "**DNS**", {})
    found = reading.get("/core/reviews/").json()
    assert found["count"] == 1
    [told] = found["results"]
    assert (told["incident"], told["status"]) == (closed.pk, "draft")
    causes = told["sections"][3]
    assert (causes["text"], causes["version"], causes["written"]) == ("**DNS**", 1, True)
    assert causes["text_ui"] == "<p><strong>DNS</strong></p>"
    assert reading.get(f"/core/reviews/{review.pk}/").json() == told
    for query, count in (
        ("status=published", 0), ("status=draft,published", 1), (f"incident={closed.pk}", 1),
        ("search=dns", 1), ("search=dns+bgp", 0),
    ):  # fmt: skip
        assert reading.get(f"/core/reviews/?{query}").json()["count"] == count, query
    for query in ("colour=red", "incident=-1e3000", "incident=1.5", "incident=NaN"):
        assert reading.get(f"/core/reviews/?{query}").status_code == 400, query


def test_of_two_writers_the_second_is_refused(reading, review):
    section = review.sections.get(key="causes")
    address = f"/core/reviews/{review.pk}/sections/{section.pk}/"
    tag = reading.get(address)["ETag"]
    assert patch(reading, address, {"text": "first", "version": 0}).json()["version"] == 1
    for answer in (
        patch(reading, address, {"text": "second", "version": 0}),
        patch(reading, address, {"text": "second"}, **{"If-Match": tag}),
    ):
        assert answer.status_code == 412
    section.refresh_from_db()
    assert section.text == "first"
    tag = reading.get(address)["ETag"]
    assert patch(reading, address, {"text": "third"}, **{"If-Match": tag}).status_code == 200
    section.refresh_from_db()
    assert (section.text, section.version, section.revisions.count()) == ("third", 2, 2)
    assert section.revisions.last().actor.owner.username == "anna"


def test_nothing_else_can_be_written(reading, review):
    section = review.sections.get(key="causes")
    address = f"/core/reviews/{review.pk}/sections/{section.pk}/"
    patch(reading, address, {"title": "x", "key": "x", "written": True})
    section.refresh_from_db()
    assert (section.title, section.key, section.written) == ("Contributing causes", "causes", False)
    assert reading.delete(address).status_code == 405
    assert reading.post(f"/core/reviews/{review.pk}/", {}).status_code == 405
    assert patch(reading, f"/core/reviews/{review.pk}/", {}).status_code == 405
    elsewhere = f"/core/reviews/{review.pk + 1}/sections/{section.pk}/"
    assert reading.get(elsewhere).status_code == 404
