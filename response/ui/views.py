"""The pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings as project
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from response.conf import settings
from response.core import chat
from response.core.models import Incident, TimelineEvent
from response.core.text import References
from response.ui import timeline
from response.ui.access import page, user_of
from response.ui.filters import SEVERITIES, STATUSES, IncidentFilter

PAGE_SIZE = 50
#: How many live incidents the block at the top holds; there is a link to the others.
LIVE_SIZE = 50
#: How many entries of a timeline are on a page: enough that few incidents need two.
TIMELINE_SIZE = 500
#: Participants beyond these are folded away.
PARTICIPANTS_SHOWN = 12


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    """The incidents: what is live now in a block of its own, then the others, newest first.

    ``status``, ``severity``, ``q`` and ``page`` in the query string choose; what is wrong
    there is said in a sentence and otherwise ignored. With a filter there is one list.
    """
    chosen = IncidentFilter.read(request.GET)
    visible = Incident.objects.visible_to(user_of(request))
    rows = visible.with_people().newest_first()
    live: list[Incident] = []
    more_live = False
    if chosen.is_active:
        listed = chosen.apply(rows)
    else:
        live = list(rows.open()[: LIVE_SIZE + 1])
        more_live, live = len(live) > LIVE_SIZE, live[:LIVE_SIZE]
        listed = rows.exclude(end_time__isnull=True, report_only=False)
    paginator = Paginator(listed, PAGE_SIZE)
    current = _page(paginator, request.GET.get("page", ""), chosen.remarks)
    incidents = list(current.object_list)
    names = References.collect(incident.report for incident in [*live, *incidents])
    context: dict[str, Any] = {
        "filter": chosen,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "live": [_row(incident, names) for incident in live],
        "more_live": more_live,
        "rows": [_row(incident, names) for incident in incidents],
        "page": current,
        "newer": chosen.query_string(page=current.number - 1) if current.has_previous() else "",
        "older": chosen.query_string(page=current.number + 1) if current.has_next() else "",
        "nothing_yet": not (live or paginator.count or chosen.is_active),
    }
    return render(request, "response/home.html", _about_reader(request) | context)


@require_safe
@page
def incident_doc(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The incident document: how it stands, who leads and where to talk, then everything.

    A long timeline comes in pages: ``timeline`` in the query string is a page's number or
    ``all``. A live incident opens at what is newest, a closed one at its beginning. The
    answer is 404 for an incident that does not exist and for one that the reader may not
    see, without telling which.
    """
    visible = Incident.objects.visible_to(user_of(request)).with_people()
    incident = visible.filter(pk=incident_id).first()
    if incident is None:
        about = _about_reader(request) | {"incident_id": incident_id}
        return render(request, "response/not_found.html", about, status=404)
    remarks: list[str] = []
    events = incident.timeline_events()
    wanted = request.GET.get("timeline", "").strip().lower()
    paginator = Paginator(events, TIMELINE_SIZE)
    if wanted == "all":
        paginator = Paginator(events, max(paginator.count, 1))
    elif not wanted and not incident.is_closed():
        wanted = str(paginator.num_pages)
    current = _page(paginator, "" if wanted == "all" else wanted, remarks)
    shown: list[TimelineEvent] = list(current.object_list)
    actions = list(incident.action_items())
    participants = chat.get().participants(incident)
    names = References.collect(
        [
            incident.report,
            incident.summary,
            incident.impact,
            *(action.details for action in actions),
            *timeline.texts_of(shown),
        ],
        people=timeline.people_of(shown),
    )
    context: dict[str, Any] = {
        "incident": incident,
        "names": names,
        "channel": chat.get().channel(incident),
        "participants": participants[:PARTICIPANTS_SHOWN],
        "more_participants": participants[PARTICIPANTS_SHOWN:],
        "actions": actions,
        "open_actions": sum(not action.done for action in actions),
        "entries": [timeline.prepare(event, names) for event in shown],
        "timeline": current,
        "remarks": remarks,
    }
    return render(request, "response/incident_doc.html", _about_reader(request) | context)


@dataclass(frozen=True)
class Row:
    """An incident in the list."""

    incident: Incident
    names: References
    channel: chat.Channel | None


def _row(incident: Incident, names: References) -> Row:
    return Row(incident, names, chat.get().channel(incident))


def _page(paginator: Paginator[Any], number: str, remarks: list[str]) -> Any:
    """The page with this number, or the nearest there is and a sentence about it."""
    try:
        return paginator.page(number or 1)
    except PageNotAnInteger:
        remarks.append(
            _("There is no page “%(page)s”: the first one is shown.") % {"page": number[:50]}
        )
        return paginator.page(1)
    except EmptyPage:
        last = paginator.num_pages
        nearest = last if number.strip().isdigit() and number.strip("0 ") else 1
        remarks.append(
            _("There is no page %(page)s: page %(nearest)d of %(last)d is shown.")
            % {"page": number[:20], "nearest": nearest, "last": last}
        )
        return paginator.page(nearest)


def _about_reader(request: HttpRequest) -> dict[str, Any]:
    """What every page needs to know of the one who reads it."""
    return {
        "reader": user_of(request),
        "login_url": resolve_url(project.LOGIN_URL),
        "login_required": settings.RESPONSE_LOGIN_REQUIRED,
    }
