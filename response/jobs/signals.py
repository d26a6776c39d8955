"""A signal about the outcome of jobs, for metrics. Sent after the outcome is stored.

If a receiver raises, the error is logged and the work continues. A slow receiver delays the
worker, so receivers should only record the values and return.
"""

from django.dispatch import Signal

#: Sent after each attempt at a job, with ``outbox_id``, ``method``, ``incident_id``, ``outcome``
#: (``sent``, ``retry`` or ``failed``), ``seconds`` (how long it took), ``waited`` (seconds since
#: it was due) and ``attempts`` (from 1). Waiting for a rate limit is not an attempt.
message_sent = Signal()
