"""A small workspace to begin with."""

from __future__ import annotations

import time

from demo.sandbox.models import Channel, Group, Member, Membership
from demo.sandbox.workspace import BOT_USER

PEOPLE = [
    # id, name, real name, display name, title, colour, guest
    ("U0SANDBOX01", "ada", "Ada Byrne", "Ada", "Support", "#7b61c9", False),
    ("U0SANDBOX02", "bo", "Bo Lindqvist", "Bo", "Engineering", "#2f855a", False),
    ("U0SANDBOX03", "chidi", "Chidi Okafor", "Chidi (on call)", "Engineering", "#b7550d", False),
    ("W0SANDBOX04", "dana", "Dana Levy", "", "Product", "#2b6cb0", False),
    ("U0SANDBOX05", "eiko", "森 英子", "英子", "Operations", "#b83280", False),
    ("U0SANDBOX06", "farid", "Farid Haddad", "Farid", "Contractor", "#4a5568", True),
    ("U0SANDBOX07", "anna", "Anna Nowak", "Anna", "Engineering", "#9f1239", False),
]
GENERAL, INCIDENTS, REPORTS = "C0SANDBOX01", "C0SANDBOX02", "C0SANDBOX03"
CHANNELS = [
    (GENERAL, "general", "What everyone should know"),
    (INCIDENTS, "incidents", "One post per incident"),
    (REPORTS, "incident-reports", "What went wrong and is over"),
]


def seed() -> None:
    """Make the workspace, as far as it is not there. What people changed stays."""
    people = [
        Member(
            id=id_,
            name=name,
            real_name=real_name,
            display_name=display_name,
            email=f"{name}@example.com",
            title=title,
            color=color,
            is_restricted=guest,
        )
        for id_, name, real_name, display_name, title, color, guest in PEOPLE
    ]
    bot = Member(
        id=BOT_USER,
        name="incident",
        real_name="Incident",
        display_name="incident",
        color="#c53030",
        is_bot=True,
    )
    channels = [
        Channel(id=id_, name=name, purpose=purpose, creator=PEOPLE[0][0], created=int(time.time()))
        for id_, name, purpose in CHANNELS
    ]
    memberships = [
        Membership(channel=channel, member=member)
        for channel in channels
        for member in [*people, bot]
        if (channel.id, member.id) != (GENERAL, BOT_USER)
    ]
    Member.objects.bulk_create([*people, bot], ignore_conflicts=True)
    Channel.objects.bulk_create(channels, ignore_conflicts=True)
    Membership.objects.bulk_create(memberships, ignore_conflicts=True)
    group, new = Group.objects.get_or_create(
        id="S0SANDBOX01", defaults={"handle": "ops", "name": "Operations"}
    )
    if new:
        group.members.set(["U0SANDBOX03", "U0SANDBOX05"])
