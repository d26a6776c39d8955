"""Settings of a peer; ``PEER`` in the environment says which."""

from __future__ import annotations

import os

from benchmarks.common_settings import *  # noqa: F403
from benchmarks.common_settings import DJANGO_APPS

PEER = os.environ.get("PEER", "bare")
INSTALLED_APPS = [*DJANGO_APPS, "benchmarks.peers"]
ROOT_URLCONF = f"benchmarks.peers.{PEER}"
