"""The built-in commands, under the names that release 0.5.1 gave them."""

from response.slack.incident_commands import impact, incident_commands, summary

__all__ = ["impact", "incident_commands", "summary"]
