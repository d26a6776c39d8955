"""A message is pinned once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("response", "0023_merge_pins"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='pinnedmessage',
            constraint=models.UniqueConstraint(fields=('incident', 'message_ts'), name='response_pinnedmessage_once'),
        ),
    ]
