"""Every check and every setting is documented, and nothing is documented that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from response.conf import DEFAULTS

ROOT = Path(__file__).resolve().parents[1]


def test_every_check_has_its_anchor():
    files = sorted((ROOT / "response" / "checks").glob("*.py"))
    code = "".join(file.read_text("utf-8") for file in files)
    headings = re.findall(
        r"^### (response\.[EW]\d{3})$", (ROOT / "docs" / "checks.md").read_text("utf-8"), re.M
    )
    assert len(headings) == len(set(headings))
    assert set(headings) == set(re.findall(r'"(response\.[EW]\d{3})"', code))


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    shortened = {
        "INCIDENT_REPORT_CHANNEL_ID",
        "MARKDOWN_FILTER_WHITELIST_ATTRIBUTES",
        "MARKDOWN_FILTER_WHITELIST_STYLES",
    }
    assert [n for n in DEFAULTS if f"`{n}`" not in text and n not in shortened] == []
