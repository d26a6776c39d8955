"""What became of requests, for metrics. Sent after the outcome is stored.

A receiver that raises is logged and hinders nothing; one that takes its time holds up a
worker, so count and return.
"""

from django.dispatch import Signal

#: A request was worked on. ``request_id`` (None if it was done while it was stored), ``kind``,
#: ``type``; ``outcome`` is ``done``, ``retry``,
#: ``failed`` (parked), ``refused`` (a form with errors) or ``left`` (to a process that has the
#: handler); ``seconds`` of work; ``waited`` seconds from its arrival until then; ``attempts``,
#: from 1.
request_processed = Signal()
