"""The request's ``lane`` is called ``ordering_key``; its column keeps the name."""

from django.db import migrations, models

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):

    dependencies = [
        ('response', '0038_late_events'),
    ]

    operations = [
        # The database stays as it is, so that a process of the release before goes on working.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name='inboxrequest', name='response_inbox_lane'),
                migrations.AlterField(
                    model_name='inboxrequest',
                    name='lane',
                    field=models.CharField(
                        blank=True, db_column='lane', default='', max_length=64,
                        help_text='The channel; worked on in order.',
                    ),
                ),
                migrations.RenameField('inboxrequest', 'lane', 'ordering_key'),
                migrations.AddIndex(
                    model_name='inboxrequest',
                    index=models.Index(
                        fields=['ordering_key', 'status'], name='response_inbox_lane'
                    ),
                ),
            ],
        ),
    ]
