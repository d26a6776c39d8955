"""Pins that were stored more than once become one row."""

from django.db import migrations

from response.upgrade import duplicates


class Migration(migrations.Migration):
    dependencies = [("response", "0022_one_headline")]

    operations = [migrations.RunPython(duplicates.merge_pins, migrations.RunPython.noop)]
