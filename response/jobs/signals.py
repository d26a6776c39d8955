"""What became of jobs, for metrics. Sent after the outcome is stored.

A receiver that raises is logged and hinders nothing; one that takes its time holds up a
worker, so count and return.
"""

from django.dispatch import Signal

#: A job was tried. ``outbox_id, method, incident_id``; ``outcome`` is ``sent``, ``retry`` or
#: ``failed``; ``seconds`` that it took; ``waited`` seconds since it was due; ``attempts``, from
#: 1. Waiting for a rate limit is no attempt and is not announced.
message_sent = Signal()
