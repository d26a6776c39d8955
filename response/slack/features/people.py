"""Find people by Slack's user ids, and by what people type."""

from __future__ import annotations

import logging
import re

from django.db.models import Q
from django.utils.translation import gettext as _

from response.core.clean import is_email
from response.core.models import ExternalUser, Incident
from response.core.models.user_external import SLACK
from response.slack.jobs import requests
from response.slack.text import mrkdwn
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.user_cache import store_profile

logger = logging.getLogger(__name__)

#: The longest that a typed name or address can be: what its columns hold.
LONGEST_NAME = 255


class UnknownPerson(Exception):
    """A text names no person, or several. The message is for the person who typed it."""


def get_or_create_user(user_id: str, name: str = "") -> ExternalUser:
    """Return the person with a Slack id, stored if need be. Asks Slack later, not now, who it is.

    ``name`` stands in for the display name until then.
    """
    user, created = ExternalUser.objects.get_or_create_slack(
        external_id=user_id, display_name=name or user_id
    )
    if created:
        requests.refresh_user(user_id)
    return user


def resolve_user(text: str) -> ExternalUser:
    """Return the person that ``text`` names, for the lead or another role.

    ``text`` is a mention, an id, ``@name`` or an e-mail address. Raises :class:`UnknownPerson`
    with a sentence for whoever typed it.
    """
    if mrkdwn.GROUP.search(text):
        raise UnknownPerson(_("A group cannot lead an incident: choose one person."))
    return require_human(resolve_person(text))


def resolve_person(text: str) -> ExternalUser:
    """Return the person that ``text`` names, as :func:`resolve_user`; also a program or a leaver.

    Raises :class:`UnknownPerson` with a sentence for whoever typed it.
    """
    text = text.strip()
    mentioned = list(dict.fromkeys(match[1] for match in mrkdwn.USER.finditer(text)))
    if len(mentioned) > 1:
        raise UnknownPerson(_("That names several people. Name one."))
    if mentioned:
        return _known(mentioned[0])
    text = mrkdwn.incoming(text)
    if len(text) > LONGEST_NAME:
        raise UnknownPerson(_("That is too long for a name. Mention the person with @."))
    if re.fullmatch(r"[UW][A-Z0-9]{6,}", text):
        return _known(text)
    if is_email(text):
        return _by_email(text)
    return _by_name(text.removeprefix("@").strip())


def lead_with_id(user_id: str) -> ExternalUser:
    """Return the person with a Slack id, for the lead of an incident or another role.

    Raises :class:`UnknownPerson` for text that is not an id, and for a person who cannot lead.
    """
    return require_human(person_with_id(user_id))


def person_with_id(user_id: str) -> ExternalUser:
    """Return the person with a Slack id. Raises :class:`UnknownPerson` if it is not an id."""
    if not mrkdwn.USER_ID.fullmatch(user_id):
        raise UnknownPerson(_("Choose a person."))
    return _known(user_id)


def require_human(user: ExternalUser) -> ExternalUser:
    """Return the person if they can lead or have a role.

    Raises :class:`UnknownPerson` for a program and for a person whose account is deactivated,
    as far as we know.
    """
    if why := user.why_not_lead():
        raise UnknownPerson(mrkdwn.escape(why))
    return user


def readable(text: str) -> str:
    """Return a message's text, as Slack sends it, with names for references; asks no network."""
    ids = {match[1] for match in mrkdwn.USER.finditer(text)}
    known = ExternalUser.objects.filter(app_id=SLACK, external_id__in=ids) if ids else ()
    names = {user.external_id: user.display_name for user in known if user.name_known}
    return mrkdwn.readable(mrkdwn.incoming(text), names.get)


def can_view_incident(incident: Incident, user_id: str, channel_id: str = "") -> bool:
    """Return whether a person who acts in ``channel_id`` may see the incident.

    Everyone may, unless it is private: then its reporter, its lead, people with a role in it, and
    people who are or were in its channel.
    """
    if not incident.private:
        return True
    channel = incident.comms_channel()
    if channel is not None and channel_id == channel.channel_id:
        return True
    involved = Incident.objects.involving_slack_user(user_id)
    return bool(involved.filter(pk=incident.pk).exists())


def _known(user_id: str) -> ExternalUser:
    """Return the person with an id, asking Slack now if they are not known yet.

    To be called before anything is written: a transaction must not wait for the network.
    """
    user = ExternalUser.objects.filter(app_id=SLACK, external_id=user_id).first()
    if user is not None and user.name_known:
        return user
    try:
        return store_profile(get_client().get_user_profile(user_id))
    except SlackError as error:
        if error.slack_error == "user_not_found":
            raise UnknownPerson(_("Slack has no person with that id.")) from error
        # A mentioned person exists in any case; the profile is asked for again later.
        logger.info("Who %s is will be known later: %s", user_id, error)
        return get_or_create_user(user_id)


def _by_email(email: str) -> ExternalUser:
    user = ExternalUser.objects.filter(app_id=SLACK, email__iexact=email, deleted=False).first()
    if user:
        return user
    try:
        return store_profile(get_client().get_user_profile_by_email(email))
    except SlackError as error:
        if error.transient:
            raise
        raise UnknownPerson(
            _("I can't find a person with the address %(email)s.")
            % {"email": mrkdwn.outgoing(email)}
        ) from error


def _by_name(name: str) -> ExternalUser:
    if not name:
        raise UnknownPerson(_("Say who: a mention, a name or an e-mail address."))
    people = ExternalUser.objects.filter(app_id=SLACK, deleted=False)
    called = Q(display_name__iexact=name) | Q(full_name__iexact=name) | Q(handle__iexact=name)
    found = list(people.filter(called)[:3])
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownPerson(
            _("Several people are called %(name)s; please mention the one you mean.")
            % {"name": mrkdwn.outgoing(name)}
        )
    raise UnknownPerson(
        _("I can't find a person called %(name)s. Mention them with @, or give their e-mail.")
        % {"name": mrkdwn.outgoing(name)}
    )
