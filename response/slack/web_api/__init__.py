"""Calls of Slack's Web API: the client, its errors, rate limits and cached ids."""
