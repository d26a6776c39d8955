"""The Django app."""

from django.apps import AppConfig
from django.conf import settings


class LauncherConfig(AppConfig):
    """Makes the Celery app known where there is a broker, so that tasks are sent to it."""

    name = "demo.launcher"

    def ready(self) -> None:
        """Load Celery's app, which connects to nothing until the first task is sent."""
        if settings.CELERY_BROKER_URL:
            # Here, since Celery is only installed, and needed, where there is a broker.
            from demo import celery_app  # noqa: F401
