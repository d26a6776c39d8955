"""What takes long is made once: the distributions, and an environment with the wheel in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.packaging.tools import ROOT, make_venv, run


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    """A copy of the sources: what is committed, or would be."""
    copy = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    return copy


@pytest.fixture(scope="session")
def distributions(source, tmp_path_factory) -> tuple[Path, Path]:
    """The sdist, and the wheel built from that sdist."""
    built = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", built, source)
    [sdist] = built.glob("*.tar.gz")
    [wheel] = built.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="session")
def installed(distributions, tmp_path_factory) -> Path:
    """The Python of a new environment with the wheel and what it asks for, nothing else."""
    python = make_venv(tmp_path_factory.mktemp("installed"), sys.executable)
    run(python, "-m", "pip", "install", "--quiet", distributions[1])
    return python
