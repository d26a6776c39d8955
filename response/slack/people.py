"""From Slack's user ids, and from what people type, to persons."""

from __future__ import annotations

import re

from django.db.models import Q
from django.utils.translation import gettext as _

from response.core.models import ExternalUser
from response.core.models.user_external import SLACK
from response.slack import mrkdwn, outbox
from response.slack.cache import store_profile
from response.slack.client import SlackError, get_client


class UnknownPerson(Exception):
    """What was typed names nobody (or several); the message is for whoever typed it."""


def person(user_id: str, name: str = "") -> ExternalUser:
    """The person with a Slack id, made if need be. Asks Slack later, not now, who it is.

    ``name`` stands in for the display name until then.
    """
    user, created = ExternalUser.objects.get_or_create_slack(
        external_id=user_id, display_name=name or user_id
    )
    if created:
        outbox.call(
            "profile.refresh",
            queue=f"profile {user_id}",
            coalesce=f"profile {user_id}",
            user=user_id,
        )
    return user


def named_in(text: str) -> ExternalUser:
    """The person whom ``text`` names: a mention, an id, ``@name`` or an e-mail address.

    Raises :class:`UnknownPerson` with a sentence for whoever typed it.
    """
    text = text.strip()
    if mrkdwn.GROUP.search(text):
        raise UnknownPerson(
            _("A group cannot lead an incident: it has to be one person who answers for it.")
        )
    if mention := mrkdwn.USER.search(text):
        return person(mention[1], mention[2] or "")
    text = mrkdwn.incoming(text)
    if re.fullmatch(r"[UW][A-Z0-9]{6,}", text):
        return person(text)
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return _by_email(text)
    return _by_name(text.removeprefix("@").strip())


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
            _("I know nobody with the address %(email)s.") % {"email": mrkdwn.outgoing(email)}
        ) from error


def _by_name(name: str) -> ExternalUser:
    if not name:
        raise UnknownPerson(_("Say who: a mention, a name or an e-mail address."))
    people = ExternalUser.objects.filter(app_id=SLACK, deleted=False)
    found = list(people.filter(Q(display_name__iexact=name) | Q(full_name__iexact=name))[:3])
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownPerson(
            _("Several people are called %(name)s; please mention the one you mean.")
            % {"name": mrkdwn.outgoing(name)}
        )
    raise UnknownPerson(
        _("I know nobody called %(name)s; please mention them with @, or give their e-mail.")
        % {"name": mrkdwn.outgoing(name)}
    )
