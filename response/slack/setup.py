"""Connects the Slack side with core and registers what is built in."""

from __future__ import annotations


def connect() -> None:
    """Called once, when Django is ready. Goes to no network and no database."""
