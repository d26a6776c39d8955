"""The port for a writing assistant: off, told little, and never trusted."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from pathlib import Path

import pytest

from response.checks import check_settings
from response.core.models import Incident, ReviewSection, TimelineEvent
from response.core.reviews import assistant
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "review_assistant.py"


def polite(incident, section):
    """An assistant that says what it was told."""
    entry = incident["timeline"][0]
    return f"**{section['title']}** of *{incident['title']}* ([entry]({entry['link']}))"


def failing(incident, section):
    raise RuntimeError("no words left")


def slow(incident, section):
    time.sleep(3)
    return "late"


def silent(incident, section):
    return " \u200b "


def here(name):
    return f"tests.reviews.test_assistant.{name}"


@pytest.fixture
def section(closed, review):
    TimelineEvent.objects.create(incident=closed, text="It was DNS")
    return review.sections.get(key="causes")


def address(section):
    return f"/incident/{section.review.incident_id}/review/section/{section.key}/"


def test_it_is_off_by_default(reading, section):
    assert not assistant.is_on(section.review.incident)
    assert "Suggest" not in reading.get(address(section)).content.decode()
    told = reading.post(address(section) + "suggest/", {"text": "mine"}).content.decode()
    assert "There is no writing assistant for this incident." not in told  # no place for it
    assert "mine" in told


def test_it_suggests_beside_the_section_and_stores_nothing(reading, section, settings):
    settings.RESPONSE_REVIEW_ASSISTANT = here("polite")
    assert "Suggest a text" in reading.get(address(section)).content.decode()
    page = reading.post(address(section) + "suggest/", {"text": "What I wrote"}).content.decode()
    assert "Suggested by the writing assistant" in page
    assert "<strong>Contributing causes</strong>" in page
    assert "What I wrote" in page
    assert "It refers to 1 entry of the timeline" in page
    part = reading.post(address(section) + "suggest/", headers={"HX-Request": "true"})
    assert "data-editing" not in part.content.decode()
    assert "<strong>Contributing causes</strong>" in part.content.decode()
    section.refresh_from_db()
    assert (section.text, section.version) == ("", 0)


def test_private_incidents_are_not_told_unless_a_setting_says_so(section, settings):
    settings.RESPONSE_REVIEW_ASSISTANT = here("polite")
    Incident.objects.update(private=True)
    section = ReviewSection.objects.get(pk=section.pk)
    assert not assistant.is_on(section.review.incident)
    with pytest.raises(assistant.NoSuggestion):
        assistant.suggest(section)
    settings.RESPONSE_REVIEW_ASSISTANT_PRIVATE = True
    assert "Contributing causes" in assistant.suggest(section)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("failing", "The assistant failed."),
        ("slow", "did not answer in time"),
        ("silent", "had nothing to suggest"),
        ("nowhere", "not set up correctly"),
    ],
)
def test_what_goes_wrong_is_a_sentence(reading, section, settings, name, words):
    settings.RESPONSE_REVIEW_ASSISTANT = here(name)
    settings.RESPONSE_REVIEW_ASSISTANT_TIMEOUT = 1
    answer = reading.post(address(section) + "suggest/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_many_who_ask_at_once_do_not_pile_up(section, settings, monkeypatch):
    settings.RESPONSE_REVIEW_ASSISTANT = here("polite")
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(assistant, "_places", places)
    with places, pytest.raises(assistant.NoSuggestion, match="busy"):
        assistant.suggest(section)
    for _n in range(3):
        assert assistant.suggest(section)


@pytest.mark.parametrize("value", ["no.such.module", "tests.reviews.test_assistant.EXAMPLE", 5])
def test_a_wrong_path_is_found_by_the_check(settings, value):
    settings.RESPONSE_REVIEW_ASSISTANT = value
    assert "response.E066" in {message.id for message in check_settings()}
    settings.RESPONSE_REVIEW_ASSISTANT = here("polite")
    assert "response.E066" not in {message.id for message in check_settings()}


@pytest.mark.parametrize("value", ["graphs.example", ["https://graphs.example"], [5], None])
def test_wrong_hosts_for_images_are_found_by_the_check(settings, value):
    settings.RESPONSE_IMAGE_HOSTS = value
    assert "response.E065" in {message.id for message in check_settings()}


def test_the_example_of_the_documents(section, monkeypatch):
    document = EXAMPLE.parents[1] / "review.md"
    assert EXAMPLE.read_text("utf-8").strip() in document.read_text("utf-8")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # no cache among the documents
    spec = importlib.util.spec_from_file_location("review_assistant", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    said = {"choices": [{"message": {"content": "It was DNS."}}]}
    with Receiver(answers=[{"status": 200, "body": json.dumps(said)}, 500]) as server:
        monkeypatch.setenv("REVIEW_ASSISTANT_URL", server.url.partition("/hook")[0] + "/v1")
        monkeypatch.setenv("REVIEW_ASSISTANT_KEY", "key-of-the-test")
        monkeypatch.setenv("REVIEW_ASSISTANT_MODEL", "a-model")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assistant, "_load", lambda: example.suggest)
            patch.setattr(assistant, "is_on", lambda incident: True)
            assert assistant.suggest(section) == "It was DNS."
            with pytest.raises(assistant.NoSuggestion):
                assistant.suggest(section)
    first = server.requests[0]
    assert first["path"] == "/v1/chat/completions"
    assert first["headers"]["Authorization"] == "Bearer key-of-the-test"
    asked = json.loads(first["body"])
    assert asked["model"] == "a-model"
    assert "?entry=" in asked["messages"][1]["content"]
