"""The section ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from response.core.models import Severity
from response.rules.models import Rule
from response.rules.situation import asked_for
from response.setup.configuration.columns import KeysColumn
from response.setup.configuration.document import Mistake, Value, shortened
from response.setup.configuration.kind import RowKind


def _check(section: Value) -> Iterator[Mistake]:
    """Yield the fields and values that rules ask for and that do not exist, in their lines."""
    for item in section.items():
        row = item.mapping().values
        rule = Rule.with_key(row["key"].text())
        if rule is None or rule.retired or "field_values" not in row:
            continue
        for pair in row["field_values"].items():
            key, value, field, can_be = asked_for(pair.text())
            if field is None:
                yield pair.mistake(_("There is no field “%(key)s”.") % {"key": shortened(key)})
            elif not can_be:
                yield pair.mistake(
                    _("“%(word)s” is not one of these: %(choices)s.")
                    % {
                        "word": shortened(value),
                        "choices": ", ".join(option.key for option in field.all_options()),
                    }
                )


RULES = RowKind(
    "rules",
    Rule,
    columns={"severities": KeysColumn(Severity)},
    without=("aliases", "since"),
    check=_check,
)
