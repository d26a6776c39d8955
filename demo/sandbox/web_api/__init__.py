"""Slack's Web API, as far as an app for incidents needs it: one function per method."""

from __future__ import annotations

from demo.sandbox.web_api import channels, chat, files, marks, misc, people, views
from demo.sandbox.web_api.registry import METHODS, Method

__all__ = ["METHODS", "Method", "channels", "chat", "files", "marks", "misc", "people", "views"]
