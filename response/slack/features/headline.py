"""The headline post, kept up to date with its incident, and the thanks that follow it.

A change only asks for a synchronisation. It runs a moment later, once for all changes of
that moment, renders the newest state, and calls Slack only if that looks different.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from response.core.addresses import document_url
from response.core.models import Incident
from response.db import atomic
from response.jobs.errors import RetryLater
from response.jobs.models import OutboxMessage
from response.slack.decorators.headline_post_action import in_order
from response.slack.features import known_handlers
from response.slack.jobs import names
from response.slack.jobs.messages import post_message, send_ephemeral
from response.slack.models import HeadlinePost
from response.slack.render import incident_view, messages, updates
from response.slack.render.block_kit import Message
from response.slack.render.incident_view import IncidentView
from response.slack.text.mrkdwn import escape, outgoing
from response.slack.web_api import identity, links, messages_in_slack
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import call_slack, slack_job

logger = logging.getLogger(__name__)


#: How long a headline waits for a process that has all of its buttons.
BUTTONS_WAIT = timedelta(seconds=30)


@slack_job(names.HEADLINE_SYNC)
def sync(job: OutboxMessage) -> None:
    """Post the headline, or update it if it looks different from what Slack shows."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None:
        return  # deleted since
    _leave_to_who_has_its_buttons(job, incident)
    headline, _created = HeadlinePost.objects.select_related("comms_channel").get_or_create(
        incident=incident
    )
    _link_channel(headline, incident)
    rendered = render(headline, incident)
    fingerprint = rendered.fingerprint()
    if not headline.message_ts:
        try:
            channel = headline.channel_id or _channel(incident)
            _post(job, headline, channel, rendered, fingerprint)
        except RetryLater as error:
            cause = error.__cause__
            if error.configuration and job.attempts == 1 and isinstance(cause, SlackError):
                _notify_reporter(incident, cause)
            raise
        except SlackError as error:
            if error.misconfigured and job.attempts == 1:
                _notify_reporter(incident, error)
            raise
    elif fingerprint != headline.fingerprint:
        channel = headline.channel_id or _channel(incident)
        _update(job, headline, channel, rendered, fingerprint)


def _leave_to_who_has_its_buttons(job: OutboxMessage, incident: Incident) -> None:
    """Raise ``RetryLater`` if the project has buttons for it that this process lacks.

    After :data:`BUTTONS_WAIT` the headline is shown without these buttons.
    """
    if incident.private or timezone.now() - job.created > BUTTONS_WAIT:
        return
    lacking = known_handlers.elsewhere(known_handlers.HEADLINE_ACTION)
    if lacking:
        raise RetryLater(f"This process lacks {', '.join(map(str, lacking))}", 10, counts=False)


def _notify_reporter(incident: Incident, error: SlackError) -> None:
    user_id = incident_view.slack_id(incident.reporter)
    if not user_id:
        return
    text = _(
        "⚠️ *%(title)s* is stored, but I cannot post it in the incidents channel yet: "
        "%(error)s. It will appear there once that is fixed; until then, here it is: "
        "%(link)s"
    ) % {
        "title": escape(incident.report),
        "error": outgoing(_why(error)),
        "link": document_url(incident.pk),
    }
    # The thanks wait for the headline; this message takes their place.
    waiting = OutboxMessage.objects.waiting().filter(incident_id=incident.pk)
    acknowledgement = waiting.filter(method=names.DECLARATION_ACKNOWLEDGE)
    asked: dict[str, str] = next(iter(acknowledgement.values_list("arguments", flat=True)), {})
    response_url = str(asked.get("response_url") or "")
    if response_url and error.slack_error not in _CHANNEL_TROUBLE:
        # A token or a scope is wrong: this needs neither.
        channel = str(asked.get("channel") or "")
        send_ephemeral(channel, user_id, text, response_url=response_url, incident=incident.pk)
    else:
        post_message(user_id, text, incident=incident.pk)
    acknowledgement.delete()


def _why(error: SlackError) -> str:
    """Return what keeps the headline from the channel, and what to do about it."""
    if error.slack_error == "is_archived":
        return _("the channel is archived; unarchive it, or name another one in the settings")
    if error.slack_error == "restricted_action":
        return _("I may not post there; allow it in the channel's settings")
    if error.slack_error == "not_in_channel":
        return _("I am not in the channel; invite me to it")
    if error.slack_error == "channel_not_found":
        return _("Slack does not show me the channel; invite me to it, or correct the setting")
    if error.misconfigured and error.slack_error not in _CHANNEL_TROUBLE:
        return _(
            "Slack refuses it (%(why)s); an administrator needs to check the Slack app's token "
            "and scopes"
        ) % {"why": error.reason}
    return str(error)


