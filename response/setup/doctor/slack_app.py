"""Slack's side: the token, its scopes, the bot, the channels, the clock."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.conf import settings
from response.setup import scopes
from response.setup.doctor.finding import Finding, fail, ok, warn
from response.slack.web_api import identity
from response.slack.web_api.client import SlackClient, get_client
from response.slack.web_api.errors import SlackError

#: Seconds by which the clock may differ from Slack's; Slack's requests are refused from 300 on.
SKEW_WARN, SKEW_FAIL = 30, 240


@dataclass
class Workspace:
    """What the steps have found out about the workspace so far."""

    reached: bool = False
    answer: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: float = 0.0

    @property
    def granted(self) -> list[str] | None:
        """The token's scopes; None if Slack did not say."""
        listed = self.headers.get("x-oauth-scopes")
        if listed is None:
            return None
        return [scope.strip() for scope in listed.split(",") if scope.strip()]


def token(workspace: Workspace) -> Iterator[Finding]:
    """Ask Slack whose token it is."""
    value = str(settings.SLACK_TOKEN or "")
    if wrong := _wrong_kind(value):
        yield fail("token", wrong, _("Set SLACK_TOKEN to the Bot User OAuth Token (xoxb-…)."))
        return
    client = get_client()
    try:
        workspace.asked = time.time()
        if isinstance(client, SlackClient):
            workspace.answer, workspace.headers = client.call_with_headers("auth.test")
        else:
            workspace.answer = dict(client.api_call("auth.test"))
    except SlackError as error:
        yield fail("token", *_token_refused(error))
        return
    workspace.reached = True
    yield ok(
        "token",
        _("Slack accepts the token: workspace %(team)s (%(url)s)")
        % {"team": workspace.answer.get("team"), "url": workspace.answer.get("url")},
    )
    if not workspace.answer.get("bot_id"):
        yield warn(
            "token",
            _("SLACK_TOKEN belongs to a person, not to a bot: it loses its rights when they do."),
            _("Use the Bot User OAuth Token (xoxb-…)."),
        )


def _wrong_kind(value: str) -> str:
    own = settings.SLACK_CLIENT
    if own is not None and not (isinstance(own, SlackClient) and not own.has_own_token):
        return ""
    if not value:
        return _("SLACK_TOKEN is not set.")
    if value != value.strip() or len(value.split()) != 1:
        return _("SLACK_TOKEN has white space in it.")
    if value.startswith("xapp-"):
        return _("SLACK_TOKEN is an app-level token (xapp-…), which is for SLACK_APP_TOKEN.")
    if value.startswith("xoxe.xoxb-"):
        return _(
            "SLACK_TOKEN expires after 12 hours (xoxe.xoxb-…): the app has token rotation on, "
            "which Slack does not let an app turn off again. Make another one from what manage.py "
            "response_manifest prints."
        )
    if value.startswith("xoxe"):
        return _("SLACK_TOKEN is a configuration token (xoxe…), which is for response_manifest.")
    return ""


def _token_refused(error: SlackError) -> tuple[str, str]:
    code = error.slack_error
    if code in ("connection_failed", "timeout"):
        if settings.RESPONSE_SLACK_PROXY:
            return str(error), _(
                "Check that this machine can reach the proxy %(proxy)s (RESPONSE_SLACK_PROXY), and "
                "the proxy %(url)s."
            ) % {"proxy": settings.RESPONSE_SLACK_PROXY, "url": settings.SLACK_API_URL}
        return str(error), _(
            "Check that this machine can reach %(url)s; RESPONSE_SLACK_PROXY names a proxy."
        ) % {"url": settings.SLACK_API_URL}
    if code == "unreadable_answer":
        return _("What answers at %(url)s is not Slack.") % {"url": settings.SLACK_API_URL}, _(
            "Remove SLACK_API_URL, or correct it; if it is right, a proxy in between answers."
        )
    if code == "token_expired":
        return _("The token has expired: token rotation is on (%(code)s).") % {"code": code}, _(
            "Slack does not let an app turn token rotation off again. Make another app from what "
            "manage.py response_manifest prints, and put its token into SLACK_TOKEN."
        )
    if code == "not_allowed_token_type":
        return _("SLACK_TOKEN is a token of the wrong kind (%(code)s).") % {"code": code}, _(
            "Copy OAuth & Permissions › Bot User OAuth Token (xoxb-…)."
        )
    if code in ("team_access_not_granted", "org_login_required", "access_denied"):
        return _("The app may not work in this workspace (%(code)s).") % {"code": code}, _(
            "Ask an administrator of the workspace or of the organisation to approve the app, then "
            "install it again."
        )
    if code in ("token_revoked", "account_inactive"):
        return _("The token was revoked, or the app was uninstalled (%(code)s).") % {
            "code": code
        }, _("Install the app to the workspace again and put the new token into SLACK_TOKEN.")
    if code in ("invalid_auth", "not_authed"):
        return _("Slack does not know the token (%(code)s).") % {"code": code}, _(
            "Copy it again: OAuth & Permissions › Bot User OAuth Token (xoxb-…). If it is right: "
            "the app's settings may name IP addresses, and this machine's is not among them."
        )
    return str(error), _("Slack's page of the method auth.test explains the error.")


