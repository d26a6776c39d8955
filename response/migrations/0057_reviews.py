"""Reviews of incidents, and which reminders of overdue actions were sent."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0056_roles_and_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='ActionSnooze',
            fields=[
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='snooze', serialize=False, to='response.action')),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='OverdueReminder',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='overdue_reminder', serialize=False, to='response.externaluser')),
                ('sent', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('published', 'published')], default='draft', max_length=20)),
                ('due_date', models.DateTimeField(blank=True, null=True)),
                ('created', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('modified', models.DateTimeField(default=django.utils.timezone.now)),
                ('owner_reminded', models.DateTimeField(blank=True, editable=False, null=True)),
                ('owner_reminders', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('channel_reminded', models.DateTimeField(blank=True, editable=False, null=True)),
                ('channel_reminders', models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewRevision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor_name', models.CharField(blank=True, default='', max_length=255)),
                ('kind', models.CharField(choices=[('drafted', 'filled in from the incident'), ('written', 'saved'), ('autosaved', 'saved while writing'), ('restored', 'restored')], default='written', max_length=20)),
                ('text', models.TextField(blank=True, default='')),
            ],
            options={
                'ordering': ['version'],
            },
        ),
        migrations.CreateModel(
            name='ReviewSection',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=80)),
                ('rank', models.PositiveIntegerField(default=100)),
                ('text', models.TextField(blank=True, default='')),
                ('written', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=0)),
                ('modified', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['rank', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewTemplateSection',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='How code and programs refer to it. It never changes.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9_-]*\\Z', 'Use lowercase letters, digits, - and _.')])),
                ('name', models.CharField(max_length=80)),
                ('aliases', models.JSONField(blank=True, default=list, help_text='Other words for it, as a list. Commands understand them.')),
                ('rank', models.PositiveIntegerField(default=100, help_text='The lowest comes first.')),
                ('description', models.TextField(blank=True, default='')),
                ('retired', models.BooleanField(default=False, help_text='No longer offered. It stays where it was used.')),
            ],
            options={
                'verbose_name': 'review section',
                'verbose_name_plural': 'review sections',
                'ordering': ['rank', 'key'],
            },
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['done', 'due_date'], name='response_action_due'),
        ),
        migrations.AddField(
            model_name='review',
            name='incident',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='review', to='response.incident'),
        ),
        migrations.AddField(
            model_name='review',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='response.externaluser'),
        ),
        migrations.AddField(
            model_name='reviewrevision',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='response.externaluser'),
        ),
        migrations.AddField(
            model_name='reviewsection',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='response.review'),
        ),
        migrations.AddField(
            model_name='reviewrevision',
            name='section',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='response.reviewsection'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['status', 'due_date'], name='response_review_due'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['status', '-published_at'], name='response_review_published'),
        ),
        migrations.AddConstraint(
            model_name='reviewsection',
            constraint=models.UniqueConstraint(fields=('review', 'key'), name='response_reviewsection_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewrevision',
            constraint=models.UniqueConstraint(fields=('section', 'version'), name='response_reviewrevision_once'),
        ),
    ]
