"""Errors, under the name that projects import."""


class IncidentUpdateError(Exception):
    """An incident could not be changed. For projects; Response itself never raises it."""
