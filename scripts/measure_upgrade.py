"""Measures the upgrade of a large 0.5.1 database on PostgreSQL, migration by migration.

    scripts/with-postgres .venv/bin/python scripts/measure_upgrade.py [INCIDENTS] [ENTRIES]

Loads the small database of the tests, multiplies its rows (100,000 incidents and 2,000,000
timeline entries unless said otherwise) and prints the seconds that each migration takes.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
DUMP = ROOT / "tests" / "data" / "upgrade" / "response-0.5.1.postgres.sql.xz"
DATABASE = "measure_upgrade"

MULTIPLY = """
INSERT INTO response_incident (report, report_time, start_time, end_time, summary, impact,
    severity, lead_id, reporter_id, report_only, private)
SELECT i.report, i.report_time + n * interval '1 minute', i.start_time, i.end_time, i.summary,
    i.impact, i.severity, i.lead_id, i.reporter_id, i.report_only, i.private
FROM response_incident i, generate_series(1, {incidents} / 67 + 1) n LIMIT {incidents};
INSERT INTO response_timelineevent (incident_id, timestamp, text, event_type, metadata)
SELECT t.incident_id, t.timestamp + n * interval '1 second', t.text, t.event_type, t.metadata
FROM response_timelineevent t, generate_series(1, {entries} / 245 + 1) n
LIMIT {entries};
INSERT INTO response_event (timestamp, event_type, payload)
SELECT e.timestamp + n * interval '1 second', e.event_type, e.payload
FROM response_event e, generate_series(1, {entries} / 4 / 318 + 1) n LIMIT {entries} / 4;
ANALYZE;
"""


def main() -> None:
    """Make the database, upgrade it, print what took how long."""
    incidents, entries = (int(a) for a in (*sys.argv[1:], "100000", "2000000")[:2])
    url = os.environ["DATABASE_URL"]
    server = urlsplit(url)
    psql = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(server.hostname),
            "-p", str(server.port), "-U", str(server.username)]  # fmt: skip

    def sql(text: bytes, database: str = DATABASE) -> None:
        subprocess.run([*psql, "-d", database], input=text, check=True, stdout=subprocess.DEVNULL)

    sql(f"DROP DATABASE IF EXISTS {DATABASE}".encode(), "postgres")
    sql(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING UTF8".encode(), "postgres")
    sql(lzma.decompress(DUMP.read_bytes()))
    sql(MULTIPLY.format(incidents=incidents, entries=entries).encode())
    environment = {
        **os.environ,
        "DATABASE_URL": url.rsplit("/", 1)[0] + f"/{DATABASE}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }
    print(f"{incidents:,} incidents, {entries:,} timeline entries, {entries // 4:,} events")
    whole = time.monotonic()
    for name in sorted(p.stem for p in (ROOT / "response/migrations").glob("0*.py")):
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "response", name, "--verbosity=0"],
            env=environment, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        print(f"{time.monotonic() - started:8.1f} s  {name}", flush=True)
    print(f"{time.monotonic() - whole:8.1f} s  altogether, with about 1 s for each start")


if __name__ == "__main__":
    main()
