"""The section ``rules``."""

from __future__ import annotations

from response.core.models import Severity
from response.rules.models import Rule
from response.setup.configuration.columns import KeysColumn
from response.setup.configuration.kind import RowKind

RULES = RowKind(
    "rules", Rule, columns={"severities": KeysColumn(Severity)}, without=("aliases", "since")
)
