"""How it is told who can see an incident: the same words in Slack, on the pages and in the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

#: What it is called.
VISIBILITY = gettext_lazy("Visibility")
#: The two there are. Templates say the same for the mark of a private incident.
PUBLIC = gettext_lazy("Public: everyone can see it")
PRIVATE = gettext_lazy("Private: only people who take part can see it")
#: For those who choose.
ABOUT_PRIVATE = gettext_lazy(
    "The headline of a private incident says neither what it is nor where."
)
#: For those who cannot see it.
REFUSED = gettext_lazy("This incident is private. Ask its reporter or lead to add you.")
