"""For the counts, filters and searches of the lists of incidents."""

from django.db import models

from response.upgrade.big_tables import AddIndexAside, AddTrigramIndex
from response.upgrade.migration import RepeatableMigration


class Migration(RepeatableMigration):
    atomic = False

    dependencies = [
        ("response", "0050_visible_texts"),
    ]

    operations = [
        AddIndexAside(
            model_name="incident",
            index=models.Index(fields=["private", "id"], name="response_incident_private"),
        ),
        AddIndexAside(
            model_name="incident",
            index=models.Index(fields=["end_time"], name="response_incident_end"),
        ),
        AddIndexAside(
            model_name="incident",
            index=models.Index(
                fields=["severity", "-report_time", "-id"], name="response_incident_severity"
            ),
        ),
        AddTrigramIndex("incident", ("report", "summary", "impact"), "response_incident_text"),
        AddTrigramIndex("timelineevent", ("text",), "response_timeline_text"),
    ]
