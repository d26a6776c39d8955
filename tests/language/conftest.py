"""A reader of everything that is said, in a language in which every vowel has an accent."""

from __future__ import annotations

import pytest

from tests.language.pseudo import missed, speak_pseudo

#: Names, and what people write in these stories.
KNOWN = [
    "Ada", "Bo", "Chidi", "ada", "chidi", "incidents", "incident", "general", "demo",
    "xqz-title", "xqz-summary", "xqz-impact", "xqz-action", "xqz", "Slack", "slack", "Response",
    "Lovelace", "Byrne", "Lindqvist", "Okafor", "Django", "UTC", "London", "anna", "Esc",
    "SANDBOX", "TickRunner", "U0SANDBOT01", "PostgreSQL", "MariaDB",
    # The timeline's own sentences are stored in English, see docs/guides/languages.md.
    "joined the comms channel", "Comms channel made", "Incident declared",
]  # fmt: skip
#: Times: Slack shows a token's own words, and its fallback is read nowhere else.
TOLERATED = {"inc", "sev"}


class Reader:
    """Reads everything, and complains at the end of what was not translated.

    ``known`` are names, and what people write.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.known = KNOWN

    def check(self, said: str, where: str, *known: str) -> None:
        found = [w for w in missed(said, [*self.known, *known]) if w not in TOLERATED]
        if found:
            self.complaints.append(f"{where}: {' '.join(found[:25])}  <<  {said[:300]!r}")


@pytest.fixture
def slack(slack_in_process):
    """What is said does not depend on a server or threads."""
    return slack_in_process


@pytest.fixture
def reader(monkeypatch):
    """The project's language is the pseudo one; all that was missed is told at the end."""
    speak_pseudo(monkeypatch, "en")
    reader = Reader()
    yield reader
    assert not reader.complaints, "\n".join(reader.complaints)
