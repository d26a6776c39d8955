"""Roles that people have in incidents, and custom fields with their values."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0055_updates'),
    ]

    operations = [
        migrations.CreateModel(
            name='Field',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='How code and programs refer to it. It never changes.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9_-]*\\Z', 'Use lowercase letters, digits, - and _.')])),
                ('name', models.CharField(max_length=80)),
                ('aliases', models.JSONField(blank=True, default=list, help_text='Other words for it, as a list. Commands understand them.')),
                ('rank', models.PositiveIntegerField(default=100, help_text='The lowest comes first.')),
                ('description', models.TextField(blank=True, default='')),
                ('retired', models.BooleanField(default=False, help_text='No longer offered. It stays where it was used.')),
                ('kind', models.CharField(choices=[('text', 'text'), ('choice', 'choice'), ('choices', 'several choices'), ('number', 'number'), ('date', 'date'), ('person', 'person'), ('link', 'link')], default='text', max_length=10)),
                ('options', models.JSONField(blank=True, default=list, help_text='For choices: a list of words, or of objects with key, name and optionally retired.')),
                ('required', models.CharField(blank=True, choices=[('', 'never'), ('declaring', 'when declaring'), ('closing', 'when closing')], default='', max_length=10)),
                ('severities', models.JSONField(blank=True, default=list, help_text='The keys of the severities that have this field, as a list; empty for all.')),
                ('in_form', models.BooleanField(default=True, help_text='Asked for in the forms for declaring and editing. The page has it anyway.', verbose_name='in the form')),
            ],
            options={
                'ordering': ['rank', 'key'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='How code and programs refer to it. It never changes.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9_-]*\\Z', 'Use lowercase letters, digits, - and _.')])),
                ('name', models.CharField(max_length=80)),
                ('aliases', models.JSONField(blank=True, default=list, help_text='Other words for it, as a list. Commands understand them.')),
                ('rank', models.PositiveIntegerField(default=100, help_text='The lowest comes first.')),
                ('description', models.TextField(blank=True, default='')),
                ('retired', models.BooleanField(default=False, help_text='No longer offered. It stays where it was used.')),
                ('several', models.BooleanField(default=False, help_text='Several people can have it. Otherwise a second person replaces the first.')),
                ('in_form', models.BooleanField(default=False, help_text='Asked for in the forms for incidents.', verbose_name='in the form')),
            ],
            options={
                'ordering': ['rank', 'key'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FieldValue',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('text', models.TextField()),
                ('lookup', models.CharField(max_length=100)),
                ('number', models.DecimalField(blank=True, decimal_places=3, max_digits=15, null=True)),
                ('field', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='values', to='response.field')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='field_value_rows', to='response.incident')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='response.externaluser')),
            ],
            options={
                'ordering': ['position', 'id'],
                'indexes': [models.Index(fields=['field', 'lookup', 'incident'], name='response_fieldvalue_lookup'), models.Index(fields=['field', 'number'], name='response_fieldvalue_number')],
                'constraints': [models.UniqueConstraint(fields=('incident', 'field', 'position'), name='response_fieldvalue_once')],
            },
        ),
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('given', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor_name', models.CharField(blank=True, default='', max_length=255)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='response.externaluser')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='role_assignments', to='response.incident')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='response.externaluser')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='response.role')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('incident', 'role', 'person'), name='response_roleassignment_once')],
            },
        ),
    ]
