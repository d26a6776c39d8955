"""Reminders may have longer names, and their counts begin with one."""

from django.db import migrations, models

from response.upgrade import ledger, reminders
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0028_comms_channel_archived"),
    ]

    operations = [
        migrations.AlterField(
            model_name='notification',
            name='key',
            field=models.CharField(max_length=100),
        ),
        migrations.RunPython(
            ledger.once("reminders counted from one", reminders.count_from_one),
            ledger.undo("reminders counted from one", reminders.count_from_zero),
        ),
    ]
