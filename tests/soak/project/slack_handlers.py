"""Each handler leaves one thing in the database and says one thing, both with its number."""

import random

from response.core.models import TimelineEvent
from response.slack.decorators import incident_command, keyword_handler

#: How often a handler fails when it has done all its work. It is tried again, and what it did
#: must not be there twice.
FAILS = 0.04


def _note(incident, number):
    TimelineEvent.objects.create(incident=incident, text=number, event_type="soak")


def _fail_sometimes():
    if random.random() < FAILS:
        raise RuntimeError("This handler fails behind its writing")


@incident_command(["soak"], helptext="Notes a number, and says it")
def soak(incident, user_id, message):
    _note(incident, message)
    _fail_sometimes()
    return True, f"said {message}"


@keyword_handler(["soakword"])
def heard(comms_channel, user, keyword, text, ts):
    number = text.split()[-1]
    _note(comms_channel.incident, number)
    comms_channel.post_in_channel(f"said {number}")
    _fail_sometimes()
