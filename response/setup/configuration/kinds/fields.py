"""The section ``fields``."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from response.core.models import Field, Severity
from response.setup.configuration.columns import KeysColumn
from response.setup.configuration.document import Value, shortened, walk
from response.setup.configuration.kind import RowKind


class OptionsColumn:
    """The options of a field: words, or names with ``key``, ``name`` and perhaps ``retired``."""

    def read(self, value: Value) -> list[Any]:
        """Return the options. Raises ``Mistake`` for malformed ones; the model checks the rest."""
        return [item.text() if item.is_text() else self._option(item) for item in value.items()]

    def _option(self, item: Value) -> dict[str, Any]:
        option: dict[str, Any] = {}
        mapping = item.mapping()
        for name, value in walk(mapping):
            if name not in ("key", "name", "retired"):
                raise value.mistake(
                    _("There is no “%(name)s” here. Use one of: %(known)s.")
                    % {"name": shortened(name), "known": "key, name, retired"}
                )
            option[name] = value.boolean() if name == "retired" else value.text()
        return option

    def written(self, stored: Any) -> list[Any]:
        """Return the options as they are stored."""
        return list(stored)


FIELDS = RowKind(
    "fields", Field, columns={"options": OptionsColumn(), "severities": KeysColumn(Severity)}
)
