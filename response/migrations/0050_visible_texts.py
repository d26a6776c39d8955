"""Titles, actions and timeline entries must show something. No database sees a difference."""

import django.core.validators
from django.db import migrations, models

from response.core.clean import require_visible
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0049_keys_by_account")]

    operations = [
        migrations.AlterField(
            "incident",
            "report",
            models.CharField(
                "title",
                max_length=200,
                validators=[django.core.validators.MinLengthValidator(1), require_visible],
                help_text="What is wrong.",
            ),
        ),
        migrations.AlterField(
            "action", "details", models.TextField(validators=[require_visible])
        ),
        migrations.AlterField(
            "timelineevent", "text", models.TextField(validators=[require_visible])
        ),
    ]
