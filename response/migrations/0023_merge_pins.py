"""Pins that were stored more than once become one row."""

from django.db import migrations

from response.upgrade import duplicates
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0022_one_headline")]

    operations = [migrations.RunPython(duplicates.merge_pins, migrations.RunPython.noop)]
