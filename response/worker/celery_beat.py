"""The schedule for Celery beat. Imports nothing, so that a settings module can import it."""

from __future__ import annotations

from typing import Any

#: For ``CELERY_BEAT_SCHEDULE``. The tick sends reminders, resumes abandoned work and cleans
#: up; the sweep does what has become due in between (a retry, a headline's update). Neither
#: is needed any more once the next one is queued; so there is ``expires`` (in seconds).
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "response-tick": {"task": "response.tick", "schedule": 60.0, "options": {"expires": 55}},
    "response-sweep": {"task": "response.sweep", "schedule": 2.0, "options": {"expires": 2}},
}
