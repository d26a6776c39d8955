"""An incident has one headline, which knows where it was posted."""

import django.db.models.deletion
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0021_merge_headlines"),
    ]

    operations = [
        migrations.AddField(
            model_name='headlinepost',
            name='channel_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='headlinepost',
            name='fingerprint',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='headlinepost',
            name='comms_channel',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='response.commschannel'),
        ),
        migrations.AlterField(
            model_name='headlinepost',
            name='incident',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='response.incident'),
        ),
        migrations.AlterField(
            model_name='headlinepost',
            name='message_ts',
            field=models.CharField(blank=True, max_length=20, null=True),
        ),
    ]
