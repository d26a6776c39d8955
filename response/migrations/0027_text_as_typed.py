"""Text that was stored as escaped HTML is stored as it was typed."""

from django.db import migrations

from response.upgrade import escaped_text, ledger
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0026_json")]

    operations = [
        migrations.RunPython(
            ledger.once("text as typed", escaped_text.restore),
            ledger.undo("text as typed", escaped_text.escape),
        )
    ]
