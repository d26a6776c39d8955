"""A message is pinned once."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0023_merge_pins"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='pinnedmessage',
            constraint=models.UniqueConstraint(fields=('incident', 'message_ts'), name='response_pinnedmessage_once'),
        ),
    ]
