"""Under the name that the later, unpublished code gave it: some installations have it."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0001_squashed_0016_actions_auto_created_date")]

    operations = [
        migrations.AddField(
            model_name="externaluser",
            name="deleted",
            field=models.BooleanField(default=False),
        ),
    ]
