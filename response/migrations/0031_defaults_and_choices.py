"""Nothing in the database: defaults, choices, help texts, orderings and a permission."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0030_indexes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='action',
            options={'ordering': ['id']},
        ),
        migrations.AlterModelOptions(
            name='event',
            options={'ordering': ['id']},
        ),
        migrations.AlterModelOptions(
            name='incident',
            options={'permissions': [('view_private_incident', 'Can see every private incident')]},
        ),
        migrations.AlterModelOptions(
            name='timelineevent',
            options={'ordering': ['timestamp', 'id']},
        ),
        migrations.AlterField(
            model_name='action',
            name='created_date',
            field=models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True),
        ),
        migrations.AlterField(
            model_name='action',
            name='details',
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name='action',
            name='priority',
            field=models.CharField(blank=True, choices=[('1', 'high'), ('2', 'medium'), ('3', 'low')], max_length=10, null=True),
        ),
        migrations.AlterField(
            model_name='action',
            name='type',
            field=models.CharField(blank=True, choices=[('1', 'detection'), ('2', 'mitigation'), ('3', 'prevention')], max_length=10, null=True),
        ),
        migrations.AlterField(
            model_name='event',
            name='timestamp',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='incident',
            name='impact',
            field=models.TextField(blank=True, help_text='Who is affected, and how?', null=True),
        ),
        migrations.AlterField(
            model_name='incident',
            name='report',
            field=models.CharField(help_text='What is wrong.', max_length=200, validators=[django.core.validators.MinLengthValidator(1)], verbose_name='title'),
        ),
        migrations.AlterField(
            model_name='incident',
            name='report_only',
            field=models.BooleanField(default=False, help_text='Reported after the fact: nobody is called together.'),
        ),
        migrations.AlterField(
            model_name='incident',
            name='report_time',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='incident',
            name='severity',
            field=models.CharField(blank=True, choices=[('1', 'critical'), ('2', 'major'), ('3', 'minor'), ('4', 'trivial')], max_length=10, null=True),
        ),
        migrations.AlterField(
            model_name='incident',
            name='start_time',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='incident',
            name='summary',
            field=models.TextField(blank=True, help_text='What is going on?', null=True),
        ),
        migrations.AlterField(
            model_name='notification',
            name='time',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='pinnedmessage',
            name='timeline_event',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='response.timelineevent'),
        ),
        migrations.AlterField(
            model_name='pinnedmessage',
            name='timestamp',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='timelineevent',
            name='event_type',
            field=models.CharField(default='text', max_length=30),
        ),
        migrations.AlterField(
            model_name='timelineevent',
            name='timestamp',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='userstats',
            name='join_time',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
