"""Signals for metrics; :mod:`response.signals` has all signals in one place."""

from response.jobs.signals import message_sent
from response.slack.inbound.signals import request_processed

__all__ = ["message_sent", "request_processed"]
