"""People who were stored more than once become one row."""

from django.db import migrations

from response.upgrade import duplicates, sqlite_counters


class Migration(migrations.Migration):
    dependencies = [("response", "0018_inbox_and_outbox")]

    operations = [
        migrations.RunPython(sqlite_counters.remember, migrations.RunPython.noop),
        migrations.RunPython(duplicates.merge_people, migrations.RunPython.noop),
    ]
