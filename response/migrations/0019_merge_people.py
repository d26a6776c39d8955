"""People who were stored more than once become one row."""

from django.db import migrations, models

from response.upgrade import duplicates
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0018_inbox_and_outbox")]

    operations = [
        # Before the merging: two counts may add up to more than an integer column holds.
        migrations.AlterField(
            model_name="userstats",
            name="message_count",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(duplicates.merge_people, migrations.RunPython.noop),
    ]
