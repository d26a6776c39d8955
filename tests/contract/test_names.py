"""Every public name of release 0.5.1 is kept, refused with a sentence, or listed as gone.

The names and signatures stand in ``tests/data/contract/``; they were read from the release
itself. What is neither importable nor refused must be listed in ``docs/upgrading.md``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.template import engines
from django.template.loader import get_template
from django.urls import URLResolver

ROOT = Path(__file__).resolve().parents[2]
RELEASE = json.loads((ROOT / "tests/data/contract/names_0_5_1.json").read_text("utf-8"))
MODULES: dict[str, dict[str, dict[str, Any]]] = RELEASE["modules"]
NAMES = [(module, name) for module, names in MODULES.items() for name in names]
#: A refusal is a sentence that says what to write instead, not just a name that is missing.
SENTENCE = re.compile(r"release 0\.5\.1.*\. .*\.$", re.DOTALL)


def _gone() -> set[str]:
    """What the document lists as gone: the code in the first column of its tables."""
    text = (ROOT / "docs/upgrading.md").read_text("utf-8")
    section = text.split("## What is gone, and what to write instead", 1)[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


GONE = _gone()


def _listed(*names: str) -> bool:
    return any(name in GONE for name in names)


MISSING = object()


def _look_for(module: str, name: str) -> tuple[Any, str]:
    """What a name stands for (or ``MISSING``), and the sentence with which it is refused."""
    try:
        if MODULES[module][name].get("from") == f"{module}.{name}":
            return importlib.import_module(f"{module}.{name}"), ""
        return _find(module, name), ""
    except ImportError as error:
        return MISSING, str(error)
    except AttributeError:
        return MISSING, ""


def _find(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_can_be_imported(module):
    if not _listed(module):
        importlib.import_module(module)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{m}.{n}" for m, n in NAMES])
def test_every_name_is_kept_refused_or_listed(module, name):
    if _listed(module):
        return
    entry = MODULES[module][name]
    listed = _listed(f"{module}.{name}")
    found, refusal = _look_for(module, name)
    if refusal:
        assert SENTENCE.search(refusal), f"{refusal!r} does not say what to write instead"
        assert listed, f"{module}.{name} is refused and not listed"
    elif found is MISSING:
        assert listed, f"{module}.{name} is missing and not listed"
    elif entry.get("value") is not None:
        assert found == entry["value"] or listed


def test_what_is_listed_as_gone_is_gone():
    """The list is not longer than the truth."""
    for listed in GONE:
        module, _dot, name = listed.rpartition(".")
        if module in MODULES and name in MODULES[module] and "value" not in MODULES[module][name]:
            with pytest.raises((ImportError, AttributeError)):
                _find(module, name)


# Signatures


def _parameters(signature: str) -> list[tuple[str, bool]]:
    """The names of an old signature's parameters, and whether each is required."""
    if signature == "()":
        return []
    found = []
    for part in re.findall(r"[*\w]+(?:=(?:'[^']*'|[^,)]+))?", signature[1:-1]):
        name, equals, _default = part.partition("=")
        found.append((name, not equals))
    return found


def _problem(new: Any, old: str, *, method: bool) -> str | None:
    """Why calls as 0.5.1 took them would fail now; None if they would not."""
    parameters = [p for p in _parameters(old) if p != ("self", True)]
    if any(name.startswith("*") for name, _required in parameters):
        return None
    # A decorated view or handler takes what its wrapper takes.
    signature = inspect.signature(new, follow_wrapped=False)
    receiver = ["self"] if method and "self" in signature.parameters else []
    names = [name for name, _required in parameters]
    required = {name: name for name, needed in parameters if needed}
    try:
        bound = signature.bind(*receiver, *names)
        signature.bind(*receiver, **dict(zip(names, names, strict=True)))
        signature.bind(*receiver, **required)
    except TypeError as error:
        return f"called as {old}: {error}"
    for name in names:
        if name in signature.parameters and bound.arguments.get(name) != name:
            return f"called as {old}: {name} has another place in {signature}"
    return None


FUNCTIONS = [
    (module, name, entry["function"])
    for module, names in MODULES.items()
    for name, entry in names.items()
    if entry.get("function")
]
METHODS = [
    (module, cls, name, signature)
    for module, names in MODULES.items()
    for cls, entry in names.items()
    for name, signature in {**entry.get("class", {}), **entry.get("manager", {})}.items()
]


