"""The project under test: the demo's, with a few handlers whose effects can be counted."""
