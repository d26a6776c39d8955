"""The admin: importing this package registers every model."""

from response.admin import incidents, people, slack, work
from response.rules import admin as rules
from response.webhooks import admin as webhooks

__all__ = ["incidents", "people", "rules", "slack", "webhooks", "work"]
