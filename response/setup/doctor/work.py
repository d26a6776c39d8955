"""The work: the tick, the runner, what waits, what fails."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.conf import settings
from response.setup.doctor.finding import Finding, fail, ok, warn
from response.webhooks.models import Webhook
from response.worker import status

#: Seconds that workers have to answer.
PATIENCE = 2.0
#: Django's own default, which is hardly ever meant.
CHICAGO = "America/Chicago"


def examine() -> Iterator[Finding]:
    """Check the tick, the runner and the queues."""
    found = status.gather()
    yield from _tick(found)
    yield from _runner()
    yield from _waiting(found)
    yield from _webhooks()
    yield from _time_zone()


def _tick(found: status.Status) -> Iterator[Finding]:
    if found.last_tick is not None and found.last_tick <= status.OLDEST_TICK:
        seconds = int(found.last_tick)
        ran = ngettext(
            "The tick ran %(seconds)d second ago.", "The tick ran %(seconds)d seconds ago.", seconds
        )
        yield ok("tick", ran % {"seconds": seconds})
        return
    yield fail(
        "tick",
        _("The tick has never run.")
        if found.last_tick is None
        else _("The tick last ran %(minutes)d minutes ago.") % {"minutes": found.last_tick // 60},
        _("Run manage.py response_tick every minute from cron, or once with --forever."),
    )


def _runner() -> Iterator[Finding]:
    path = str(settings.RESPONSE_RUNNER)
    name = path.rpartition(".")[2]
    try:
        import_string(path)
    except ImportError as error:
        yield fail(
            "runner",
            _("RESPONSE_RUNNER cannot be imported: %(error)s") % {"error": error},
            _("manage.py check lists the runners that there are."),
        )
        return
    if path.endswith(".CeleryRunner"):
        yield from _celery()
    else:
        yield ok("runner", _("Work is done by %(runner)s.") % {"runner": name})


def _celery() -> Iterator[Finding]:
    # Celery is an extra.
    try:
        from celery import current_app
    except ImportError:
        yield fail(
            "runner",
            _("RESPONSE_RUNNER is Celery's, but Celery is not installed."),
            'pip install "django-incident-response[celery]"',
        )
        return
    try:
        with current_app.connection_for_write(connect_timeout=PATIENCE) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
        workers = current_app.control.ping(timeout=PATIENCE)
    except Exception as error:
        yield fail(
            "runner",
            _("Celery's broker cannot be reached: %(error)s") % {"error": error},
            _("Start it, and check CELERY_BROKER_URL. Until then the tick does the work."),
        )
        return
    if workers:
        yield ok("runner", _("Celery's broker can be reached, and workers answer."))
    else:
        yield fail(
            "runner",
            _("Celery's broker can be reached, but no worker answers."),
            _("Start a worker: celery -A <your project> worker"),
        )


def _waiting(found: status.Status) -> Iterator[Finding]:
    # The tick has a line of its own.
    problems = [
        problem
        for code, problem in zip(found.codes, found.problems, strict=True)
        if code not in ("tick", "database")
    ]
    for problem in problems:
        yield fail("waiting", problem, _("manage.py response_status has the numbers."))
    if not problems:
        yield ok("waiting", _("Nothing has waited for long, and nothing has failed."))


def _webhooks() -> Iterator[Finding]:
    hooks = list(Webhook.objects.all())
    troubled = [hook for hook in hooks if hook.disabled_at or (hook.active and hook.failing_since)]
    for hook in troubled:
        yield warn(
            "webhooks",
            _("The webhook %(name)s was switched off: %(why)s")
            % {"name": hook.name, "why": hook.disabled_because}
            if hook.disabled_at
            else _("The webhook %(name)s has failed since %(when)s.")
            % {"name": hook.name, "when": f"{hook.failing_since:%Y-%m-%d %H:%M}"},
            _("Look at its deliveries in Admin › Webhooks."),
        )
    if hooks and not troubled:
        yield ok("webhooks", _("The webhooks' receivers answer."))


def _time_zone() -> Iterator[Finding]:
    zone = django_settings.TIME_ZONE
    if zone == CHICAGO:
        yield warn(
            "time_zone",
            _("TIME_ZONE is America/Chicago, which is only Django's default."),
            _("Set TIME_ZONE to your own, or to UTC."),
        )
    else:
        yield ok("time_zone", _("Times are in the zone %(zone)s.") % {"zone": zone})
