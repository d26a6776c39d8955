"""Requests from Slack: verified, stored, routed to their handlers, and answered."""
