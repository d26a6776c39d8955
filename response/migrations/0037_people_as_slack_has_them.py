"""Who is a program, the old handles, and how old a profile is."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0036_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='externaluser',
            name='bot',
            field=models.BooleanField(db_default=False, default=False, help_text='A program, not a person.'),
        ),
        migrations.AddField(
            model_name='externaluser',
            name='handle',
            field=models.CharField(blank=True, db_default='', default='', help_text='The old @name.', max_length=255),
        ),
        migrations.AddField(
            model_name='externaluser',
            name='profile_of',
            field=models.BigIntegerField(db_default=0, default=0, help_text='When the profile was changed there, in seconds.'),
        ),
    ]
