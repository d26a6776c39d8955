"""Plainer help texts of three fields. No database sees a difference."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0045_slack_side")]

    operations = [
        migrations.AlterField(
            "incident",
            "report_only",
            models.BooleanField(
                default=False, help_text="Reported after the fact: no response is needed."
            ),
        ),
        migrations.AlterField(
            "outboxmessage",
            "urgent",
            models.BooleanField(
                default=True,
                db_default=True,
                help_text="A person is waiting for it, so it is sent first.",
            ),
        ),
        migrations.AlterField(
            "outboxmessage",
            "blocked",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="It waits until a setting, a token or a scope is changed.",
            ),
        ),
    ]
