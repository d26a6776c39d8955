"""The demo's settings; the environment says the rest."""

from demo.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.soak.project"]  # noqa: F405
# The test is about loss, not about Slack's patience; Retry-After is kept all the same.
RESPONSE_SLACK_PACE = 0
RESPONSE_SLACK_TIMEOUT = 3