def granted_scopes(workspace: Workspace) -> Iterator[Finding]:
    """Compare the token's scopes with those that are used."""
    granted = workspace.granted
    if granted is None:
        yield warn(
            "scopes",
            _("Slack did not say which scopes the token has."),
            _("Compare them with those that manage.py response_manifest prints."),
        )
        return
    missing = scopes.missing(granted)
    needed = [scope for scope in missing if not scope.optional]
    for scope in needed:
        yield fail(
            "scopes",
            _("The scope %(scope)s is missing. It is for: %(purpose)s.")
            % {"scope": scope.name, "purpose": scope.purpose},
            _(
                "Add it at OAuth & Permissions › Bot Token Scopes, then install the app to the "
                "workspace again."
            ),
        )
    for scope in missing:
        if scope.optional:
            yield warn(
                "scopes",
                _("The optional scope %(scope)s is missing. It is for: %(purpose)s.")
                % {"scope": scope.name, "purpose": scope.purpose},
                _("Add it if you want that; everything else works without."),
            )
    if not needed:
        yield ok(
            "scopes",
            _("The token has every scope that is needed: %(scopes)s")
            % {"scopes": ", ".join(scopes.required())},
        )


def bot(workspace: Workspace) -> Iterator[Finding]:
    """Check that the bot people mention is the one the token belongs to."""
    user = str(workspace.answer.get("user_id") or "")
    configured = str(settings.INCIDENT_BOT_ID or "")
    if configured and configured != user and workspace.answer.get("bot_id"):
        yield fail(
            "bot",
            _("INCIDENT_BOT_ID is %(id)s, but the token's bot is %(user)s.")
            % {"id": configured, "user": user},
            _("Remove INCIDENT_BOT_ID: the bot is found by its token."),
        )
    else:
        yield ok(
            "bot",
            _("The bot is @%(name)s (%(user)s).")
            % {"name": workspace.answer.get("user"), "user": configured or user},
        )


def clock(workspace: Workspace) -> Iterator[Finding]:
    """Compare this machine's clock with Slack's: requests that are too old are refused."""
    stamp = workspace.headers.get("date")
    if not stamp:
        return
    skew = abs(parsedate_to_datetime(stamp).timestamp() - workspace.asked)
    what = ngettext(
        "This machine's clock differs from Slack's by %(seconds)d second.",
        "This machine's clock differs from Slack's by %(seconds)d seconds.",
        int(skew),
    ) % {"seconds": int(skew)}
    remedy = _("Set the clock, by NTP for instance: from 300 seconds on, all requests are refused.")
    if skew >= SKEW_FAIL:
        yield fail("clock", what, remedy)
    elif skew >= SKEW_WARN:
        yield warn("clock", what, remedy)
    else:
        yield ok("clock", _("This machine's clock agrees with Slack's."))


def channels(workspace: Workspace) -> Iterator[Finding]:
    """Look for the channels that settings name: for headlines, reports, updates and figures."""
    yield from _channel(workspace, _either(identity.INCIDENTS))
    if identity.has_report_channel():
        yield from _channel(workspace, _either(identity.REPORTS))
    if identity.has_updates_channel():
        yield from _channel(workspace, _either(identity.UPDATES))
    if settings.RESPONSE_METRICS_CHANNEL:
        yield from _channel(workspace, _id_or_name("RESPONSE_METRICS_CHANNEL"))


