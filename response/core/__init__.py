"""The incident domain: incidents, actions, people, the timeline and the event stream.

Knows nothing of Slack or of web pages.
"""
