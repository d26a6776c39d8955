"""Updates, those who subscribe to them, how often they are due, timers; rules, and what each has done."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0054_acknowledged"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="How code and programs refer to it. It never changes.",
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9][a-z0-9_-]*\\Z", "Use lowercase letters, digits, - and _."
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "aliases",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Other words for it, as a list. Commands understand them.",
                    ),
                ),
                (
                    "rank",
                    models.PositiveIntegerField(default=100, help_text="The lowest comes first."),
                ),
                ("description", models.TextField(blank=True, default="")),
                (
                    "retired",
                    models.BooleanField(
                        default=False, help_text="No longer offered. It stays where it was used."
                    ),
                ),
                (
                    "active",
                    models.BooleanField(
                        default=False,
                        help_text="Try it first: see what would happen.",
                        verbose_name="switched on",
                    ),
                ),
                (
                    "severities",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="One key per line. Leave empty for every incident.",
                        verbose_name="severities",
                    ),
                ),
                (
                    "field_values",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="One key=value per line. Of each field named, the incident needs one of the values.",
                        verbose_name="fields",
                    ),
                ),
                (
                    "include_private",
                    models.BooleanField(
                        default=False,
                        help_text="Nothing is ever posted about them in another channel.",
                        verbose_name="private incidents too",
                    ),
                ),
                (
                    "invite_users",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Slack user ids, such as U012ABCDEF.",
                        verbose_name="invite people",
                    ),
                ),
                (
                    "invite_groups",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Slack group ids, such as S012ABCDEF. Members are looked up when they are invited.",
                        verbose_name="invite user groups",
                    ),
                ),
                (
                    "post_channel",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="The channel's name or id.",
                        max_length=80,
                        verbose_name="post in the channel",
                    ),
                ),
                (
                    "post_text",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="These are filled in: {id}, {title}, {severity}, {lead}, {channel} and {link}.",
                        verbose_name="what to post",
                    ),
                ),
                (
                    "remind_if",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "nothing"),
                            ("lead", "no lead"),
                            ("update", "no update"),
                            ("summary", "no summary"),
                            ("severity", "no severity"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="remind if there is",
                    ),
                ),
                (
                    "remind_after",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(43200),
                        ],
                        verbose_name="for this many minutes",
                    ),
                ),
                (
                    "archive_after",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The channel is told one day before.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="archive the channel this many days after closing",
                    ),
                ),
                ("since", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name": "rule",
                "ordering": ["rank", "key"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="severity",
            name="update_after",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Minutes from an update until the next one is due. Leave empty to ask for none.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(43200),
                ],
                verbose_name="update due after",
            ),
        ),
        migrations.CreateModel(
            name="Update",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("known", models.TextField(verbose_name="what is known")),
                ("doing", models.TextField(blank=True, default="", verbose_name="what we are doing")),
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
            name="RuleRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule", models.CharField(max_length=40)),
                ("cause", models.CharField(max_length=80)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("done", "done"),
                            ("skipped", "not done"),
                            ("failed", "failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rule_runs",
                        to="response.incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule run",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "rule", "cause"), name="response_rulerun_once"
                    )
                ],
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
                            ("withheld", "not sent: may not see the incident"),
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
