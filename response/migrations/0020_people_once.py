"""A person is stored once: the id that their system gives them is unique, and names may be long."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0019_merge_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterUniqueTogether(
            name='externaluser',
            unique_together=set(),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='app_id',
            field=models.CharField(help_text='The system, for instance “slack”.', max_length=50),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='display_name',
            field=models.CharField(max_length=255),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='email',
            field=models.CharField(blank=True, max_length=254, null=True),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='external_id',
            field=models.CharField(help_text="The person's id there.", max_length=50),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='full_name',
            field=models.CharField(blank=True, max_length=255, null=True),
        ),
        migrations.AlterField(
            model_name='externaluser',
            name='owner',
            field=models.ForeignKey(blank=True, help_text='The account on this site that belongs to this person.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='externaluser',
            constraint=models.UniqueConstraint(fields=('app_id', 'external_id'), name='response_externaluser_identity'),
        ),
    ]
