"""The words for who can see an incident: the same in Slack, on the pages and in the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

#: The name of the choice.
VISIBILITY = gettext_lazy("Visibility")
#: The two choices. Templates say the same beside the mark of a private incident.
PUBLIC = gettext_lazy("Public: everyone can see it")
PRIVATE = gettext_lazy("Private: only people who take part can see it")
#: The hint for the person who chooses.
ABOUT_PRIVATE = gettext_lazy(
    "The headline of a private incident says neither what it is nor where."
)
#: The answer to a person who cannot see the incident.
REFUSED = gettext_lazy("This incident is private. Ask its reporter or lead to add you.")
