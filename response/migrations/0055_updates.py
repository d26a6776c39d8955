"""Updates, those who subscribe to them, how often they are due, and timers."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0046_help_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="UpdateCadence",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="The key of a severity; empty for incidents without one.",
                        max_length=40,
                        unique=True,
                        verbose_name="severity",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        help_text="How long after an update the next one is due.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(43200),
                        ],
                        verbose_name="minutes",
                    ),
                ),
            ],
            options={
                "verbose_name": "update cadence",
                "ordering": ["severity"],
            },
        ),
        migrations.CreateModel(
            name="Update",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("known", models.TextField(verbose_name="what is known")),
                ("doing", models.TextField(blank=True, default="", verbose_name="what we do")),
                ("needed", models.TextField(blank=True, default="", verbose_name="what we need")),
                (
                    "next_update",
                    models.DateTimeField(blank=True, null=True, verbose_name="next update due"),
                ),
                ("actor_name", models.CharField(blank=True, default="", max_length=255)),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="response.externaluser",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="response.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="response.incident",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="response.externaluser",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "person"), name="response_subscription_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(blank=True, default="", max_length=80)),
                ("due", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("data", models.JSONField(blank=True, default=dict)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="response.incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "timer",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "kind", "key"), name="response_timer_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UpdateNotice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("recipient", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("uncertain", "perhaps sent"),
                            ("withheld", "not sent: not to be told"),
                            ("refused", "not sent: Slack refused"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("channel_id", models.CharField(blank=True, default="", max_length=64)),
                ("message_ts", models.CharField(blank=True, default="", max_length=50)),
                ("since", models.FloatField(blank=True, null=True)),
                (
                    "update",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="response.update",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("update", "recipient"), name="response_updatenotice_once"
                    )
                ],
            },
        ),
    ]
