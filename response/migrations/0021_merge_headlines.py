"""Incidents with several headlines keep one."""

from django.db import migrations

from response.upgrade import duplicates
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0020_people_once")]

    operations = [migrations.RunPython(duplicates.merge_headlines, migrations.RunPython.noop)]
