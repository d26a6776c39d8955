"""What works on the inbox and the outbox: runners, processes, the tick and health checks."""
