"""Tables for what Slack sends us and what we have to say to Slack."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0017_externaluser_deleted"),
    ]

    operations = [
        migrations.CreateModel(
            name='InboxRequest',
            fields=[
                ('claim', models.CharField(blank=True, db_default='', default='', max_length=32)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('command', 'Slash command'), ('interaction', 'Interaction'), ('event', 'Event')], max_length=20)),
                ('type', models.CharField(help_text="The event's or interaction's type.", max_length=100)),
                ('delivery', models.CharField(max_length=255, unique=True)),
                ('subject', models.CharField(max_length=255, unique=True)),
                ('lane', models.CharField(blank=True, default='', help_text='The channel; worked on in order.', max_length=64)),
                ('payload', models.TextField(help_text='JSON, in ASCII; private, and purged after a while.')),
                ('received', models.DateTimeField(default=django.utils.timezone.now)),
                ('status', models.CharField(choices=[('pending', 'Waiting'), ('done', 'Done'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='pending', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due', models.DateTimeField(default=django.utils.timezone.now)),
                ('handled_by', models.JSONField(blank=True, default=list, help_text='Handlers that have done their part.')),
                ('error', models.TextField(blank=True, default='')),
                ('finished', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'inbox request',
            },
        ),
        migrations.CreateModel(
            name='Lookup',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=150, unique=True)),
                ('value', models.JSONField()),
                ('looked_up', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('method', models.CharField(max_length=80)),
                ('arguments', models.JSONField(default=dict)),
                ('progress', models.JSONField(blank=True, default=dict)),
                ('coalesce', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('created', models.DateTimeField(default=django.utils.timezone.now)),
                ('due', models.DateTimeField(default=django.utils.timezone.now)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='waiting', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True, default='')),
                ('finished', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'outbox message',
            },
        ),
        migrations.CreateModel(
            name='OutboxQueue',
            fields=[
                ('claim', models.CharField(blank=True, db_default='', default='', max_length=32)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, unique=True)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'outbox queue',
            },
        ),
        migrations.CreateModel(
            name='PinState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message_ts', models.CharField(max_length=50)),
                ('event_ts', models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claim', models.CharField(blank=True, db_default='', default='', max_length=32)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('name', models.CharField(max_length=30, unique=True)),
                ('last_run', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='inboxrequest',
            index=models.Index(fields=['status', 'due'], name='response_inbox_due'),
        ),
        migrations.AddIndex(
            model_name='inboxrequest',
            index=models.Index(fields=['lane', 'status'], name='response_inbox_lane'),
        ),
        migrations.AddIndex(
            model_name='inboxrequest',
            index=models.Index(fields=['received'], name='response_inbox_received'),
        ),
        migrations.AddField(
            model_name='outboxmessage',
            name='incident',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='response.incident'),
        ),
        migrations.AddField(
            model_name='outboxmessage',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='response.outboxqueue'),
        ),
        migrations.AddField(
            model_name='pinstate',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='response.incident'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['status', 'queue', 'due'], name='response_outbox_due'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['finished'], name='response_outbox_finished'),
        ),
        migrations.AddConstraint(
            model_name='pinstate',
            constraint=models.UniqueConstraint(fields=('incident', 'message_ts'), name='response_pinstate_once'),
        ),
    ]
