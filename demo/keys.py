"""Secrets for trying the demo, made once and kept beside its database."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path


def kept_secret(directory: Path, name: str = "secret-key") -> str:
    """Return the secret ``name`` in ``directory``; create it once, also for two processes."""
    directory.mkdir(exist_ok=True)
    file = directory / name
    if not file.exists():
        draft = directory / f"{name}-{secrets.token_hex(4)}"
        draft.write_text(secrets.token_urlsafe(50))
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            # A link, unlike a rename, fails if another process was faster.
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text().strip()
