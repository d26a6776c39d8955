"""Who did it: entries of the timeline have an actor, and what people change in them is kept."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0039_ordering_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='timelineevent',
            name='actor',
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL,
                related_name='+', to='response.externaluser',
            ),
        ),
        migrations.AddField(
            model_name='timelineevent',
            name='actor_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='timelineevent',
            name='hidden',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='timelineevent',
            name='starred',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='timelineevent',
            name='rewritten',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='timelineevent',
            name='modified',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name='TimelineRevision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor_name', models.CharField(blank=True, default='', max_length=255)),
                ('before', models.JSONField()),
                ('actor', models.ForeignKey(
                    blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL,
                    related_name='+', to='response.externaluser',
                )),
                ('event', models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name='revisions',
                    to='response.timelineevent',
                )),
            ],
            options={'ordering': ['id']},
        ),
    ]
