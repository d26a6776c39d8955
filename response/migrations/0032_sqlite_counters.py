"""Nothing. What it did, keeping SQLite's counters of ids, is now done at each ``migrate``."""

from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    dependencies = [("response", "0031_defaults_and_choices")]

    operations = []
