"""The sections that reviews have, as rows that a project can change in the admin."""

from django.db import migrations

from response.upgrade.migration import RepeatableMigration

SECTIONS = (
    ("what-happened", "What happened",
     "The story in a few sentences, for someone who was not there."),
    ("impact", "Impact",
     "Who noticed, what they could not do, and for how long."),
    ("timeline", "Timeline",
     "The moments that mattered. Entries starred in the timeline come first."),
    ("causes", "Contributing causes",
     "What made it possible, and what made it worse. There is rarely just one."),
    ("went-well", "What went well",
     "What helped: alerts, tools, people, luck."),
    ("went-badly", "What did not go well",
     "What cost time or made it worse. Describe systems, not people."),
    ("actions", "What we will do",
     "What changes, who does it, and until when."),
)


def add_sections(apps, schema_editor):
    rows = apps.get_model("response", "ReviewTemplateSection").objects.using(
        schema_editor.connection.alias
    )
    if rows.exists():
        return
    for number, (key, name, description) in enumerate(SECTIONS, start=1):
        rows.get_or_create(
            key=key, defaults={"name": name, "description": description, "rank": number * 10}
        )


class Migration(RepeatableMigration):
    dependencies = [
        ("response", "0057_reviews"),
    ]

    operations = [
        migrations.RunPython(add_sections, migrations.RunPython.noop),
    ]
