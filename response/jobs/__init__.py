"""The durable queue: jobs are rows, done in order, once, and tried again.

``models`` are the rows, ``outbox`` puts jobs into them, ``job_handlers`` says who does which,
``leases`` lets one worker at a time do it, ``errors`` is how a handler says "later" or "never",
and ``wake`` has the work looked for. Knows nothing of Slack, of incidents or of HTTP.
"""
