"""Alerts that were told as resolved while no incident was open for them: a new table."""

import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0058_sections_of_reviews")]

    operations = [
        migrations.CreateModel(
            "ResolvedAlert",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=255)),
                ("identity", models.CharField(max_length=64)),
                (
                    "received",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "identity"), name="response_resolved_once"
                    )
                ]
            },
        ),
    ]
