"""Big counts of messages, where 0019 was applied before it widened the column."""

from django.db import migrations

from response.upgrade import duplicates
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0040_actors")]

    operations = [migrations.RunPython(duplicates.widen_counts, migrations.RunPython.noop)]