def _link_channel(headline: HeadlinePost, incident: Incident) -> None:
    channel = incident.comms_channel()
    if channel and headline.comms_channel_id != channel.pk:
        headline.comms_channel = channel
        headline.save(update_fields=["comms_channel"])


def render(headline: HeadlinePost, incident: Incident) -> Message:
    """Render the headline as it should look now. An action that fails is logged and left out.

    Everyone reads the incidents channel, so the headline of a private incident says very little.
    """
    headline.incident = incident
    if incident.private:
        return messages.private_headline(IncidentView.from_incident(incident))
    elements = []
    for action in in_order():
        try:
            element = action.fn(headline)
            if element is not None:
                element.serialize()
                elements.append(element)
        except Exception:
            logger.exception(
                "Headline action %s failed", action.name, extra={"incident_id": incident.pk}
            )
    view = IncidentView.from_incident(incident)
    return messages.headline(view, elements, updates.newest_section(incident))


def _channel(incident: Incident) -> str:
    try:
        return identity.channel_id(identity.REPORTS if incident.report_only else identity.INCIDENTS)
    except SlackError as error:
        if error.slack_error == "name_taken":
            error = SlackError(
                _(
                    "Slack has the incidents channel, but does not show it to me: invite me to "
                    "it, or set INCIDENT_CHANNEL_ID"
                ),
                error.slack_error,
            )
        raise _channel_missing(error, incident) from error


def _post(
    job: OutboxMessage, headline: HeadlinePost, channel: str, message: Message, fingerprint: str
) -> None:
    block_id = messages.block_id(headline.incident_id)
    try:
        posted = messages_in_slack.post_once(job, channel, message.arguments(), block_id)
    except SlackError as error:
        raise _channel_missing(error, headline.incident) from error
    headline.message_ts, headline.channel_id = posted.ts, posted.channel
    # What was found may be older than the present state; an empty fingerprint updates it.
    headline.fingerprint = "" if posted.found else fingerprint
    headline.save(update_fields=["message_ts", "channel_id", "fingerprint"])
    if posted.found:
        _update(job, headline, posted.channel, message, fingerprint)


def _update(
    job: OutboxMessage, headline: HeadlinePost, channel: str, message: Message, fingerprint: str
) -> None:
    arguments = {"channel": channel, "ts": headline.message_ts, **message.arguments()}
    try:
        messages_in_slack.call("chat.update", arguments)
    except SlackError as error:
        if error.slack_error not in messages_in_slack.NOT_OURS_ANY_MORE:
            raise _channel_missing(error, headline.incident) from error
        logger.warning("%s; posting the headline again", error)
        headline.message_ts = None
        headline.save(update_fields=["message_ts"])
        _post(job, headline, _channel(headline.incident), message, fingerprint)
        return
    headline.channel_id, headline.fingerprint = channel, fingerprint
    headline.save(update_fields=["channel_id", "fingerprint"])


#: Errors that a person has to resolve in the incidents channel.
_CHANNEL_TROUBLE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "name_taken",
        "no_incidents_channel",
    }
)


def _channel_missing(error: SlackError, incident: Incident) -> Exception:
    """Return what an error means for the headline: it waits for a channel, and is not lost."""
    if error.slack_error in _CHANNEL_TROUBLE:
        identity.forget_channel(identity.REPORTS if incident.report_only else identity.INCIDENTS)
        return RetryLater(str(error), error.retry_after, configuration=True)
    return error


@slack_job(names.HEADLINE_THREAD)
def send_to_thread(job: OutboxMessage) -> None:
    """Post in the thread below the headline."""
    headline = HeadlinePost.objects.get(pk=job.arguments["headline"])
    if not headline.message_ts:
        raise RetryLater("The headline is not posted yet")
    channel = headline.channel_id or _channel(headline.incident)
    call_slack(
        "chat.postMessage",
        channel=channel,
        thread_ts=headline.message_ts,
        **job.arguments["message"],
    )


@slack_job(names.DECLARATION_ACKNOWLEDGE)
def acknowledge(job: OutboxMessage) -> None:
    """Queue the thanks to whoever declared the incident.

    They have links to the channel, the headline and the document. The job follows the first
    headline in its queue; if that could not be posted, the message has no link to it.
    """
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or job.progress.get("told"):
        return
    headline = HeadlinePost.objects.filter(incident=incident).exclude(channel_id="").first()
    address = ""
    if headline is not None and headline.message_ts:
        links.learn_workspace()
        address = links.message_url(headline.channel_id, headline.message_ts)
    user_id = job.arguments["user"]
    message = messages.acknowledgement(IncidentView.from_incident(incident), user_id, address)
    with atomic():
        send_ephemeral(
            job.arguments.get("channel") or "",
            user_id,
            response_url=job.arguments.get("response_url") or "",
            incident=incident.pk,
            **message.arguments(),
        )
        job.progress["told"] = True
        job.save(update_fields=["progress"])