@dataclass(frozen=True)
class _Named:
    """A channel as the settings name it: by its id, or else by its name.

    ``setting`` is the one that does, ``what`` what the channel is called in the report.
    """

    what: str
    setting: str
    fixed: str = ""
    name: str = ""


def _either(which: str) -> _Named:
    fixed = str(getattr(settings, f"{which}_ID") or "")
    if fixed:
        return _Named(which.lower(), f"{which}_ID", fixed=fixed)
    name = str(getattr(settings, f"{which}_NAME") or "").lstrip("#")
    return _Named(which.lower(), f"{which}_NAME", name=name)


def _id_or_name(setting: str) -> _Named:
    value = str(getattr(settings, setting)).lstrip("#")
    if identity.CHANNEL_ID.fullmatch(value):
        return _Named(setting.lower(), setting, fixed=value)
    return _Named(setting.lower(), setting, name=value)


def _channel(workspace: Workspace, named: _Named) -> Iterator[Finding]:
    if named.fixed.startswith("D"):
        yield warn(
            named.what,
            _(
                "%(setting)s is %(id)s, a direct message: only the person in it reads what is "
                "posted there."
            )
            % {"setting": named.setting, "id": named.fixed},
            _("Copy the id (C…) of a channel from its details in Slack."),
        )
        return
    now = identity.present_id(named.fixed) if named.fixed else ""
    if now != named.fixed:
        yield warn(
            named.what,
            _(
                "%(setting)s is %(old)s. Slack has given that channel another id, %(new)s, which "
                "is used until you change the setting."
            )
            % {"setting": named.setting, "old": named.fixed, "new": now},
            _('Set %(setting)s = "%(new)s".') % {"setting": named.setting, "new": now},
        )
    try:
        found = _by_id(now) if now else get_client().find_channel(named.name)
    except SlackError as error:
        yield fail(
            named.what,
            _("%(setting)s could not be looked up: %(error)s")
            % {"setting": named.setting, "error": error},
            _("Grant the scopes channels:read and groups:read.")
            if error.slack_error == "missing_scope"
            else _("Fix the problems above first, then run the doctor again."),
        )
        return
    if found is None:
        yield _not_found(named, workspace)
        return
    # The list of channels says less of each than conversations.info does.
    channel = (found if now else _by_id(str(found["id"]))) or found
    shown = f"#{channel.get('name') or named.name} ({channel['id']})"
    trouble = list(_trouble(named.what, shown, channel, workspace))
    yield from trouble or [
        ok(named.what, _("%(channel)s is there, and the bot is in it.") % {"channel": shown})
    ]


def _by_id(channel_id: str) -> dict[str, Any] | None:
    try:
        answer = get_client().api_call(
            "conversations.info", channel=channel_id, include_num_members="true"
        )
    except SlackError as error:
        if error.slack_error == "channel_not_found":
            return None
        raise
    return dict(answer["channel"])


def _not_found(named: _Named, workspace: Workspace) -> Finding:
    team = workspace.answer.get("team") or _("the workspace")
    if named.fixed:
        return fail(
            named.what,
            _("%(setting)s is %(id)s, but Slack shows the bot no such channel in %(team)s.")
            % {"setting": named.setting, "id": named.fixed, "team": team},
            _(
                "Copy the id from the channel's details: it changes when a channel is shared with "
                "another organisation. If it is private, invite the bot to it."
            ),
        )
    what = _("%(setting)s is “%(name)s”, but Slack shows the bot no such channel in %(team)s.") % {
        "setting": named.setting,
        "name": named.name,
        "team": team,
    }
    near = _similar(named.name)
    if near:
        return fail(
            named.what,
            what,
            _("Did you mean %(names)s? If the channel is private, invite the bot to it first.")
            % {"names": ", ".join(f"#{n}" for n in near)},
        )
    if named.setting in (f"{identity.INCIDENTS}_NAME", f"{identity.REPORTS}_NAME"):
        remedy = _(
            "Create the channel in Slack, or set %(setting)s to an existing one. If it is "
            "private, invite the bot to it. With RESPONSE_CREATE_INCIDENTS_CHANNEL = True the bot "
            "creates it."
        )
    else:
        remedy = _(
            "Create the channel in Slack, or set %(setting)s to an existing one. If it is "
            "private, invite the bot to it."
        )
    return fail(named.what, what, remedy % {"setting": named.setting})


