"""Times at which an incident was detected, acknowledged, mitigated and reviewed.

New columns that may be empty: no database rewrites the table for them.
"""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0051_indexes_for_finding")]

    operations = [
        migrations.AddField(
            "incident",
            "detected_at",
            models.DateTimeField(
                blank=True, help_text="When people or an alert noticed it.", null=True
            ),
        ),
        migrations.AddField(
            "incident",
            "acknowledged_at",
            models.DateTimeField(blank=True, help_text="When it got its first lead.", null=True),
        ),
        migrations.AddField(
            "incident",
            "mitigated_at",
            models.DateTimeField(
                blank=True, help_text="When the impact was over or under control.", null=True
            ),
        ),
        migrations.AddField(
            "incident",
            "review_published_at",
            models.DateTimeField(blank=True, null=True),
        ),
    ]
