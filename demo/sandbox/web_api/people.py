"""``users.*`` and ``usergroups.*``."""

from __future__ import annotations

from demo.sandbox import scopes
from demo.sandbox.models import Group, Member
from demo.sandbox.payloads import Payload, user_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, page, required, truth
from demo.sandbox.workspace import TEAM, Refusal


def _user(member: Member) -> Payload:
    return user_object(member, with_email="users:read.email" in scopes.granted())


@method("users.info", "users:read", takes_json=False)
def info(arguments: Arguments) -> Answer:
    """Answer with one member, who may be deactivated."""
    required(arguments, "user")
    member = Member.objects.filter(pk=str(arguments["user"])).first()
    if member is None:
        raise Refusal("user_not_found")
    return {"user": _user(member)}


@method("users.list", "users:read", takes_json=False)
def list_(arguments: Arguments) -> Answer:
    """Answer with all people, deactivated ones included."""
    return page(arguments, [_user(m) for m in Member.objects.all()], "members")


@method("users.lookupByEmail", "users:read.email", takes_json=False)
def lookup_by_email(arguments: Arguments) -> Answer:
    """Answer with the active member with an e-mail address."""
    scopes.require("users:read")
    required(arguments, "email")
    member = Member.objects.filter(email__iexact=str(arguments["email"]), deleted=False).first()
    if member is None:
        raise Refusal("users_not_found")
    return {"user": _user(member)}


def _group(group: Group, *, with_users: bool, with_count: bool) -> Payload:
    body: Payload = {
        "id": group.id,
        "team_id": TEAM,
        "is_usergroup": True,
        "is_external": False,
        "handle": group.handle,
        "name": group.name,
        "description": "",
        "date_delete": 0,
    }
    users = list(group.members.order_by("id").values_list("id", flat=True))
    if with_users:
        body["users"] = users
    if with_count:
        body["user_count"] = len(users)
    return body


@method("usergroups.list", "usergroups:read", takes_json=False)
def list_groups(arguments: Arguments) -> Answer:
    """Answer with all user groups."""
    with_users, with_count = truth(arguments, "include_users"), truth(arguments, "include_count")
    groups = Group.objects.order_by("handle")
    return {"usergroups": [_group(g, with_users=with_users, with_count=with_count) for g in groups]}


@method("usergroups.users.list", "usergroups:read", takes_json=False)
def group_members(arguments: Arguments) -> Answer:
    """Answer with the ids of a group's members."""
    required(arguments, "usergroup")
    group = Group.objects.filter(pk=str(arguments["usergroup"])).first()
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.members.order_by("id").values_list("id", flat=True))}
