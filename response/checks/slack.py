"""Checks of what connects with Slack: secrets, tokens and channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from response.conf import settings
from response.setup import site
from response.slack.text import channel_names
from response.slack.web_api.client import SlackClient

#: Characters of no token: quotes from an environment file, an ellipsis from documentation.
_FOREIGN = re.compile("[\"'<>…]|[^\\x00-\\x7f]|\\.\\.\\.")

#: White space and punctuation: letters of any alphabet may be in the name of a channel.
_IN_NO_NAME = re.compile(r"""[\s.,:;/\\@#<>|&'"!?()\[\]{}…]""")


def secrets() -> Iterator[CheckMessage]:
    """Check the signing secret and the tokens."""
    secret = settings.SLACK_SIGNING_SECRET
    if secret and not isinstance(secret, str | list | tuple):
        yield Error(
            "SLACK_SIGNING_SECRET must be a string, or a list of strings while it is being "
            "changed.",
            hint="Set it to the Signing Secret on your Slack app's page Basic Information.",
            id="response.E001",
        )
    elif not settings.signing_secrets and not site.uses_socket_mode():
        yield Warning(
            "SLACK_SIGNING_SECRET is not set: every request from Slack will be refused.",
            hint="Set it to the Signing Secret on your Slack app's page Basic Information. Or use "
            "Socket Mode (SLACK_APP_TOKEN), which needs none.",
            id="response.W001",
        )
    token = settings.SLACK_TOKEN
    if not token and _is_our_client(settings.SLACK_CLIENT):
        yield Warning(
            "SLACK_TOKEN is not set: nothing can be posted in Slack.",
            hint="Set it to the Bot User OAuth Token (xoxb-…) of your Slack app.",
            id="response.W002",
        )
    elif str(token).startswith("xoxp-"):
        yield Warning(
            "SLACK_TOKEN is a person's token (xoxp-…): Response may do only what that person may.",
            hint="Use the Bot User OAuth Token (xoxb-…).",
            id="response.W040",
        )
    elif str(token).startswith("xapp-"):
        yield Error(
            "SLACK_TOKEN is an app-level token (xapp-…), which cannot post messages.",
            hint="Use the Bot User OAuth Token (xoxb-…). This one goes into SLACK_APP_TOKEN.",
            id="response.E002",
        )
    elif str(token).startswith("xoxe.xoxb-"):
        yield Error(
            "SLACK_TOKEN is a bot token that expires after 12 hours (xoxe.xoxb-…): token rotation "
            "is on, which Response does not take part in.",
            hint="Slack does not let an app turn it off again: make another one from what "
            "manage.py response_manifest prints, and use its token (xoxb-…).",
            id="response.E002",
        )
    elif str(token).startswith("xoxe-"):
        yield Error(
            "SLACK_TOKEN is a refresh token (xoxe-…), which cannot post messages.",
            hint="Use the Bot User OAuth Token (xoxb-…).",
            id="response.E002",
        )
    elif str(token).startswith("xoxe"):
        yield Error(
            "SLACK_TOKEN is an app configuration token (xoxe…), which cannot post messages.",
            hint="Use the Bot User OAuth Token (xoxb-…). This one is for response_manifest.",
            id="response.E002",
        )
    elif token and not str(token).strip().startswith("xox"):
        yield Warning(
            "SLACK_TOKEN does not look like one of Slack's tokens.",
            hint="Use the Bot User OAuth Token (xoxb-…). The Signing Secret goes into "
            "SLACK_SIGNING_SECRET.",
            id="response.W054",
        )

    app_token = str(settings.SLACK_APP_TOKEN or "")
    if app_token and not app_token.startswith("xapp-"):
        yield Error(
            "SLACK_APP_TOKEN is not an app-level token (xapp-…).",
            hint="It is made at Basic Information › App-Level Tokens. The bot token (xoxb-…) goes "
            "into SLACK_TOKEN.",
            id="response.E042",
        )
    for name, value in (("SLACK_TOKEN", str(token or "")), ("SLACK_APP_TOKEN", app_token)):
        if re.search(r"\s", value):
            yield Error(
                f"{name} has white space in it.",
                hint="Copy it again, without spaces and line ends.",
                id="response.E043",
            )
        elif _FOREIGN.search(value):
            yield Error(
                f"{name} has characters that are in no token, such as quotes or dots (…).",
                hint="Copy the token itself: without quotes, and in full.",
                id="response.E043",
            )
    for secret in settings.signing_secrets:
        if re.search(r"\s", secret) or re.match(r"xox|xapp-", secret):
            yield Error(
                "SLACK_SIGNING_SECRET has white space in it, or is a token.",
                hint="It is at Basic Information › Signing Secret, and is not a token (xoxb-…).",
                id="response.E044",
            )
        elif _FOREIGN.search(secret) or re.fullmatch(r"\d+\.\d+|A[A-Z0-9]{8,}", secret):
            yield Error(
                "SLACK_SIGNING_SECRET is the app's id, the client's id, or not copied in full.",
                hint="It is at Basic Information › Signing Secret › Show. Copy it without quotes.",
                id="response.E044",
            )
        elif _is_slack_itself() and not re.fullmatch(r"[0-9a-f]{32}", secret):
            yield Warning(
                "SLACK_SIGNING_SECRET does not look like one of Slack's: 32 digits and letters "
                "from a to f.",
                hint="It is at Basic Information › Signing Secret › Show; neither the "
                "Verification Token nor the Client Secret is meant.",
                id="response.W055",
            )


def _is_slack_itself() -> bool:
    """Return whether the project talks to Slack itself, not to an emulator."""
    return site.split(settings.SLACK_API_URL).hostname in ("slack.com", "slack-gov.com")


def _is_our_client(client: Any) -> bool:
    """Return whether the client takes its token from the settings, as our own does."""
    return client is None or (isinstance(client, SlackClient) and not client.has_own_token)


def channels() -> Iterator[CheckMessage]:
    """Check the settings that name channels, and the scheme for names of comms channels."""
    if not settings.INCIDENT_CHANNEL_ID and not settings.INCIDENT_CHANNEL_NAME:
        yield Error(
            "Neither INCIDENT_CHANNEL_NAME nor INCIDENT_CHANNEL_ID is set.",
            hint='Headline posts need one; the default is INCIDENT_CHANNEL_NAME = "incidents".',
            id="response.E004",
        )
    for name in (
        "INCIDENT_CHANNEL_NAME",
        "INCIDENT_REPORT_CHANNEL_NAME",
        "RESPONSE_UPDATES_CHANNEL_NAME",
    ):
        value = str(getattr(settings, name) or "").lstrip("#")
        if value != value.lower() or _IN_NO_NAME.search(value) or len(value) > 80:
            yield Error(
                f"{name} is {value!r}, which cannot be the name of a Slack channel.",
                hint="Lowercase letters, digits, - and _ only. A channel's id goes into "
                f"{name.replace('_NAME', '_ID')}.",
                id="response.E005",
            )
    for name in (
        "INCIDENT_CHANNEL_ID",
        "INCIDENT_REPORT_CHANNEL_ID",
        "RESPONSE_UPDATES_CHANNEL_ID",
    ):
        value = str(getattr(settings, name) or "")
        if value and not re.fullmatch(r"[CGD][A-Z0-9]+", value):
            yield Error(
                f"{name} is {value!r}, which cannot be the id of a Slack channel.",
                hint="Copy the id (C…) from the channel's details in Slack. A name goes into "
                f"{name.replace('_ID', '_NAME')}.",
                id="response.E005",
            )
        elif value.startswith("D"):
            yield Warning(
                f"{name} is {value}, a direct message: only the person in it would read what is "
                "posted there.",
                hint="Copy the id (C…) of a channel from its details in Slack.",
                id="response.W056",
            )
    scheme = settings.RESPONSE_CHANNEL_NAME
    try:
        one = channel_names.for_incident(scheme, 1, "one", date(2000, 1, 1))
        other = channel_names.for_incident(scheme, 2, "one", date(2000, 1, 1))
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        yield Error(
            f"RESPONSE_CHANNEL_NAME cannot be filled in: {error!r}.",
            hint="It may use {id}, {slug} and {date}; the default is inc-{id}-{slug}.",
            id="response.E006",
        )
    else:
        if one == other:
            yield Warning(
                "RESPONSE_CHANNEL_NAME has no {id}: channels of similar incidents get numbers.",
                hint="Put {id} into it; the default is inc-{id}-{slug}.",
                id="response.W006",
            )


def reactions() -> Iterator[CheckMessage]:
    """Check that the reactions for the timeline are names of emoji."""
    names = settings.RESPONSE_TIMELINE_REACTIONS
    if not isinstance(names, list | tuple | set | frozenset):
        return  # said already
    if bad := [name for name in names if isinstance(name, str) and not _is_emoji_name(name)]:
        yield Warning(
            f"RESPONSE_TIMELINE_REACTIONS has {bad[0]!r}, which is not a reaction's name in Slack.",
            hint='Names without colons, as Slack shows them on hover: ["pushpin", "star"].',
            id="response.W079",
        )


def _is_emoji_name(name: str) -> bool:
    return bool(name) and name == name.strip().lower() and ":" not in name and name.isascii()


def client() -> Iterator[CheckMessage]:
    """Check that the project's own client can make calls."""
    client = settings.SLACK_CLIENT
    if client is not None and not callable(getattr(client, "api_call", None)):
        yield Error(
            f"SLACK_CLIENT is {client!r:.60}, which has no method api_call().",
            hint="It is an object, not its name. Leave it out for Response's own client.",
            id="response.E080",
        )
