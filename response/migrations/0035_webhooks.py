"""Other programs are told what happens to incidents."""

import django.utils.timezone
import response.webhooks.signing
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0034_rate_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('url', models.CharField(max_length=500, verbose_name='URL')),
                ('secret', models.CharField(default=response.webhooks.signing.new_secret, help_text='The receiver checks signatures with it. Begins with whsec_.', max_length=200, verbose_name='secret')),
                ('events', models.JSONField(blank=True, default=list, help_text='Choose none to get all.', verbose_name='events')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('include_private', models.BooleanField(default=False, help_text='Otherwise it is told nothing about private incidents.', verbose_name='private incidents too')),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('failing_since', models.DateTimeField(blank=True, editable=False, null=True)),
                ('disabled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('disabled_because', models.TextField(blank=True, default='', editable=False)),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
            ],
            options={
                'verbose_name': 'webhook delivery',
                'verbose_name_plural': 'webhook deliveries',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('response.outboxmessage',),
        ),
    ]
