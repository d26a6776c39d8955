"""The metrics page in a real browser: drawn under a strict policy, read without a script."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

import response
from response.core.models import Incident, Severity
from tests.factories import ActionFactory, PersonFactory
from tests.ui.test_browser import (  # noqa: F401 - fixtures
    AXE,
    DESK,
    PHONE,
    RULES,
    open_page,
    site,
)

STATIC = Path(response.__file__).parent / "static" / "response"
CHART = STATIC / "chartjs" / "chart-4.6.1.umd.min.js"


def test_the_chart_library_is_the_one_that_is_recorded():
    text = CHART.read_text("utf-8")
    assert text.startswith("/*!\n * Chart.js v4.6.1\n")
    assert "MIT" in (CHART.parent / "LICENSE").read_text("utf-8")
    # What the policy of a careful project forbids, and what breaks hashed static files.
    for forbidden in ("new Function", "eval(", 'createElement("style', "sourceMappingURL"):
        assert forbidden not in text
    assert hashlib.sha256(CHART.read_bytes()).hexdigest() == (
        "c17f2ce49fb9c71ef7fb39c03f868804ac5ab34730149976eebe6b7f807bef0c"
    )


@pytest.fixture
def figures(transactional_db):
    now = timezone.now()
    people = [PersonFactory(full_name=f"Anna Example {n}") for n in range(5)]
    made = Incident.objects.bulk_create(
        Incident(
            report="x",
            severity=("1", "2", "3", "4", None)[n % 5],
            report_time=now - timedelta(days=2 * n, hours=n),
            start_time=now - timedelta(days=2 * n, hours=n, minutes=30),
            detected_at=now - timedelta(days=2 * n, hours=n, minutes=10 + n % 7),
            end_time=now - timedelta(days=2 * n) if n % 4 else None,
            lead=people[n % 5],
        )
        for n in range(120)
    )
    ActionFactory(incident=made[0], due_date=now - timedelta(days=1))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_and_axe_finds_nothing(open_page, figures, viewport, scheme):  # noqa: F811
    page = open_page("/metrics/", viewport=viewport, color_scheme=scheme)
    page.locator("#incidents").wait_for()
    charts = page.locator("[data-chart]").count()
    assert charts >= 6
    expect(page.locator("[data-chart] canvas")).to_have_count(charts)
    # They are painted again once they know their size.
    page.wait_for_function(
        """() => Array.from(document.querySelectorAll("canvas")).every((canvas) => {
          if (!canvas.width || !canvas.height) return false;
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(pixels.data.buffer)).size > 5;
        })"""
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []


# How the series of each chart of bars look: which pixels have the colour of the page, and the
# least contrast of the other colour with it.
LOOKS = """() => {
  const page = getComputedStyle(document.documentElement).getPropertyValue("--page").trim();
  const read = (style) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 48;
    const pen = canvas.getContext("2d");
    pen.fillStyle = style;
    pen.fillRect(0, 0, 48, 48);
    return Array.from(new Uint32Array(pen.getImageData(0, 0, 48, 48).data.buffer));
  };
  const light = (pixel) => {
    const parts = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255].map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const paper = read(page)[0];
  const contrast = (pixel) => {
    const [low, high] = [light(pixel), light(paper)].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  };
  return Array.from(document.querySelectorAll("canvas"), (canvas) => Chart.getChart(canvas))
    .filter((chart) => chart.config.type === "bar")
    .map((chart) => chart.data.datasets.map((one) => {
      const pixels = read(one.backgroundColor);
      const outline = read(one.borderColor)[0];
      return {
        name: one.label,
        cuts: pixels.map((pixel) => (contrast(pixel) < 2 ? "." : "#")).join(""),
        contrast: Math.max(contrast(outline), ...pixels.map(contrast)),
      };
    }));
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_series_looks_different_without_its_colour(
    open_page,  # noqa: F811
    figures,
    media,
    scheme,
):
    colours = ("red", "red", "grey", "", "", "yellow", "blue", "purple", "green", "orange")
    for number, colour in enumerate(colours, start=5):
        Severity.objects.create(
            key=str(number), name=f"level {number}", colour=colour, rank=number * 10
        )
    made = Incident.objects.first()
    Incident.objects.filter(pk=made.pk).update(severity="left-over")
    page = open_page("/metrics/", viewport=DESK, color_scheme=scheme)
    page.locator("[data-chart] canvas").first.wait_for()
    page.evaluate("document.querySelectorAll('canvas').forEach((one) => { one.id = 'on-screen'; })")
    page.emulate_media(media=media, color_scheme=scheme)
    if media == "print":  # all are drawn again, in the colours of paper
        expect(page.locator("canvas#on-screen")).to_have_count(0)
        page.locator("[data-chart] canvas").first.wait_for()
    charts = page.evaluate(LOOKS)
    assert [one["name"] for one in charts[0]][-3:] == ["Level 14", "Not set", "Left-over"]
    assert len(charts[0]) == 16
    for series in charts:
        for one in series:
            assert one["contrast"] >= 3, one["name"]
        looks = {one["cuts"]: one["name"] for one in series}
        assert len(looks) == len(series), looks.values()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_reads_without_a_script(open_page, figures):  # noqa: F811
    page = open_page("/metrics/", viewport=DESK, java_script_enabled=False)
    expect(page.locator("#table-incidents")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    expect(page.locator("[data-chart]").first).to_be_hidden()
    page.get_by_label("Severity").select_option("1")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"[?&]severity=1\b"))
    expect(page.locator("h1 .count")).to_have_text("24")
