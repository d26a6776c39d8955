"""Incidents with several headlines keep one."""

from django.db import migrations

from response.upgrade import duplicates


class Migration(migrations.Migration):
    dependencies = [("response", "0020_people_once")]

    operations = [migrations.RunPython(duplicates.merge_headlines, migrations.RunPython.noop)]
