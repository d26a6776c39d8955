"""SQLite gives out no id twice, although its tables were rebuilt."""

from django.db import migrations

from response.upgrade import sqlite_counters


class Migration(migrations.Migration):
    dependencies = [("response", "0031_defaults_and_choices")]

    operations = [migrations.RunPython(sqlite_counters.restore, migrations.RunPython.noop)]
