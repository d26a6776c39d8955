"""What comes late must not undo what came in time."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0037_people_as_slack_has_them'),
    ]

    operations = [
        migrations.AddField(
            model_name='commschannel',
            name='renamed_ts',
            field=models.CharField(blank=True, db_default='', default='', max_length=50),
        ),
        migrations.AddField(
            model_name='commschannel',
            name='archived_ts',
            field=models.CharField(blank=True, db_default='', default='', max_length=50),
        ),
        migrations.AddField(
            model_name='pinstate',
            name='late',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pinstate',
            name='noted',
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
    ]
