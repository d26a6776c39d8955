"""The models of the incident domain; :mod:`response.admin` registers all."""

from response.core.models import Action, Event, ExternalUser, Incident

__all__ = ["Action", "Event", "ExternalUser", "Incident"]
