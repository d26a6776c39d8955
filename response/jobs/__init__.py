"""The durable queue: jobs are database rows, run once, in order, and retried on failure.

``models`` defines the rows, ``outbox`` adds jobs, ``job_handlers`` maps job names to functions,
``leases`` makes sure that one worker at a time runs a job, ``errors`` has the exceptions with
which a handler asks for a retry or gives up, and ``wake`` wakes the workers and has them give
way to requests. This package does not depend on Slack, incidents or HTTP.
"""
