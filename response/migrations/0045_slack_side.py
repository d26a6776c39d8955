"""What comms channels have been told, and messages that a reaction or a shortcut put in."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0044_blocked'),
    ]

    operations = [
        migrations.AddField(
            model_name='commschannel',
            name='welcome_ts',
            field=models.CharField(blank=True, db_default='', default='', max_length=50),
        ),
        migrations.AddField(
            model_name='commschannel',
            name='welcome_fingerprint',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='commschannel',
            name='announced',
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='pinnedmessage',
            name='pinned',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.CreateModel(
            name='TimelineMark',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message_ts', models.CharField(max_length=50)),
                ('kind', models.CharField(max_length=120)),
                ('user_id', models.CharField(max_length=64)),
                ('event_ts', models.CharField(max_length=50)),
                ('present', models.BooleanField(default=True)),
                ('noted', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('incident', models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name='+',
                    to='response.incident',
                )),
            ],
            options={
                'constraints': [models.UniqueConstraint(
                    fields=('incident', 'message_ts', 'kind', 'user_id'),
                    name='response_timelinemark_once',
                )],
            },
        ),
    ]
