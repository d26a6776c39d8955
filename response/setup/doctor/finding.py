"""What a step of the doctor has found."""

from __future__ import annotations

from dataclasses import asdict, dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    ``name`` is stable, for programs; ``verdict`` is one of :data:`OK`, :data:`WARN` and
    :data:`FAIL`; ``what`` describes the state, ``remedy`` says what to do (empty if nothing).
    """

    name: str
    verdict: str
    what: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as a dict for JSON."""
        return asdict(self)


def ok(name: str, what: str) -> Finding:
    """Return a finding: something is as it should be."""
    return Finding(name, OK, what)


def warn(name: str, what: str, remedy: str) -> Finding:
    """Return a finding: something works, but not as well as it could, or not for long."""
    return Finding(name, WARN, what, remedy)


def fail(name: str, what: str, remedy: str) -> Finding:
    """Return a finding: something does not work."""
    return Finding(name, FAIL, what, remedy)
