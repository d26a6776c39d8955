"""What the admin calls things."""

from django.db import migrations

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0035_webhooks'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='userstats',
            options={'verbose_name': 'user stats', 'verbose_name_plural': 'user stats'},
        ),
    ]
