"""A signal about the outcome of requests, for metrics. Sent after the outcome is stored.

If a receiver raises, the error is logged and the work continues. A slow receiver delays the
worker, so receivers should only record the values and return.
"""

from django.dispatch import Signal

#: Sent after each attempt at a request, with ``request_id`` (None if it was handled while it was
#: stored), ``kind``, ``type``, ``outcome`` (``done``, ``retry``, ``failed`` (parked), ``refused``
#: (a form with errors) or ``left`` (to a process that has the handler)), ``seconds`` (how long
#: it took), ``waited`` (seconds from its arrival until then) and ``attempts`` (from 1).
request_processed = Signal()
