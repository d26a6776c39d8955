"""The language of messages and of stored text.

Pages and the API speak the reader's language (Django's ``LocaleMiddleware``). Slack's channels
have many readers: what is posted there, or stored for everyone, is in the project's language
(``LANGUAGE_CODE``), whoever caused it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.conf import settings
from django.utils import translation


@contextlib.contextmanager
def project_language() -> Iterator[None]:
    """Translate into the project's language inside the block; also a decorator, with brackets."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
