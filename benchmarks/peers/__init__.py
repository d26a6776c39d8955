"""The peers, each in a virtual environment of its own that has no Response in it.

Nothing here imports more than Django, and ``bolt`` slack_bolt.
"""
