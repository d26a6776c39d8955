"""Where it was measured, in general terms."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any


def describe() -> dict[str, Any]:
    """Cores, memory, kernel, Python and the packages that matter. No name of the machine."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(pages * size / 2**30),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("Django", "gunicorn", "psycopg")},
        "load": round(os.getloadavg()[0], 2),
    }
