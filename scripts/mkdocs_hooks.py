"""What MkDocs does besides building pages: ``llms.txt``, the list of pages for language models.

The format is that of https://llmstxt.org: a title, a summary, and one line per page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_pages: dict[str, tuple[str, str, str]] = {}


def first_paragraph(markdown: str) -> str:
    """The first paragraph of prose below the title, as one line without links."""
    for block in re.split(r"\n\s*\n", markdown):
        text = " ".join(block.split())
        if text and not re.match(r"[#>|!`<*-]|\d+\.", text):
            return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return ""


def on_page_content(html: str, *, page: Any, **kwargs: Any) -> str:
    """Remember a page's title and what it is about."""
    _pages[page.file.src_uri] = (page.title, page.url or "./", first_paragraph(page.markdown))
    return html


def on_post_build(*, config: Any, **kwargs: Any) -> None:
    """Write ``llms.txt``: every page of the navigation, under its section."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}"]

    def add(items: list[Any]) -> None:
        for item in items:
            [(name, target)] = item.items()
            if isinstance(target, list):
                lines.extend(["", f"## {name}", ""])
                add(target)
                continue
            if len(lines) == 3:
                lines.extend(["", "## Start", ""])
            title, url, about = _pages[target]
            lines.append(f"- [{title}]({url}): {about}")

    add(config.nav)
    text = "\n".join(lines) + "\n"
    Path(config.site_dir, "llms.txt").write_text(text, encoding="utf-8")
