"""Keys by which a repeated alert finds its incident, and the alerts of an incident."""

import django.db.models.deletion
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0032_sqlite_counters")]

    operations = [
        migrations.CreateModel(
            name='DedupKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(db_index=True, max_length=255)),
                ('held', models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='response.incident')),
            ],
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('identity', models.CharField(max_length=64)),
                ('firing', models.BooleanField(default=True)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='response.incident')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('incident', 'identity'), name='response_alert_once')],
            },
        ),
    ]
