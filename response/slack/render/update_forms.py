"""The form for an update."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _

from response.slack.render.dialog_builder import Dialog, SelectWithOptions, TextArea

POST_UPDATE = "incident-update-dialog"
#: When the next update can be promised, in minutes.
NEXT_IN = (15, 30, 60, 120, 240, 480, 1440)


def post_update(incident_id: int) -> Dialog:
    """Return the form: what is known, being done and needed, and when the next one comes."""
    return Dialog(
        title=_("Post an update"),
        submit_label=_("Post"),
        elements=[
            TextArea(
                label=_("What is known"),
                name="known",
                placeholder=_("What has happened, and what do people notice?"),
            ),
            TextArea(label=_("What we are doing"), name="doing", optional=True),
            TextArea(label=_("What we need"), name="needed", optional=True),
            SelectWithOptions(
                [(_in(minutes), str(minutes)) for minutes in NEXT_IN],
                label=_("Next update"),
                name="next_update",
                optional=True,
                placeholder=_("As usual"),
            ),
        ],
        state=json.dumps({"incident": incident_id}),
    )


def _in(minutes: int) -> str:
    if minutes < 60:
        return _("In %(number)d minutes") % {"number": minutes}
    if minutes == 60:
        return _("In an hour")
    if minutes == 1440:
        return _("In a day")
    return _("In %(number)d hours") % {"number": minutes // 60}
