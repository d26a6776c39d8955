"""The schema of release 0.5.1, in the place of its sixteen migrations.

An installation that has applied all sixteen has this applied as well, and nothing is run.
``0017_externaluser_deleted`` is not among them: the published release does not have it.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration
from response.upgrade.published import PUBLISHED

INCIDENT = "response.incident"
PERSON = "response.externaluser"


def id_field():
    return models.AutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(RepeatableMigration):
    initial = True

    replaces = [("response", name) for name in PUBLISHED]

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="ExternalUser",
            fields=[
                ("id", id_field()),
                ("app_id", models.CharField(max_length=50)),
                ("external_id", models.CharField(max_length=50)),
                ("display_name", models.CharField(max_length=50)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("full_name", models.CharField(max_length=50, null=True)),
                ("email", models.CharField(max_length=100, null=True)),
            ],
            options={"unique_together": {("owner", "app_id", "external_id")}},
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", id_field()),
                ("report", models.CharField(max_length=200)),
                ("report_time", models.DateTimeField()),
                ("start_time", models.DateTimeField()),
                ("end_time", models.DateTimeField(blank=True, null=True)),
                ("summary", models.TextField(blank=True, null=True)),
                ("impact", models.TextField(blank=True, null=True)),
                ("severity", models.CharField(blank=True, max_length=10, null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lead",
                        to=PERSON,
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reporter",
                        to=PERSON,
                    ),
                ),
                ("report_only", models.BooleanField(default=False)),
                ("private", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", id_field()),
                ("details", models.TextField(blank=True, default="")),
                ("done", models.BooleanField(default=False)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=PERSON),
                ),
                ("done_date", models.DateTimeField(blank=True, null=True)),
                ("due_date", models.DateTimeField(blank=True, null=True)),
                ("priority", models.CharField(blank=True, max_length=10, null=True)),
                ("type", models.CharField(blank=True, max_length=10, null=True)),
                ("created_date", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TimelineEvent",
            fields=[
                ("id", id_field()),
                ("timestamp", models.DateTimeField()),
                ("text", models.TextField()),
                ("metadata", models.TextField(null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
                ("event_type", models.CharField(max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", id_field()),
                ("timestamp", models.DateTimeField()),
                ("event_type", models.CharField(max_length=50)),
                ("payload", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="CommsChannel",
            fields=[
                ("id", id_field()),
                ("channel_id", models.CharField(max_length=20)),
                ("channel_name", models.CharField(max_length=80)),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HeadlinePost",
            fields=[
                ("id", id_field()),
                ("message_ts", models.CharField(max_length=20, null=True)),
                (
                    "comms_channel",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="response.commschannel",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", id_field()),
                ("key", models.CharField(max_length=30)),
                ("time", models.DateTimeField()),
                ("repeat_count", models.IntegerField(default=0)),
                ("completed", models.BooleanField(default=False)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
            ],
            options={"unique_together": {("incident", "key")}},
        ),
        migrations.CreateModel(
            name="PinnedMessage",
            fields=[
                ("id", id_field()),
                ("message_ts", models.CharField(max_length=50)),
                ("text", models.TextField()),
                ("timestamp", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=PERSON),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
                (
                    "timeline_event",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="response.timelineevent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UserStats",
            fields=[
                ("id", id_field()),
                ("join_time", models.DateTimeField(null=True)),
                ("message_count", models.IntegerField(default=0)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=INCIDENT
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=PERSON),
                ),
            ],
            options={"unique_together": {("incident", "user")}},
        ),
    ]
