"""Incidents in Slack: the way in, the way out, and what happens between."""
