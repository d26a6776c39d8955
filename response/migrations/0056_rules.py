"""Rules, and what each has done."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0055_updates"),
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
                                "\\A[a-z0-9][a-z0-9_-]*\\Z", "Use small letters, digits, - and _."
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
                        help_text="Other words for it, as a list: commands know them.",
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
                        default=False, help_text="Not offered any more. It stays where it was used."
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
                        help_text="Keys. None: every incident.",
                        verbose_name="severities",
                    ),
                ),
                (
                    "field_values",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="key=value. Of each field that is named, one value has to be there.",
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
                        help_text="User ids of Slack's: U012ABCDEF",
                        verbose_name="invite people",
                    ),
                ),
                (
                    "invite_groups",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Ids of Slack's: S012ABCDEF. Their members are looked up when they come.",
                        verbose_name="invite user groups",
                    ),
                ),
                (
                    "post_channel",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Its name or its id.",
                        max_length=80,
                        verbose_name="post in the channel",
                    ),
                ),
                (
                    "post_text",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="May have {id}, {title}, {severity}, {lead}, {channel} and {link} in it.",
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
                        verbose_name="for so many minutes",
                    ),
                ),
                (
                    "archive_after",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The channel is told a day before.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="archive the channel, days after closing",
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
    ]
