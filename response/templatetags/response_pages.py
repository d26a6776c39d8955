"""``{% load response_pages %}``: what the package's own pages are built from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.conf import global_settings
from django.conf import settings as django_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from response.core import duration
from response.core.models import ExternalUser, Incident, Severity
from response.core.text import BELOW_SECTIONS, References, to_html, to_plain

register = template.Library()

#: From the worst to the least severe, as far as they go.
SEVERITY_SIGNS = ("▲", "◆", "●", "○")


@register.simple_tag
def rich(text: str | None, names: References) -> SafeString:
    """``{% rich text names %}``: text as safe HTML, with names that were looked up before."""
    return to_html(text, names, below=BELOW_SECTIONS)


@register.simple_tag
def plain(text: str | None, names: References) -> str:
    """``{% plain text names %}``: text as one line, with names looked up before."""
    return to_plain(text, names, one_line=True)


@register.filter
def person_name(user: ExternalUser | None) -> str:
    """``{{ incident.lead|person_name }}``: how a person is called on the pages."""
    if user is None:
        return ""
    return user.full_name or user.display_name


@register.filter
def severity_sign(severity: str | None) -> str:
    """Return a shape for a severity, to tell it by more than its colour: the worst has ▲."""
    offered = [row.key for row in Severity.offered()]
    if severity in offered:
        return SEVERITY_SIGNS[min(offered.index(severity), len(SEVERITY_SIGNS) - 1)]
    return SEVERITY_SIGNS[-1] if Severity.with_key(severity) else "–"


@register.filter
def severity_class(severity: str | None) -> str:
    """Return the style classes for a severity; an unknown one looks like no severity."""
    row = Severity.with_key(severity)
    if row is None:
        return "severity-none"
    return f"severity-{row.key} colour-{row.colour}" if row.colour else f"severity-{row.key}"


@register.filter
def status_class(incident: Incident) -> str:
    """Return the style class for the status of an incident."""
    if incident.is_closed():
        return "status-resolved"
    return "status-reported" if incident.report_only else "status-live"


@register.simple_tag
def moment(value: datetime | None, show: str = "date-time") -> SafeString | str:
    """``{% moment incident.start_time %}``: a time in the site's zone.

    The page's script turns it into the reader's zone. ``show`` is ``date-time``,
    ``date`` or ``time``. Without ``USE_TZ`` times are in the site's zone.
    """
    if value is None:
        return ""
    aware = _aware(value)
    local = timezone.localtime(aware)
    text = {
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M}",
    }.get(show, f"{local:%Y-%m-%d %H:%M}")
    zone = "" if show == "date" else local.tzname()
    return format_html(
        '<time datetime="{}" title="{}" data-moment="{}">{}{}</time>',
        aware.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}",
        show,
        text,
        format_html('<span class="moment-zone"> {}</span>', zone) if zone else "",
    )


@register.filter
def day(value: datetime) -> str:
    """Return the day of a time in the site's zone, written out."""
    return date_format(timezone.localtime(_aware(value)), "l j F Y")


@register.filter
def iso(value: datetime) -> str:
    """Return a time for programs, with its offset."""
    return _aware(value).isoformat(timespec="seconds")


@register.filter
def age(value: datetime | None) -> str:
    """Return how long ago a time was, in short: “14 d 22 h”."""
    return "" if value is None else duration.short(_aware(timezone.now()) - _aware(value))


@register.filter
def short_duration(incident: Incident) -> str:
    """Return how long an incident lasted, or has lasted so far, in short: “14 d 22 h”."""
    return duration.short((incident.end_time or timezone.now()) - incident.start_time)


@register.filter
def is_past(value: datetime | None) -> bool:
    """Return whether a time is over."""
    return value is not None and _aware(value) < _aware(timezone.now())


def _aware(value: datetime) -> datetime:
    if timezone.is_aware(value):
        return value
    return timezone.make_aware(value, timezone.get_default_timezone())


@register.simple_tag
def address_of(*names: str, **kwargs: Any) -> str:
    """Return the URL of the first of ``names`` that the project has; empty if it has none."""
    for name in names:
        try:
            return reverse(name, kwargs=kwargs or None)
        except NoReverseMatch:
            continue
    return ""


@register.simple_tag
def after_login() -> str:
    """Return where a login leads that no page asked for; empty if the project has set it."""
    own = django_settings.LOGIN_REDIRECT_URL != global_settings.LOGIN_REDIRECT_URL
    return "" if own else address_of("home")


@register.simple_tag
def after_logout() -> str:
    """Return where logging out leads; empty if the project has set it.

    Django's own page for it is the admin's.
    """
    return "" if django_settings.LOGOUT_REDIRECT_URL else address_of("home")


@register.simple_tag
def zone_name() -> str:
    """Return the zone in which times are written before the script runs."""
    return timezone.get_current_timezone_name()


@register.filter
def messages_counted(count: int) -> str:
    """Return a number of messages in words: “1 message”, “5 messages”."""
    return ngettext("%(count)d message", "%(count)d messages", count) % {"count": count}
