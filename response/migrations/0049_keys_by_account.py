"""Keys of alerts by account: what an account may not see does not hold a key for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("response", "0048_first_severities_and_statuses"),
    ]

    operations = [
        migrations.AddField(
            "dedupkey",
            "declarer",
            models.ForeignKey(
                to=settings.AUTH_USER_MODEL,
                on_delete=django.db.models.deletion.SET_NULL,
                null=True,
                editable=False,
                related_name="+",
                help_text="The account that used the key; empty for the project's own code.",
            ),
        ),
        migrations.AddIndex(
            "dedupkey", models.Index(fields=["key", "held"], name="response_key_held")
        ),
        migrations.AlterField("dedupkey", "key", models.CharField(max_length=255)),
    ]
