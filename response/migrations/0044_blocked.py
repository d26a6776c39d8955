"""Messages that wait until the configuration is mended."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0043_handlers_elsewhere")]

    operations = [
        migrations.AddField(
            "outboxmessage",
            "blocked",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="It waits for somebody to change a setting, a token or a scope.",
            ),
        ),
    ]
