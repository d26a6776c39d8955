"""When a worker took a request up for the last time."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0041_wide_counts'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboxrequest',
            name='begun',
            field=models.DateTimeField(blank=True, help_text='When a worker took it up for the last time.', null=True),
        ),
    ]
