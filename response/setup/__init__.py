"""Setting Response up: the Slack app's manifest, the scopes it needs, and the doctor."""
