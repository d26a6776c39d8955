"""Every setting Response reads, with its default.

Settings are looked up each time they are used, never at import, so that
``override_settings`` and settings changed by a test work. Use it as::

    from response.conf import settings

    settings.INCIDENT_CHANNEL_NAME
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings as django_settings

DEFAULTS: dict[str, Any] = {
    # The address of this installation.
    "SITE_URL": "",
    # Slack: our credentials, and how requests from Slack are verified.
    "SLACK_TOKEN": "",
    "SLACK_APP_TOKEN": "",
    "SLACK_SIGNING_SECRET": "",
    "SLACK_CLIENT": None,
    "SLACK_API_URL": "https://slack.com/api/",
    "INCIDENT_CHANNEL_NAME": "incidents",
    "INCIDENT_CHANNEL_ID": None,
    # Whether the bot makes the incidents channel (and the report channel) if there is none.
    "RESPONSE_CREATE_INCIDENTS_CHANNEL": False,
    "INCIDENT_REPORT_CHANNEL_NAME": None,
    "INCIDENT_REPORT_CHANNEL_ID": None,
    # Where the updates of all incidents are posted, for those who wait for them.
    "RESPONSE_UPDATES_CHANNEL_NAME": None,
    "RESPONSE_UPDATES_CHANNEL_ID": None,
    "INCIDENT_BOT_NAME": "incident",
    "INCIDENT_BOT_ID": None,
    # The web pages and their text.
    "RESPONSE_LOGIN_REQUIRED": True,
    "RESPONSE_SANITIZE_USER_INPUT": True,
    "MARKDOWN_FILTER_WHITELIST_TAGS": [
        "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "img", "li",
        "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ],
    "MARKDOWN_FILTER_WHITELIST_ATTRIBUTES": ["alt", "href", "src", "style", "title"],
    "MARKDOWN_FILTER_WHITELIST_STYLES": [
        "width", "height", "border-color", "background-color", "white-space",
        "vertical-align", "text-align", "border-style", "border-width", "float", "margin",
        "margin-bottom", "margin-left", "margin-right", "margin-top",
    ],
    # Hosts from which images in people's text are shown; those of others become links.
    "RESPONSE_IMAGE_HOSTS": [],
    # A template of the project's into which the pages are put, in place of our own.
    "RESPONSE_BASE_TEMPLATE": "",
    # From when on a live incident counts as forgotten, in days.
    "RESPONSE_FORGOTTEN_DAYS": 14,
    # Reviews: in how many working days they are due (0: never), from when on their comms channel
    # is reminded, in working days after that, and what suggests texts for them.
    "RESPONSE_REVIEW_DUE_DAYS": 5,
    "RESPONSE_REVIEW_CHANNEL_DAYS": 2,
    "RESPONSE_REVIEW_ASSISTANT": None,
    "RESPONSE_REVIEW_ASSISTANT_PRIVATE": False,
    "RESPONSE_REVIEW_ASSISTANT_TIMEOUT": 30,
    # For how many days “Remind me later” puts off the reminders of an action.
    "RESPONSE_SNOOZE_DAYS": 3,
    # Whether writing through the API needs Django's model permissions.
    "RESPONSE_API_MODEL_PERMISSIONS": False,
    # Names of query parameters that the project's own code reads, for instance for a token.
    "RESPONSE_API_PARAMETERS": [],
    # Alertmanager: accepted tokens, severities, and what happens once alerts are resolved.
    "RESPONSE_ALERTMANAGER_TOKEN": "",
    "RESPONSE_ALERTMANAGER_SEVERITIES": {
        "critical": "1", "page": "1", "error": "2", "major": "2", "warning": "3",
        "minor": "3", "info": "4", "none": "4",
    },
    "RESPONSE_ALERTMANAGER_RESOLVED": "auto",
    # Metrics: the accepted tokens of Prometheus, and the channel that gets last month's figures.
    "RESPONSE_METRICS_TOKEN": "",
    "RESPONSE_METRICS_CHANNEL": "",
    # What people can do from Slack: declare private incidents, and put a message into the
    # timeline by a reaction (names of emoji, without colons).
    "RESPONSE_PRIVATE_FROM_SLACK": True,
    "RESPONSE_TIMELINE_REACTIONS": ["pushpin", "star"],
    # What writes the event stream: a class, an instance or a dotted path to one.
    "ACTION_EVENT_HANDLER_CLASS": "response.core.events.ActionEventHandler",
    "INCIDENT_EVENT_HANDLER_CLASS": "response.core.events.IncidentEventHandler",
    # Incoming requests (the inbox).
    "RESPONSE_MAX_BODY_BYTES": 1024 * 1024,
    "RESPONSE_RUNNER": "response.worker.runners.AfterResponseRunner",
    "RESPONSE_INBOX_MAX_ATTEMPTS": 10,
    "RESPONSE_INBOX_RETENTION_DAYS": 7,
    # How long a request waits for a process that has its handler, in seconds.
    "RESPONSE_HANDLER_WAIT": 900,
    "RESPONSE_CRON_TOKEN": "",
    # Outgoing messages (the outbox). Times are in seconds.
    "RESPONSE_TASKS_BACKEND": "default",
    "RESPONSE_SLACK_PACE": 1.0,
    "RESPONSE_SLACK_PROXY": "",
    "RESPONSE_SLACK_TIMEOUT": 10,
    "RESPONSE_SLACK_REQUEST_TIMEOUT": 2,
    "RESPONSE_HEADLINE_DELAY": 1.0,
    "RESPONSE_OUTBOX_GIVE_UP_HOURS": 24,
    "RESPONSE_WEBHOOK_ALLOWED_NETWORKS": [],
    "RESPONSE_CHANNEL_NAME": "inc-{id}-{slug}",
}  # fmt: skip


class Settings:
    """Django's settings with Response's defaults behind them.

    Raises ``AttributeError`` for a name that is not one of Response's, so that a
    misspelt setting in our own code is found by the first test that passes there.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            raise AttributeError(f"{name} is not a setting of Response; see response/conf.py")
        return getattr(django_settings, name, DEFAULTS[name])

    def is_set(self, name: str) -> bool:
        """Return whether the project has set ``name`` itself."""
        return name in DEFAULTS and hasattr(django_settings, name)

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The accepted signing secrets: one, or several while a secret is being rotated.

        ``SLACK_SIGNING_SECRET`` may be a string or a list of strings. Empty values are
        ignored; an empty tuple means that every request is refused.
        """
        return _several(self.SLACK_SIGNING_SECRET)

    @property
    def alertmanager_tokens(self) -> tuple[str, ...]:
        """The tokens accepted from Alertmanager, read like :attr:`signing_secrets`."""
        return _several(self.RESPONSE_ALERTMANAGER_TOKEN)

    @property
    def metrics_tokens(self) -> tuple[str, ...]:
        """The tokens accepted from Prometheus, read like :attr:`signing_secrets`."""
        return _several(self.RESPONSE_METRICS_TOKEN)


def _several(value: Any) -> tuple[str, ...]:
    candidates: Iterable[Any] = value if isinstance(value, list | tuple | set) else [value]
    return tuple(s for s in candidates if isinstance(s, str) and s.strip())


settings = Settings()
