"""What a workspace consists of, as far as the sandbox knows it.

Ids are Slack's kind of ids, as text, and stand in for foreign keys: that is how an app
sees them.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class Member(models.Model):
    """A person, a guest, or the bot user of an app."""

    id = models.CharField(primary_key=True, max_length=20)
    name = models.CharField(max_length=80, unique=True)
    real_name = models.CharField(max_length=80)
    display_name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    title = models.CharField(max_length=80, blank=True)
    color = models.CharField(max_length=7, default="#3c989f")
    tz = models.CharField(max_length=40, default="Europe/London")
    is_bot = models.BooleanField(default=False)
    is_restricted = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"@{self.name}"

    @property
    def shown_name(self) -> str:
        """The name that others see."""
        return self.display_name or self.real_name


class Group(models.Model):
    """A user group."""

    id = models.CharField(primary_key=True, max_length=20)
    handle = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=80)
    members = models.ManyToManyField(Member)

    def __str__(self) -> str:
        return f"@{self.handle}"


class Channel(models.Model):
    """A channel, or a direct message (``is_im``) between two members."""

    id = models.CharField(primary_key=True, max_length=20)
    # Names are unique also among the archived; direct messages have none.
    name = models.CharField(max_length=80, null=True, unique=True)
    creator = models.CharField(max_length=20, blank=True)
    created = models.BigIntegerField()
    topic = models.CharField(max_length=250, blank=True)
    purpose = models.CharField(max_length=250, blank=True)
    is_private = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    is_im = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"#{self.name or self.id}"


class Membership(models.Model):
    """Who is in a channel, and how far they have read."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="memberships")
    last_read = models.CharField(max_length=20, default="0")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "member"], name="sandbox_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.channel_id}"


class Message(models.Model):
    """Something that was said. ``only_for`` makes it ephemeral."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    ts = models.CharField(max_length=20)
    user = models.CharField(max_length=20)
    bot_id = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True)
    blocks = models.JSONField(default=list)
    subtype = models.CharField(max_length=40, blank=True)
    thread_ts = models.CharField(max_length=20, blank=True)
    only_for = models.CharField(max_length=20, blank=True)
    edited_ts = models.CharField(max_length=20, blank=True)
    deleted = models.BooleanField(default=False)
    files = models.JSONField(default=list)
    attachments = models.JSONField(default=list)

    class Meta:
        ordering = ["ts", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "ts"], name="sandbox_message_ts_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Reaction(models.Model):
    """An emoji that a member put on a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    user = models.CharField(max_length=20)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user", "name"], name="sandbox_reaction_once"
            )
        ]

    def __str__(self) -> str:
        return f":{self.name}:"


class Pin(models.Model):
    """A pinned message."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="pin")
    user = models.CharField(max_length=20)
    created = models.BigIntegerField()

    def __str__(self) -> str:
        return f"pin of {self.message_id}"


class Bookmark(models.Model):
    """A link above a channel's messages."""

    id = models.CharField(primary_key=True, max_length=20)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="bookmarks")
    title = models.CharField(max_length=256)
    link = models.CharField(max_length=2048)
    emoji = models.CharField(max_length=100, blank=True)
    created = models.BigIntegerField()

    class Meta:
        ordering = ["created", "id"]

    def __str__(self) -> str:
        return self.title


class File(models.Model):
    """A file that the app has uploaded, or is about to."""

    id = models.CharField(primary_key=True, max_length=20)
    ticket = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    length = models.PositiveIntegerField()
    content = models.BinaryField(null=True)
    created = models.BigIntegerField()
    completed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title or self.name


class Home(models.Model):
    """What the app shows to a member in its home tab."""

    user = models.CharField(primary_key=True, max_length=20)
    id = models.CharField(max_length=20, unique=True)
    view = models.JSONField()
    hash = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"home of {self.user}"


class Trigger(models.Model):
    """A right to open a form: for 3 seconds, once."""

    id = models.CharField(primary_key=True, max_length=80)
    user = models.CharField(max_length=20)
    created = models.FloatField()
    used = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.id


class ResponseUrl(models.Model):
    """A response URL: it takes 5 answers within 30 minutes."""

    token = models.CharField(primary_key=True, max_length=40)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    user = models.CharField(max_length=20)
    message_ts = models.CharField(max_length=20, blank=True)
    created = models.FloatField()
    uses = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.token


class View(models.Model):
    """A form that was opened."""

    id = models.CharField(primary_key=True, max_length=20)
    user = models.CharField(max_length=20)
    view = models.JSONField()
    hash = models.CharField(max_length=40)
    opened = models.FloatField()
    closed = models.BooleanField(default=False)
    previous = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.id


class Change(models.Model):
    """Something that a page has to show again: in a channel, for one member, or for all."""

    channel = models.CharField(max_length=20, blank=True)
    user = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"{self.channel or 'workspace'} {self.user}".strip()


class ApiCall(models.Model):
    """A call of the Web API, for people and tests to look at."""

    method = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    status = models.PositiveIntegerField()
    error = models.CharField(max_length=80, blank=True)
    started = models.FloatField()
    finished = models.FloatField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.method}: {self.error or 'ok'}"


class Delivery(models.Model):
    """What was delivered to the app, for people and tests to look at.

    ``envelope_id`` says that it went through a socket; without, it was posted.
    """

    path = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    attempt = models.PositiveIntegerField(default=0)
    envelope_id = models.CharField(max_length=40, blank=True)
    status = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    started = models.FloatField()
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.status or self.error}"


class Fault(models.Model):
    """A way in which the sandbox fails, on purpose. See ``faults.py``."""

    API, DELIVERY = "api", "delivery"

    side = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    pattern = models.CharField(max_length=80, default="*")
    seconds = models.FloatField(default=0)
    error = models.CharField(max_length=80, blank=True)
    left = models.IntegerField(null=True)
    probability = models.FloatField(default=1)
    after_effect = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} for {self.pattern}"


class Grant(models.Model):
    """The scopes of the bot token; one row. Every scope that is asked for, unless taken away."""

    withheld: models.JSONField[Any] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"without {self.withheld}"