def _similar(wanted: str) -> list[str]:
    pages = get_client().pages("conversations.list", "channels", types="public_channel")
    names = [str(c.get("name") or "") for c in pages if not c.get("is_archived")]
    return difflib.get_close_matches(wanted, names, n=3, cutoff=0.7)


def _trouble(
    name: str, shown: str, channel: dict[str, Any], workspace: Workspace
) -> Iterator[Finding]:
    member = bool(channel.get("is_member"))
    values = {"channel": shown}
    if channel.get("is_archived"):
        yield fail(
            name,
            _("%(channel)s is archived: nothing can be posted there.") % values,
            _("Unarchive it, or choose another channel."),
        )
        return
    invite = _("In the channel, type: /invite @%(bot)s") % {
        "bot": workspace.answer.get("user") or settings.INCIDENT_BOT_NAME
    }
    if not member and channel.get("is_private"):
        yield fail(name, _("The bot is not in the private channel %(channel)s.") % values, invite)
    elif not member and not _may_join(workspace):
        yield fail(
            name,
            _("The bot is not in %(channel)s, and without the scope channels:join it cannot join.")
            % values,
            invite,
        )
    elif not member:
        yield warn(
            name,
            _("The bot is not in %(channel)s; it joins when it first posts there.") % values,
            invite,
        )
    if channel.get("is_mpim"):
        yield warn(
            name,
            _("%(channel)s is a group message: only the people in it read what is posted.")
            % values,
            _("Set a channel of your own."),
        )
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        yield warn(
            name,
            _("%(channel)s is shared with another organisation, which reads every headline.")
            % values,
            _("Set a channel of your own, or end the sharing in the channel's settings."),
        )
    members = channel.get("num_members")
    if isinstance(members, int) and members - int(member) < 1:
        yield warn(
            name,
            _("Only the bot is in %(channel)s, so the headlines have no readers.") % values,
            _("Check that this is the channel you mean, and invite people to it."),
        )
    limits = (channel.get("properties") or {}).get("posting_restricted_to")
    if channel.get("is_read_only") or channel.get("is_thread_only") or limits:
        yield warn(
            name,
            _("Not everyone may post in %(channel)s, and perhaps the bot may not either.") % values,
            _("Allow it in the channel's settings, and run the doctor with --post-test."),
        )


def _may_join(workspace: Workspace) -> bool:
    return workspace.granted is None or "channels:join" in workspace.granted


def socket_token() -> Iterator[Finding]:
    """Try the app-level token, if there is one; that opens no connection."""
    value = str(settings.SLACK_APP_TOKEN or "")
    if not value:
        return
    where = _("Basic Information › App-Level Tokens, with the scope connections:write.")
    if not value.startswith("xapp-") or len(value.split()) != 1 or value != value.strip():
        yield fail(
            "socket_token",
            _("SLACK_APP_TOKEN is not an app-level token (xapp-…)."),
            where,
        )
        return
    try:
        SlackClient(value).api_call("apps.connections.open")
    except SlackError as error:
        remedy = where
        if error.slack_error == "forbidden_team":
            remedy = _("Turn Socket Mode on in the app's settings.")
        elif error.slack_error == "missing_scope":
            remedy = _(
                "The token lacks the scope connections:write. Make another one with it: Basic "
                "Information › App-Level Tokens."
            )
        yield fail(
            "socket_token",
            _("Slack does not accept SLACK_APP_TOKEN for Socket Mode: %(error)s")
            % {"error": error},
            remedy,
        )
    else:
        yield ok("socket_token", _("Slack accepts SLACK_APP_TOKEN: Socket Mode can be used."))


def post_test() -> Iterator[Finding]:
    """Post a message in the incidents channel."""
    which = identity.INCIDENTS
    fixed = str(settings.INCIDENT_CHANNEL_ID or "")
    try:
        found = (
            {"id": identity.present_id(fixed)}
            if fixed
            else get_client().find_channel(getattr(settings, f"{which}_NAME"))
        )
        if found is None:
            return  # said already
        get_client().send_message(
            str(found["id"]), _("Testing the setup: I can post in this channel.")
        )
    except SlackError as error:
        yield fail(
            "post_test",
            _("Nothing can be posted in the incidents channel: %(error)s") % {"error": error},
            _("Invite the bot to the channel, and check who may post there."),
        )
    else:
        yield ok("post_test", _("A test message was posted in the incidents channel."))
