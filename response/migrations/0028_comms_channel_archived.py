"""Whether a comms channel is archived; and it is found by its id through an index."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0027_text_as_typed"),
    ]

    operations = [
        migrations.AddField(
            model_name='commschannel',
            name='archived',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='commschannel',
            name='channel_id',
            field=models.CharField(db_index=True, max_length=64),
        ),
    ]
