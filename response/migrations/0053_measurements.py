"""What is measured between two milestones: a table, with what every installation has in it."""

import django.core.validators
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration

MILESTONES = [
    ("impact_started", "Impact started"),
    ("detected", "Detected"),
    ("declared", "Declared"),
    ("acknowledged", "Acknowledged"),
    ("mitigated", "Mitigated"),
    ("resolved", "Resolved"),
    ("review_published", "Review published"),
]
BUILT_IN = [
    (
        "detect", "Time to detect", "impact_started", "detected",
        "From when the impact started until people or an alert noticed.",
    ),
    (
        "acknowledge", "Time to acknowledge", "declared", "acknowledged",
        "From the declaration until the incident got its first lead.",
    ),
    (
        "mitigate", "Time to mitigate", "impact_started", "mitigated",
        "From when the impact started until it was over or under control.",
    ),
    (
        "resolve", "Time to resolve", "impact_started", "resolved",
        "From when the impact started until the end of the incident.",
    ),
    (
        "review", "Time to review", "resolved", "review_published",
        "From the end of the incident until its review was published.",
    ),
]


def add_built_in(apps, editor):
    rows = apps.get_model("response", "Measurement").objects.using(editor.connection.alias)
    if rows.exists():
        return
    rows.bulk_create(
        rows.model(key=key, name=name, rank=10 * n, start=start, end=end, description=description)
        for n, (key, name, start, end, description) in enumerate(BUILT_IN, start=1)
    )


class Migration(RepeatableMigration):
    dependencies = [("response", "0052_milestones")]

    operations = [
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(
                    help_text="How code and programs refer to it. It never changes.",
                    max_length=40,
                    unique=True,
                    validators=[django.core.validators.RegexValidator(
                        "\\A[a-z0-9][a-z0-9_-]*\\Z", "Use lowercase letters, digits, - and _."
                    )],
                )),
                ("name", models.CharField(max_length=80)),
                ("aliases", models.JSONField(
                    blank=True,
                    default=list,
                    help_text="Other words for it, as a list. Commands understand them.",
                )),
                ("rank", models.PositiveIntegerField(
                    default=100, help_text="The lowest comes first."
                )),
                ("description", models.TextField(blank=True, default="")),
                ("retired", models.BooleanField(
                    default=False, help_text="No longer offered. It stays where it was used."
                )),
                ("start", models.CharField(
                    choices=MILESTONES, max_length=40, verbose_name="from"
                )),
                ("end", models.CharField(choices=MILESTONES, max_length=40, verbose_name="to")),
                ("includes_reported", models.BooleanField(
                    default=False,
                    help_text=(
                        "Also measured for incidents that were only reported after the fact."
                    ),
                )),
            ],
            options={"ordering": ["rank", "key"], "abstract": False},
        ),
        migrations.RunPython(add_built_in, migrations.RunPython.noop),
    ]
