"""The severities and statuses of older releases, as rows."""

from django.db import migrations

from response.upgrade.migration import RepeatableMigration

# Key, name, emoji, colour.
SEVERITIES = (
    ("1", "critical", "🔥", "red"),
    ("2", "major", "⚡", "orange"),
    ("3", "minor", "🌧️", "yellow"),
    ("4", "trivial", "🌤️", "grey"),
)
# Key, category, whether it is the category's default.
STATUSES = (
    ("live", "live", True),
    ("investigating", "live", False),
    ("identified", "live", False),
    ("monitoring", "live", False),
    ("resolved", "closed", True),
    ("reported", "reported", True),
)


def store(apps, editor):
    """Store them, where there are none."""
    severities = apps.get_model("response", "Severity").objects.using(editor.connection.alias)
    if not severities.exists():
        severities.bulk_create(
            severities.model(
                key=key,
                name=name,
                emoji=emoji,
                colour=colour,
                rank=10 * int(key),
                aliases=[f"sev{key}", f"p{key}"],
            )
            for key, name, emoji, colour in SEVERITIES
        )
    statuses = apps.get_model("response", "Status").objects.using(editor.connection.alias)
    if not statuses.exists():
        statuses.bulk_create(
            statuses.model(
                key=key, name=key, category=category, default=default, rank=10 * place
            )
            for place, (key, category, default) in enumerate(STATUSES, start=1)
        )


class Migration(RepeatableMigration):
    dependencies = [("response", "0047_severities_and_statuses")]

    operations = [migrations.RunPython(store, migrations.RunPython.noop)]
