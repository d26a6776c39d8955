"""Reminders may have longer names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("response", "0028_comms_channel_archived"),
    ]

    operations = [
        migrations.AlterField(
            model_name='notification',
            name='key',
            field=models.CharField(max_length=100),
        ),
    ]
