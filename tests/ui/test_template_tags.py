"""The template tags of release 0.5.1, each usable alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.test import override_settings

from tests.factories import CommsChannelFactory, PersonFactory

pytestmark = pytest.mark.django_db


def rendered(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


def test_markdown_filter():
    PersonFactory(external_id="U012ABC", display_name="anna")
    html = rendered(
        "{% load markdown_filter %}{{ text|markdown_filter }}",
        text="**x** :fire: <@U012ABC> <script>",
    )
    assert html == "<p><strong>x</strong> 🔥 @anna &lt;script&gt;</p>"


@pytest.mark.parametrize("value", [None, "", 7])
def test_markdown_filter_takes_anything(value):
    html = rendered("{% load markdown_filter %}{{ text|markdown_filter }}", text=value)
    assert html == ("<p>7</p>" if value else "")


def test_unslackify_gives_text_that_the_template_escapes():
    PersonFactory(external_id="U012ABC", display_name="<b>anna")
    CommsChannelFactory(channel_id="C042", channel_name="inc-42")
    html = rendered(
        "{% load unslackify %}{{ text|unslackify }}",
        text="<@U012ABC> in <#C042>: :fire: & <https://a.example|graph>",
    )
    assert html == "@&lt;b&gt;anna in #inc-42: 🔥 &amp; graph (https://a.example)"
    assert rendered("{% load unslackify %}{{ text|unslackify }}", text=None) == ""


def test_unslackify_before_markdown_filter():
    PersonFactory(external_id="U012ABC", display_name="anna")
    html = rendered(
        "{% load unslackify markdown_filter %}{{ text|unslackify|markdown_filter }}",
        text="**<@U012ABC>**",
    )
    assert html == "<p><strong>@anna</strong></p>"


def test_slack_id_to_fullname():
    PersonFactory(external_id="U012ABC", full_name="Anna <L>")
    PersonFactory(external_id="W012ABC", display_name="bo", full_name=None, deleted=True)
    PersonFactory(external_id="U777", app_id="pagerduty", full_name="Somebody else")
    template = "{% load slack_id_to_fullname %}{{ id|slack_id_to_fullname }}"
    assert rendered(template, id="U012ABC") == "Anna &lt;L&gt;"
    assert rendered(template, id="W012ABC") == "bo"
    assert rendered(template, id="U777") == "U777"
    assert rendered(template, id=None) == ""
    assert rendered(template, id="U\x00") == ""


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_a_moment_with_time_zones():
    value = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    html = rendered("{% load response_pages %}{% moment value %}|{{ value|day }}", value=value)
    assert 'datetime="2026-03-01T23:30:00+00:00"' in html
    assert '2026-03-02 00:30<span class="moment-zone"> CET</span>' in html
    assert html.endswith("|Monday 2 March 2026")


@override_settings(USE_TZ=False, TIME_ZONE="Europe/Berlin")
def test_a_moment_without_time_zones():
    value = datetime(2026, 7, 1, 23, 30)
    html = rendered("{% load response_pages %}{% moment value %}|{{ value|day }}", value=value)
    assert 'datetime="2026-07-01T23:30:00+02:00"' in html
    assert '2026-07-01 23:30<span class="moment-zone"> CEST</span>' in html
    assert html.endswith("|Wednesday 1 July 2026")
