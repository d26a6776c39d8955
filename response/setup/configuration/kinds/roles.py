"""The section ``roles``."""

from __future__ import annotations

from response.core.models import Role
from response.setup.configuration.kind import RowKind

ROLES = RowKind("roles", Role)
