"""When old incidents were acknowledged, as far as their timelines tell."""

from django.db import migrations

from response.upgrade import acknowledged
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0053_measurements")]

    operations = [migrations.RunPython(acknowledged.fill_in, migrations.RunPython.noop)]
