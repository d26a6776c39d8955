"""The peers' virtual environments, kept in ``.bench/`` of the checkout."""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.metadata import version

from benchmarks.processes import ROOT

PLACE = ROOT / ".bench"
#: What each needs beside what all of them have.
REQUIREMENTS = {"bare": [], "bolt": ["slack-bolt>=1.20,<2"]}


def python_of(name: str) -> str:
    """The interpreter of ``bare`` or ``bolt``; its environment is made if need be.

    Django, gunicorn and the database driver have the versions with which Response runs here, so
    that a ratio tells of the code alone. Raises ``RuntimeError`` if pip fails.
    """
    common = [f"{package}=={version(package)}" for package in ("Django", "gunicorn")]
    driver = f"psycopg[binary]=={version('psycopg')}"
    wanted = "\n".join([sys.version, *common, driver, *REQUIREMENTS[name]])
    place = PLACE / name
    python = place / "bin/python"
    made_of = place / "made-of.txt"
    if made_of.exists() and made_of.read_text() == wanted:
        return str(python)
    print(f"Making {place.relative_to(ROOT)} …", file=sys.stderr)
    venv.create(place, clear=True, with_pip=True)
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *common, driver,
         *REQUIREMENTS[name]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if installed.returncode:
        raise RuntimeError(f"What {name} needs could not be installed:\n{installed.stdout}")
    made_of.write_text(wanted)
    return str(python)


def versions(name: str) -> dict[str, str]:
    """What is installed for a peer, by package."""
    listed = subprocess.run(
        [python_of(name), "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    return dict(line.split("==", 1) for line in listed.splitlines() if "==" in line)
