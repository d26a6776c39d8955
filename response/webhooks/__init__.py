"""Telling other programs, over HTTP, what happens to incidents."""
