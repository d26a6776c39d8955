"""Each handler leaves one thing in the database and says one thing, both with its number."""

from response.core.models import TimelineEvent
from response.slack.decorators import incident_command, keyword_handler


def _note(incident, text):
    TimelineEvent.objects.create(incident=incident, text=text, event_type="soak")


@incident_command(["soak"], helptext="Notes a number, and says it")
def soak(incident, user_id, message):
    _note(incident, message)
    return True, f"said {message}"


@keyword_handler(["soakword"])
def heard(comms_channel, user, keyword, text, ts):
    number = text.split()[-1]
    _note(comms_channel.incident, number)
    comms_channel.post_in_channel(f"said {number}")
