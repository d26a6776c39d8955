"""JSON in text columns that JSON columns would refuse is put into a safe form."""

from django.db import migrations

from response.upgrade import json_text
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0024_pins_once")]

    operations = [migrations.RunPython(json_text.mend, migrations.RunPython.noop)]
