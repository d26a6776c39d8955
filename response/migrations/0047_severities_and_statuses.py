"""Severities and statuses are rows that a project configures."""

import django.core.validators
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


def _configured():
    """What every kind of configured row has."""
    return [
        ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
        ('key', models.CharField(help_text='How code and programs refer to it. It never changes.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9_-]*\\Z', 'Use lowercase letters, digits, - and _.')])),
        ('name', models.CharField(max_length=80)),
        ('aliases', models.JSONField(blank=True, default=list, help_text='Other words for it, as a list. Commands understand them.')),
        ('rank', models.PositiveIntegerField(default=100, help_text='The lowest comes first.')),
        ('description', models.TextField(blank=True, default='')),
        ('retired', models.BooleanField(default=False, help_text='No longer offered. It stays where it was used.')),
    ]


class Migration(RepeatableMigration):
    dependencies = [
        ('response', '0046_help_texts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Severity',
            fields=[
                *_configured(),
                ('emoji', models.CharField(blank=True, default='', help_text='An emoji, or its name: :fire:', max_length=64)),
                ('colour', models.CharField(blank=True, choices=[('', 'none'), ('red', 'red'), ('orange', 'orange'), ('yellow', 'yellow'), ('green', 'green'), ('blue', 'blue'), ('purple', 'purple'), ('grey', 'grey')], default='', max_length=10)),
                ('default', models.BooleanField(default=False, help_text='Preselected in the forms that declare an incident.')),
            ],
            options={'verbose_name_plural': 'severities', 'ordering': ['rank', 'key'], 'abstract': False},
        ),
        migrations.CreateModel(
            name='Status',
            fields=[
                *_configured(),
                ('category', models.CharField(choices=[('live', 'live: still going on'), ('closed', 'closed: it is over'), ('reported', 'reported: after the fact')], help_text='What it means to the program. It never changes.', max_length=10)),
                ('emoji', models.CharField(blank=True, default='', help_text='An emoji, or its name: :fire:', max_length=64)),
                ('default', models.BooleanField(default=False, help_text='What incidents of the category have until another status is chosen.')),
            ],
            options={'verbose_name_plural': 'statuses', 'ordering': ['rank', 'key'], 'abstract': False},
        ),
        migrations.AddField(
            model_name='incident',
            name='status',
            field=models.CharField(blank=True, help_text='Where it stands. Closing and reopening set the default.', max_length=40, null=True),
        ),
        migrations.AlterField(
            model_name='incident',
            name='severity',
            field=models.CharField(blank=True, max_length=40, null=True),
        ),
    ]
