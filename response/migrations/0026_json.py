"""JSON that was kept in text columns becomes JSON. Rewrites both tables; see docs/upgrading.md."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0025_mend_json"),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='payload',
            field=models.JSONField(),
        ),
        migrations.AlterField(
            model_name='timelineevent',
            name='metadata',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
