"""For the list of incidents and for following the event stream."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0029_longer_reminder_names"),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['timestamp'], name='response_event_timestamp'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['-report_time', '-id'], name='response_incident_newest'),
        ),
    ]
