"""Measured values, as they are stored: one entry for each subject, setup and case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.statistics import summarise

Key = tuple[str, str, str, str]


@dataclass
class Results:
    """Collects rounds. A key is ``(measure, setup, case, subject)``."""

    rounds: dict[Key, list[Mapping[str, float | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(
        self, measure: str, setup: str, case: str, subject: str, values: Mapping[str, float | None]
    ) -> None:
        """Add the values of one round."""
        self.rounds[measure, setup, case, subject].append(values)

    def as_list(self) -> list[dict[str, Any]]:
        """Return the spread of each value over the rounds, for JSON."""
        return [
            {
                "measure": measure,
                "setup": setup,
                "case": case,
                "subject": subject,
                "values": summarise(rounds),
            }
            for (measure, setup, case, subject), rounds in self.rounds.items()
        ]
