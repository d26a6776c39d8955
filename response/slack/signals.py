"""What became of requests and messages, for metrics. Sent after the outcome is stored.

A receiver that raises is logged and hinders nobody; one that takes its time holds up a
worker, so count and return.
"""

from django.dispatch import Signal

#: A request was worked on. ``request_id, kind, type``; ``outcome`` is ``done``, ``retry``,
#: ``failed`` (parked) or ``refused`` (a form with errors); ``seconds`` of work; ``waited``
#: seconds from its arrival until then; ``attempts``, from 1.
request_processed = Signal()

#: A message was sent, or was not. ``outbox_id, method, incident_id``; ``outcome`` is ``sent``,
#: ``retry`` or ``failed``; ``seconds`` that it took; ``waited`` seconds since it was due;
#: ``attempts``, from 1. Waiting for Slack's limits is no attempt and not told.
message_sent = Signal()
