"""The documentation site builds strictly, every link leads somewhere, and no page is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown.extensions.toc import slugify
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
#: Read on the site and on GitHub, or on GitHub alone.
PAGES = sorted(DOCS.rglob("*.md"))
OUTSIDE = [
    *sorted(ROOT.glob("*.md")),
    ROOT / ".github" / "pull_request_template.md",
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """A document without its code blocks."""
    text = re.sub(r"^( *)```.*?^\1```", "", path.read_text("utf-8"), flags=re.S | re.M)
    return re.sub(r"<!--.*?-->", "", text, flags=re.S)


@cache
def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub and the site make them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE):
        plain = re.sub(r"\[([^\]]+)\]\([^)]+\)|[`*]", r"\1", heading)
        found |= {slugify(plain, "-"), re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")}
    return found


def links(path: Path) -> Iterator[str]:
    """Where a document's links and images lead, but for those out of the repository."""
    for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", prose(path)):
        if not re.match(r"[a-z]+:", target):
            yield target


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as ``make docs`` builds it; a warning is an error."""
    directory = tmp_path_factory.mktemp("site")
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(directory))
    assert config.strict
    build(config)
    return directory


def navigation(items: list[Any]) -> list[str]:
    """The pages of the navigation, in order."""
    pages = []
    for item in items:
        [target] = item.values()
        pages += navigation(target) if isinstance(target, list) else [target]
    return pages


def test_every_page_is_in_the_navigation():
    pages = navigation(load_config(str(ROOT / "mkdocs.yml")).nav)
    decisions = {f"adr/{name}" for name in links(DOCS / "adr" / "index.md") if name[0] == "0"}
    assert len(pages) == len(set(pages))
    assert {*pages, *decisions} == {str(path.relative_to(DOCS)) for path in PAGES}


def test_the_site_needs_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"", text)
        loaded += re.findall(
            r"<link rel=\"(?:stylesheet|preconnect)\"[^>]* href=\"([^\"]+)\"", text
        )
        assert loaded
        assert [address for address in loaded if "//" in address] == [], page


def test_llms_txt_lists_the_pages(site):
    text = (site / "llms.txt").read_text("utf-8")
    assert text.startswith("# Response\n\n> Run your incidents from Slack")
    entries = re.findall(r"^- \[([^\]]+)\]\(([^)]+)\): (.+)$", text, re.MULTILINE)
    pages = navigation(load_config(str(ROOT / "mkdocs.yml")).nav)
    assert len(entries) == len(pages)
    for _title, url, about in entries:
        assert (site / url / "index.html").exists(), url
        assert len(about) > 20, url


@pytest.mark.parametrize("path", [*PAGES, *OUTSIDE], ids=relative)
def test_every_link_leads_somewhere(path):
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert ROOT in target.parents, link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("path", [*PAGES, *OUTSIDE], ids=relative)
def test_every_page_has_a_title_and_something_to_say(path):
    text = prose(path)
    if path.name != "pull_request_template.md":
        assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
        assert text.startswith("# ")
    assert len(text.split()) > 50


@pytest.mark.parametrize("name", ["glossary.md", "../CONTRIBUTING.md", "adr/0002*", "adr/0007*"])
def test_the_places_in_the_code_exist(name):
    [path] = DOCS.glob(name) if "*" in name else [DOCS / name]
    places = re.findall(
        r"`((?:response|demo|tests|docs|scripts)/[\w./-]*)`", path.read_text("utf-8")
    )
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_each_word_of_the_glossary_is_explained_once():
    words: list[str] = []
    for row in re.findall(r"^\| (\*\*.*?) \|", (DOCS / "glossary.md").read_text("utf-8"), re.M):
        words += re.findall(r"\*\*(.+?)\*\*", row)
    assert len(words) > 40
    assert sorted(words) == sorted(set(words))
