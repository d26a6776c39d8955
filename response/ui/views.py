"""The two pages of release 0.5.1, under the name that projects import."""

from response.core.models import Incident
from response.ui.document import incident_doc
from response.ui.home import home

__all__ = ["Incident", "home", "incident_doc"]
