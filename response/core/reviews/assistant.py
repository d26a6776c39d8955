"""The port for a writing assistant, which a project may put behind it. Off by default.

``RESPONSE_REVIEW_ASSISTANT`` names a callable ``(incident, section) -> text``. ``incident`` is a
dict, as :func:`response.core.reviews.incident_data.of_incident` makes it; ``section`` a dict with
``key``, ``title``, ``hint`` and ``text``, its present Markdown. What it returns is
Markdown, shown beside the section and never stored by itself.

It is called in a thread of its own, in which it must not use the database: its arguments hold
everything that it may know.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.clean import is_visible, sanitise
from response.core.models import Incident, ReviewSection
from response.core.reviews import incident_data

logger = logging.getLogger(__name__)

Assistant = Callable[[dict[str, Any], dict[str, str]], str]

#: The longest suggestion that is shown, in characters.
LONGEST = 20_000
#: How many suggestions a process may be waiting for at the same time.
AT_ONCE = 4

_places = threading.BoundedSemaphore(AT_ONCE)


class NoSuggestion(Exception):
    """No suggestion could be made; the message is a sentence that says why."""


def is_on(incident: Incident) -> bool:
    """Return whether there is an assistant and it may see this incident."""
    if not settings.RESPONSE_REVIEW_ASSISTANT:
        return False
    return not incident.private or bool(settings.RESPONSE_REVIEW_ASSISTANT_PRIVATE)


def suggest(section: ReviewSection) -> str:
    """Return a suggestion for a section, in Markdown. Raises :class:`NoSuggestion`."""
    incident = section.review.incident
    if not is_on(incident):
        raise NoSuggestion(_("There is no writing assistant for this incident."))
    assistant = _load()
    asked = {
        "key": section.key,
        "title": section.title,
        "hint": section.hint,
        "text": section.text,
    }
    text = _call(assistant, incident_data.of_incident(incident), asked)
    if not isinstance(text, str) or not is_visible(text):
        raise NoSuggestion(_("The assistant had nothing to suggest."))
    return (sanitise(text) or "")[:LONGEST]


def links_in(text: str, incident: Incident) -> int:
    """Return how many links of a text lead to entries of the incident's timeline."""
    beginning, _event, _rest = incident_data.entry_link(incident.pk, 0).partition("0#")
    return text.count(beginning)


def _load() -> Assistant:
    named = settings.RESPONSE_REVIEW_ASSISTANT
    try:
        found: Any = import_string(named) if isinstance(named, str) else named
    except ImportError as error:
        logger.exception("RESPONSE_REVIEW_ASSISTANT cannot be imported")
        raise NoSuggestion(_("The writing assistant is not set up correctly.")) from error
    return found  # type: ignore[no-any-return]


def _call(assistant: Assistant, incident: dict[str, Any], section: dict[str, str]) -> Any:
    """Call the assistant and return its answer, or fail after the time limit."""
    if not _places.acquire(blocking=False):
        raise NoSuggestion(_("The assistant is busy. Try again in a minute."))
    answer: list[Any] = []
    failed: list[BaseException] = []

    def call() -> None:
        try:
            answer.append(assistant(incident, section))
        except Exception as error:
            failed.append(error)
        finally:
            _places.release()

    thread = threading.Thread(target=call, name="response-review-assistant", daemon=True)
    thread.start()
    thread.join(settings.RESPONSE_REVIEW_ASSISTANT_TIMEOUT)
    if failed:
        logger.error("The writing assistant failed", exc_info=failed[0])
        raise NoSuggestion(_("The assistant failed. What went wrong is in the log."))
    if not answer:
        logger.warning("The writing assistant has not answered in time")
        raise NoSuggestion(_("The assistant did not answer in time. Nothing was changed."))
    return answer[0]
