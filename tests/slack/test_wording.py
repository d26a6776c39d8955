"""The same things are called the same, in Slack and on the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from response.core import visibility
from response.slack.features import headline
from response.slack.models import HeadlinePost
from response.slack.render import controls, forms, messages, questions
from response.slack.render.incident_view import IncidentView
from response.ui.forms.declare import DeclareForm
from response.ui.forms.incident import IncidentForm
from response.ui.timeline import UPDATES
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def labels(block: Any) -> set[str]:
    """Return what stands on the buttons of serialised blocks."""
    if isinstance(block, list):
        return {label for inner in block for label in labels(inner)}
    if not isinstance(block, dict):
        return set()
    own = {block["text"]["text"]} if block.get("type") == "button" else set()
    return own.union(*(labels(inner) for inner in block.values()))


def test_buttons_are_in_sentence_case():
    found: set[str] = set()
    for incident in (IncidentFactory(severity="2"), IncidentFactory(private=True)):
        view = IncidentView.from_incident(incident)
        for message in (
            headline.render(HeadlinePost(incident=incident), incident),
            messages.welcome(view, "@incident"),
            messages.acknowledgement(view, "U1", ""),
            messages.made_lead(view, "", ""),
            questions.missing_at_closing(view, ["Service"], in_form=True),
        ):
            found |= labels(message.serialize())
    assert "💬 Create comms channel" in found
    assert "✏️ Edit" in found
    for label in found:
        first, *others = re.findall(r"[^\W\d_]+", label)
        assert first[0].isupper(), label
        assert not any(word[0].isupper() for word in others), label


def test_the_button_for_the_channel_keeps_its_action_id():
    button = controls.create_channel_button(7).serialize()
    assert button["action_id"] == "create-comms-channel-button"
    assert button["value"] == "7"


def test_privacy_is_worded_once():
    dialog = forms.report("", with_type=False, with_visibility=True)
    form = dialog.view("incident-report-dialog")
    [asked] = [block for block in form["blocks"] if "visibility" in str(block)]
    options = [option["text"]["text"] for option in asked["element"]["options"]]
    assert asked["label"]["text"] == visibility.VISIBILITY == UPDATES["incident_private"]
    assert options == [visibility.PUBLIC, visibility.PRIVATE]
    assert asked["hint"]["text"] == visibility.ABOUT_PRIVATE
    incident = IncidentFactory(private=True)
    for page_form in (DeclareForm(), IncidentForm(None, incident, ("private",))):
        assert page_form.fields["private"].label == visibility.PRIVATE
        assert page_form.fields["private"].help_text == visibility.ABOUT_PRIVATE
    badge = render_to_string("response/_status.html", {"incident": incident})
    assert f'title="{visibility.PRIVATE}"' in badge
