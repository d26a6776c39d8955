"""The section ``measurements``."""

from __future__ import annotations

from response.core.models import Measurement
from response.setup.configuration.kind import RowKind

MEASUREMENTS = RowKind("measurements", Measurement, without=("aliases",))
