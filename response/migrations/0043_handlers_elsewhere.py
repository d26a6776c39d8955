"""Which of the project's handlers a request is for, and which others there are."""

import django.utils.timezone
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0042_begun'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboxrequest',
            name='handlers',
            field=models.JSONField(blank=True, null=True, help_text="The project's handlers that it is for: decorator, key and dotted name."),
        ),
        # The words of release 0.5.1: the database stays as it is.
        migrations.AlterField(
            model_name='action',
            name='type',
            field=models.CharField(blank=True, choices=[('1', 'detective'), ('2', 'preventative'), ('3', 'corrective')], max_length=10, null=True),
        ),
        migrations.CreateModel(
            name='KnownHandler',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('decorator', models.CharField(max_length=50)),
                ('key', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=200)),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen', models.DateTimeField(default=django.utils.timezone.now)),
                ('ticked', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('decorator', 'name'), name='response_knownhandler_once')],
            },
        ),
    ]
