"""Errors, under the name that projects import."""


class IncidentUpdateError(Exception):
    """An incident could not be changed. Response raises it nowhere; projects may."""
