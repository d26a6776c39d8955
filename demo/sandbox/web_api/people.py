"""``users.*`` and ``usergroups.*``."""

from __future__ import annotations

from demo.sandbox.models import Group, Member
from demo.sandbox.payloads import Payload, user_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, page, required
from demo.sandbox.workspace import Refusal


@method("users.info", "users:read", takes_json=False)
def info(arguments: Arguments) -> Answer:
    """One member, also a deactivated one."""
    required(arguments, "user")
    member = Member.objects.filter(pk=str(arguments["user"])).first()
    if member is None:
        raise Refusal("user_not_found")
    return {"user": user_object(member)}


@method("users.list", "users:read", takes_json=False)
def list_(arguments: Arguments) -> Answer:
    """Everybody, the deactivated included."""
    return page(arguments, [user_object(m) for m in Member.objects.all()], "members")


@method("users.lookupByEmail", "users:read.email", takes_json=False)
def lookup_by_email(arguments: Arguments) -> Answer:
    """Active members only."""
    required(arguments, "email")
    member = Member.objects.filter(email__iexact=str(arguments["email"]), deleted=False).first()
    if member is None:
        raise Refusal("users_not_found")
    return {"user": user_object(member)}


def _group(group: Group) -> Payload:
    return {"id": group.id, "handle": group.handle, "name": group.name, "is_usergroup": True}


@method("usergroups.list", "usergroups:read", takes_json=False)
def list_groups(arguments: Arguments) -> Answer:
    """All groups."""
    return {"usergroups": [_group(g) for g in Group.objects.order_by("handle")]}


@method("usergroups.users.list", "usergroups:read", takes_json=False)
def group_members(arguments: Arguments) -> Answer:
    """Ids."""
    required(arguments, "usergroup")
    group = Group.objects.filter(pk=str(arguments["usergroup"])).first()
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.members.order_by("id").values_list("id", flat=True))}
