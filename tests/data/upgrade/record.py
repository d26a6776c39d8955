# ruff: noqa: SIM905
"""Records what release 0.5.1 itself does, for the tests of the upgrade.

    python -m venv old && old/bin/pip install django-incident-response==0.5.1 psycopg2-binary
    old/bin/python tests/data/upgrade/record.py

needs Python 3.6 to 3.8 and writes two files next to this one: ``sanitised.json.xz``, texts as
they went into the release's sanitiser and came out of it, and ``reminders.json.xz``, the rows
that the release's own minute tick leaves behind, and what its next tick would send.
"""

import json
import lzma
import random
from datetime import datetime, timedelta
from pathlib import Path

import django
from django.conf import settings

HERE = Path(__file__).parent

TAGS = (
    "h1 h2 h3 h4 h5 h6 b i strong em tt p br span div blockquote code hr ul ol li dd dt img a "
    "sub sup script style u abbr pre table td x @U123 #C12|general !here"
).split()
VOID = ("br", "hr", "img")
TYPED = (
    "a|b | |\n|&|<|>|&amp;|&lt;|&gt;|&copy;|&bogus;|&nbsp;|&#60;|&#x3c;|&hellip;|&zzz;|\"|'|x < y|"
    "a && b|5 > 3|`code`|*b*|https://x.example/?a=1&b=2|<!-- c -->|<!here>|é|🔥|\r\n|"
    "\x07|<a|<b&|R&D"
).split("|")
VALUES = (
    '"x"',
    '""',
    '"a > b"',
    '"a < b &amp; c"',
    "'say \"x\" & y'",
    "x",
    '"https://x/?a=1&b=2"',
    '"javascript:x"',
    '"JAVA&#x73;cript:x"',
    '" data:x"',
    '"//x"',
    '"x:80"',
    '"mailto:a@b"',
    '"&hellip;"',
    '"&copy;"',
    '"&bogus;"',
    '"it\'s"',
    '"&lt;b&gt;"',
    '"#here"',
)
NAMES = ("id", "href", "src", "alt", "title", "class", "style", "onclick", "TITLE")


def attributes(chance):
    names = chance.sample(NAMES, chance.choice((0, 0, 0, 1, 1, 2, 3)))
    return "".join(f" {name}={chance.choice(VALUES)}" for name in sorted(names))


def scattered(chance):
    """Tags and texts in any order."""
    parts = []
    for _ in range(chance.randint(1, 10)):
        tag = chance.choice(TAGS)
        kind = chance.random()
        if kind < 0.15:
            parts.append(f"</{tag}>")
        elif kind < 0.4:
            end = chance.choice(("", "", " /"))
            parts.append(f"<{tag}{attributes(chance)}{end}>")
        else:
            parts.append(chance.choice(TYPED))
    return "".join(parts)


def nested(chance, depth=0):
    """Elements that are closed again, nested as it comes."""
    parts = []
    for _ in range(chance.randint(0, 3)):
        if chance.random() < 0.45 or depth > 4:
            parts.append(chance.choice(TYPED))
            continue
        tag = chance.choice(TAGS[:28])
        parts.append(f"<{tag}{attributes(chance)}>")
        if tag not in VOID:
            parts.append(f"{nested(chance, depth + 1)}</{tag}>")
    return "".join(parts)


def damaged(chance, text):
    """A text with a piece taken out or put in somewhere."""
    place = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        return text[:place] + text[place + chance.randint(1, 3) :]
    piece = chance.choice(("<", ">", "&", '"', "'", ";", "<p>", "</p>", "<li>", "x", " "))
    return text[:place] + piece + text[place:]


def record_texts():
    """Pairs of a text and what the sanitiser made of it; what it made goes in as well."""
    from response.core.util import sanitize

    chance = random.Random(51)
    pairs = {}
    for _ in range(1800):
        typed = chance.choice((scattered, nested))(chance)
        cleaned = sanitize(typed)
        for text in (typed, cleaned, damaged(chance, cleaned or "x")):
            pairs[text] = sanitize(text)
    return sorted(pairs.items())


