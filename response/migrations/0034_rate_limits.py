"""Messages that a person waits for go first, and Slack's rate limits are kept."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0033_alert_sources'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmessage',
            name='urgent',
            field=models.BooleanField(db_default=True, default=True, help_text='Somebody waits for it; it goes first.'),
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255, unique=True)),
                ('booked_until', models.FloatField(default=0)),
            ],
            options={
                'verbose_name': 'pace',
                'verbose_name_plural': 'paces',
                'indexes': [models.Index(fields=['booked_until'], name='response_pace_booked')],
            },
        ),
    ]
