"""Helpers, under the names that release 0.5.1 gave them."""

from response.core.api.pagination import LargeResultsSetPagination
from response.core.clean import sanitise

__all__ = ["LargeResultsSetPagination", "sanitize"]


def sanitize(string: str | None) -> str | None:
    """Return ``string`` as it may be stored. Nothing is escaped: that is done where it is shown."""
    return sanitise(string)
