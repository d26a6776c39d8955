"""Code between fences (``` or ~~~), found line by line.

Python-Markdown's own extension looks for a block's end again from each place where one could
begin, which takes quadratic time; this looks at each line once.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right

import markdown
from markdown.preprocessors import Preprocessor

_FENCE = re.compile(r"`{3,}|~{3,}")
_LANGUAGE = re.compile(r"\.?[\w#.+-]*")


# After ``` Markdown expects the name of a language, which is not shown, and Slack the
# first line of the code. These are not shown; any other word may be a line of a log.
_LANGUAGES = frozenset({
    "bash", "c", "console", "cpp", "cs", "css", "diff", "go", "hcl", "html", "http", "ini",
    "java", "javascript", "js", "json", "jsx", "kotlin", "log", "lua", "make", "markdown", "md",
    "nginx", "perl", "php", "plain", "powershell", "promql", "python", "py", "rb", "ruby",
    "rust", "scala", "sh", "shell", "sql", "swift", "terraform", "text", "toml", "traceback",
    "ts", "tsx", "typescript", "txt", "xml", "yaml", "yml", "zsh",
})  # fmt: skip


class Fences(Preprocessor):
    """Preprocessor that replaces each fenced block by a placeholder in a paragraph of its own."""

    md: markdown.Markdown

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines, with a placeholder in place of each block."""
        lines = _on_own_lines(lines)
        ends: dict[str, list[int]] = {}
        for number, line in enumerate(lines):
            fence = line.rstrip(" ")
            if _FENCE.fullmatch(fence):
                ends.setdefault(fence, []).append(number)
        if not ends:
            return lines
        kept: list[str] = []
        number = 0
        while number < len(lines):
            opened = _opening(lines[number])
            closing = ends.get(opened[0], []) if opened else []
            at = bisect_right(closing, number)
            if opened and at < len(closing):
                code = "".join(f"{line}\n" for line in lines[number + 1 : closing[at]])
                kept += ["", self.md.htmlStash.store(_block(code, opened[1])), ""]
                number = closing[at]
            else:
                kept.append(lines[number])
            number += 1
        return kept


def _on_own_lines(lines: list[str]) -> list[str]:
    """Return the lines, with each ``` on a line of its own.

    Slack allows it anywhere in a line; Markdown does not.
    """
    text = "\n".join(lines)
    if "```" not in text or "````" in text or "~~~" in text:
        return lines
    parts = text.split("```")
    if len(parts) % 2 == 0:
        return lines
    for i in range(1, len(parts), 2):
        before, code, after = parts[i - 1 : i + 2]
        if "\n" not in code:
            continue
        first = code.partition("\n")[0].strip()
        if first and first.lower() not in _LANGUAGES:
            parts[i] = code = "\n" + code
        if not code.endswith("\n"):
            parts[i] = code + "\n"
        if before and not before.endswith("\n"):
            parts[i - 1] = before + "\n"
        if after and not after.startswith("\n"):
            parts[i + 1] = "\n" + after
    return "```".join(parts).split("\n")


def _opening(line: str) -> tuple[str, str] | None:
    """Return the fence and the language of a line that opens a block, or None."""
    match = _FENCE.match(line)
    if match is None:
        return None
    said = line[match.end() :].strip(" ")
    if said.startswith("{") and said.endswith("}"):
        return match[0], ""
    return (match[0], said.removeprefix(".")) if _LANGUAGE.fullmatch(said) else None


def _block(code: str, language: str) -> str:
    as_class = f' class="language-{html.escape(language)}"' if language else ""
    return f"<pre><code{as_class}>{html.escape(code)}</code></pre>"
