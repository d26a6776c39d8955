"""The options of a custom field as lines, for people who edit them in a form.

``api``, ``web = The web site``, ``mail = Mail (retired)``. What no such line can say is a line
of JSON: an option whose name ends with "(retired)" and that is not, for instance.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from response.core.clean import load_json
from response.core.models.field_values import Option, checked_options

_RETIRED = " (retired)"


def to_lines(options: list[Option]) -> list[str]:
    """Return each option as a line."""
    return [_line(option) for option in options]


def from_lines(lines: list[str]) -> list[Any]:
    """Return the options in these lines, as a field stores them.

    Raises ``ValidationError`` with a sentence about the first line that is not an option.
    """
    return [_stored(option) for option in checked_options([_parsed(line) for line in lines])]


def _line(option: Option) -> str:
    name = "" if option.name == option.key else f" = {option.name}"
    line = f"{option.key}{name}{_RETIRED if option.retired else ''}"
    is_one = line == line.strip() and len(line.splitlines()) == 1 and not line.startswith("{")
    if is_one and checked_options([_parsed(line)]) == [option]:
        return line
    return json.dumps(vars(option))  # in ASCII: no character ends the line


def _parsed(line: str) -> Any:
    if line.startswith("{"):
        try:
            return load_json(line)
        except ValueError:
            raise ValidationError(
                _("“%(line)s” begins with a brace but is not JSON.") % {"line": line[:80]}
            ) from None
    words = line.removesuffix(_RETIRED)
    key, equals, name = words.partition("=")
    return {"key": key, "name": name if equals else key, "retired": words != line}


def _stored(option: Option) -> Any:
    if option.retired:
        return {"key": option.key, "name": option.name, "retired": True}
    return option.key if option.name == option.key else {"key": option.key, "name": option.name}
