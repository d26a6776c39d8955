"""A small local Slack, for trying Response, writing handlers, and for tests.

It stands for Slack and knows nothing of Response: an app talks to it as to Slack, over its
Web API, and gets signed requests from it.
"""