@pytest.mark.parametrize(
    ("module", "name", "signature"), FUNCTIONS, ids=[f"{m}.{n}" for m, n, _s in FUNCTIONS]
)
def test_functions_take_what_they_took(module, name, signature):
    if _listed(module, f"{module}.{name}"):
        return
    assert _problem(_find(module, name), signature, method=False) is None


@pytest.mark.parametrize(
    ("module", "cls", "name", "signature"),
    METHODS,
    ids=[f"{m}.{c}.{n}" for m, c, n, _s in METHODS],
)
def test_methods_take_what_they_took(module, cls, name, signature):
    if _listed(module, f"{module}.{cls}", f"{module}.{cls}.{name}", f"{cls}.{name}"):
        return
    owner = _find(module, cls)
    if name in MODULES[module][cls].get("manager", {}):
        owner = type(owner._default_manager)
    found = getattr(owner, name)
    if isinstance(signature, dict):
        if isinstance(signature["value"], list):
            found = json.loads(json.dumps(found, default=str))
        assert found == signature["value"]
    elif signature is not None and inspect.isroutine(found):
        assert _problem(found, signature, method=True) is None


MODELS = [
    (module, name, field)
    for module, names in MODULES.items()
    for name, entry in names.items()
    for field in entry.get("fields", ())
]


@pytest.mark.parametrize(
    ("module", "model", "field"), MODELS, ids=[f"{n}.{f}" for _m, n, f in MODELS]
)
def test_models_have_their_fields(module, model, field):
    cls = _find(module, model)
    known = {f.name for f in cls._meta.get_fields()} | set(dir(cls))
    # One headline for an incident: what was a set is one row.
    assert field in known or _listed(f"{model}.{field}")


# URLs, templates, settings, the admin


@pytest.mark.parametrize("conf", sorted(RELEASE["urls"]))
def test_urls_have_their_names(conf):
    def names(patterns: Any) -> set[str]:
        found = set()
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                found |= names(pattern.url_patterns)
            elif pattern.name:
                found.add(pattern.name)
        return found

    known = names(importlib.import_module(conf).urlpatterns)
    missing = {n for n in RELEASE["urls"][conf] if n not in known and not _listed(n)}
    assert missing == set()


@pytest.mark.parametrize("library", sorted(RELEASE["template_tags"]))
def test_template_libraries_have_their_filters(library):
    loaded = engines["django"].engine.template_libraries[library]
    assert set(RELEASE["template_tags"][library]["filters"]) <= set(loaded.filters)


@pytest.mark.parametrize("template", sorted(RELEASE["templates"]))
def test_templates_have_new_names_that_are_listed(template):
    assert _listed(template)
    sources = [get_template(f"response/{name}").template.source for name in (template, "base.html")]
    new = "".join(sources)  # what the base has, the others can fill in
    for block in RELEASE["template_blocks"][template]:
        assert re.search(r"{% block " + block + r"\b", new) or _listed(f"{template}: {block}")


def test_static_files_have_new_names_that_are_listed():
    assert [f for f in RELEASE["static"] if not _listed(f, f.split("/")[0] + "/")] == []


@pytest.mark.parametrize("name", RELEASE["settings"])
def test_settings_are_known_or_listed(name):
    from response.conf import DEFAULTS

    assert name in DEFAULTS or (name == "SLACK_API_MOCK" and _listed(name))


def test_the_admin_has_its_models():
    known = {m.__name__ for m in admin.site._registry if m._meta.app_label == "response"}
    assert {name for name in RELEASE["admin"] if name not in known} == set()


def test_the_client_stands_in_the_settings():
    assert settings.SLACK_CLIENT


def test_the_built_in_words_are_the_same():
    from response.slack.decorators.action_handler import SLACK_ACTION_MAPPINGS
    from response.slack.decorators.dialog_handler import DIALOG_HANDLERS
    from response.slack.decorators.event_handler import EVENT_MAPPINGS
    from response.slack.decorators.incident_command import COMMAND_MAPPINGS
    from response.slack.decorators.incident_notification import NOTIFICATION_HANDLERS

    old = RELEASE["handlers"]
    known = {
        "commands": set(COMMAND_MAPPINGS),
        "events": set(EVENT_MAPPINGS) | {"app_mention"},
        "actions": set(SLACK_ACTION_MAPPINGS),
        "dialogs": set(DIALOG_HANDLERS),
        "reminders": {handler.key for handler in NOTIFICATION_HANDLERS},
    }
    missing = {k: [n for n in old[k] if n not in known[k] and not _listed(n)] for k in known}
    assert missing == {k: [] for k in known}
