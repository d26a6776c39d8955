"""A secret key for trying the demo, made once and kept beside its database."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path


def kept_secret(directory: Path) -> str:
    """The key in ``directory``; made if there is none. Two processes agree on one."""
    directory.mkdir(exist_ok=True)
    file = directory / "secret-key"
    if not file.exists():
        draft = directory / f"secret-key-{secrets.token_hex(4)}"
        draft.write_text(secrets.token_urlsafe(50))
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            # A link, unlike a rename, fails if another process was faster.
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text().strip()
