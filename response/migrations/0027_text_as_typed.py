"""Text that was stored as escaped HTML is stored as it was typed."""

from django.db import migrations

from response.upgrade import escaped_text


class Migration(migrations.Migration):
    dependencies = [("response", "0026_json")]

    operations = [migrations.RunPython(escaped_text.restore, migrations.RunPython.noop)]
