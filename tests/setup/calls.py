"""Which methods of Slack's Web API Response calls: read out of its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import response

ROOT = Path(response.__file__).parent
CLIENT = ROOT / "slack" / "web_api" / "client.py"
METHOD = re.compile(
    r"(?:admin|api|assistant|auth|bookmarks|bots|calls|canvases|chat|conversations|dialog|dnd|emoji"
    r"|files|pins|reactions|reminders|search|stars|team|usergroups|users|views)"
    r"(?:\.[a-zA-Z]+)+"
)
#: Not calls: limits and error classes by method, the façades of 0.5.1, and the scopes themselves.
#: The setting up of the app calls with other tokens than the bot's.
LEFT_OUT = (
    "slack/web_api/rate_limits.py", "slack/web_api/jobs.py", "slack/client.py",
    "setup/scopes.py", "setup/app_creation.py",
)  # fmt: skip

#: Takes a person's token; done only where a project asks for ``auto_unarchive`` of 0.5.1.
ON_REQUEST = {"conversations.unarchive"}


def _literals(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and METHOD.fullmatch(node.value)
    }


def _attributes(tree: ast.AST) -> set[str]:
    """The names of everything that is reached through a dot."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _of_the_client() -> dict[str, set[str]]:
    """Each method of :class:`SlackClient`: the Web API's methods behind it, others' included."""
    tree = ast.parse(CLIENT.read_text("utf-8"))
    own: dict[str, set[str]] = {}
    uses: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "SlackClient":
            for fn in node.body:
                if isinstance(fn, ast.FunctionDef):
                    own[fn.name], uses[fn.name] = _literals(fn), _attributes(fn)
    changed = True
    while changed:
        before = {name: set(calls) for name, calls in own.items()}
        for name in own:
            for other in uses[name] & own.keys():
                own[name] |= own[other]
        changed = own != before
    return own


def called() -> set[str]:
    """Every method that a module of Response calls, itself or through the client."""
    behind = _of_the_client()
    found: set[str] = set()
    for file in ROOT.rglob("*.py"):
        name = file.relative_to(ROOT).as_posix()
        if name in LEFT_OUT or file == CLIENT:
            continue
        tree = ast.parse(file.read_text("utf-8"))
        found |= _literals(tree)
        if name.startswith(("slack/", "setup/", "rules/")):
            for attribute in _attributes(tree) & behind.keys():
                found |= behind[attribute]
    return found - ON_REQUEST