class Clock(datetime):
    """The time of day that the release sees."""

    moment = datetime(2020, 3, 2, 10, 0)  # a Monday

    @classmethod
    def now(cls, tz=None):
        return cls.moment


class Slack:
    """In the place of Slack's client. Nothing is sent."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: {"ts": "1583143200.000100", "name": "anna"}


def record_reminders():
    """Rows of reminders of several kinds and ages, and what the next tick calls."""
    from django.core.management import call_command

    from response.core.models import ExternalUser, Incident
    from response.slack.decorators import incident_notification as reminders
    from response.slack.models import CommsChannel, Notification

    call_command("migrate", verbosity=0)
    called = []
    del reminders.NOTIFICATION_HANDLERS[:]
    kinds = []
    for number, (decorator, interval, most) in enumerate(
        (
            ("single", 0, 1),
            ("single", 15, 1),
            ("recurring", 5, 1),
            ("recurring", 2, 5),
            ("recurring", 30, 3),
            ("recurring", 1440, 5),
        )
    ):
        key = f"remind_{number}"

        def remind(incident, key=key):
            called.append((incident.pk, key))

        remind.__name__ = key
        if decorator == "single":
            reminders.single_notification(interval)(remind)
        else:
            reminders.recurring_notification(interval, most)(remind)
        kinds.append({"key": key, "decorator": decorator, "interval": interval, "most": most})

    reminders.datetime = Clock
    anna = ExternalUser.objects.create(app_id="slack", external_id="U1", display_name="Anna")
    start = Clock.moment
    ages = (1, 2, 4, 5, 8, 10, 15, 16, 30, 60, 65, 90, 100, 1440, 2880, 2900, 9000)
    for age in ages:
        incident = Incident.objects.create_incident(
            report=f"{age} minutes old",
            reporter=anna,
            report_time=start - timedelta(minutes=age),
            report_only=False,
        )
        CommsChannel.objects.create(
            incident=incident, channel_id=f"C{age}", channel_name=f"inc-{age}"
        )
        for minute in range(age):
            if age < 200 or minute % 60 == 0:
                Clock.moment = incident.report_time + timedelta(minutes=minute)
                reminders.handle_notifications()
    rows = [
        {
            "age": int(n.incident.report.split()[0]),
            "key": n.key,
            "minutes_ago": (start - n.time).total_seconds() / 60,
            "repeat_count": n.repeat_count,
            "completed": n.completed,
        }
        for n in Notification.objects.order_by("pk").select_related("incident")
        if n.time <= start
    ]
    for late in Notification.objects.filter(time__gt=start):
        raise AssertionError(f"sent in the future: {late}")
    del called[:]
    Clock.moment = start
    reminders.handle_notifications()
    age_of = {i.pk: int(i.report.split()[0]) for i in Incident.objects.all()}
    return {
        "now": start.isoformat(),
        "kinds": kinds,
        "ages": list(ages),
        "notifications": rows,
        "next": sorted([age_of[pk], key] for pk, key in called),
    }


def write(name, value):
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    (HERE / (name + ".json.xz")).write_bytes(lzma.compress(text.encode(), preset=9))


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "after_response",
            "rest_framework",
            "bootstrap4",
            "response.apps.ResponseConfig",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SECRET_KEY="only-for-recording",
        ROOT_URLCONF="response.ui.urls",
        USE_TZ=False,
        TIME_ZONE="UTC",
        SLACK_CLIENT=Slack(),
        INCIDENT_CHANNEL_ID="C1",
        INCIDENT_BOT_ID="U0",
        SITE_URL="http://response.example.com",
    )
    django.setup()
    write("sanitised", record_texts())
    write("reminders", record_reminders())
