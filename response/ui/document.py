"""The incident document: a page of pieces that are replaced one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, Max, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from response.core import chat, editing
from response.core.models import (
    Action,
    ExternalUser,
    Field,
    Incident,
    Role,
    Subscription,
    TimelineEvent,
    TimelineRevision,
    Update,
)
from response.core.models.field_values import Kind
from response.core.models.update import EVENT_TYPE as UPDATE
from response.core.text import References
from response.ui import timeline
from response.ui.base import incident_or_404, may, render, shown, user_of

#: How many entries of a timeline are on a page.
TIMELINE_SIZE = 200
#: Participants beyond these are folded away.
PARTICIPANTS_SHOWN = 12
#: So many updates are on the page; the older ones are in the timeline.
UPDATES_SHOWN = 20
#: The pieces of the page that change alone, and the part of the state that each shows.
PIECES = {
    "head": "incident",
    "summary": "incident",
    "impact": "incident",
    "fields": "incident",
    "updates": "updates",
    "side": "incident",
    "actions": "actions",
    "timeline": "timeline",
}
#: Roles and custom fields with their values.
Details = Sequence[tuple[Role | Field, Any]]


@dataclass(frozen=True)
class TimelineView:
    """The part of a timeline that a query string chooses."""

    kind: str = ""
    order: str = ""
    number: int = 1

    @classmethod
    def read(cls, query: Any, remarks: list[str]) -> TimelineView:
        """Parse ``kind``, ``order`` (``oldest`` or ``newest``) and ``page`` of a query string."""
        kind = query.get("kind", "").strip().lower()
        if kind not in dict(timeline.CHOICES):
            remarks.append(
                _("There is no kind of entry “%(kind)s”: everything is shown.")
                % {"kind": kind[:50]}
            )
            kind = ""
        order = query.get("order", "")
        number = query.get("page", "").strip()
        if number and not (number.isascii() and number.isdigit() and int(number[:9]) > 0):
            remarks.append(
                _("There is no page “%(page)s”: the first one is shown.") % {"page": number[:50]}
            )
            number = ""
        return cls(kind, order if order in ("oldest", "newest") else "", int(number[:6] or 1))

    def newest_first(self, incident: Incident) -> bool:
        """Return whether the newest entries come first; by default those of a live incident do."""
        return self.order == "newest" or (not self.order and not incident.is_closed())

    def query(self, **changes: Any) -> str:
        """Return this choice with ``changes`` as a query string for links."""
        values = {"kind": self.kind, "order": self.order, "page": self.number, **changes}
        if values["page"] == 1:
            values["page"] = ""
        return "&".join(f"{name}={value}" for name, value in values.items() if value)


@dataclass(frozen=True)
class ShownField:
    """A custom field on the page: ``person`` and ``link`` are set for values of these kinds."""

    name: str
    description: str
    text: str
    person: ExternalUser | None = None
    link: str = ""


@shown
@require_safe
def incident_doc(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show the incident document: status, lead and channel first, then everything else.

    A long timeline comes in pages. A live incident opens at what is newest, a closed one at
    its beginning; ``entry`` in the query string is the id of an entry whose page is shown.
    The answer is 404 for an incident that does not exist and for one that the reader may
    not see, without telling which.
    """
    state = {**_timeline_state(), "is_subscribed": _subscribed(request, OuterRef("pk"))}
    incident = incident_or_404(request, incident_id, **state)
    return render(request, "response/incident_doc.html", context_of(request, incident))


@shown
@require_safe
def live(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Return the pieces of the page that have changed; 204 if none has.

    The query string holds the mark of each piece on the page, and the part of the timeline that
    is shown there.
    """
    incident = incident_or_404(request, incident_id, **_timeline_state())
    details: Details = [*incident.roles(), *incident.custom_fields()]
    channel_request = _channel_request(incident)
    marks = marks_of(incident, details, incident.action_set.all(), channel_request)
    changed = [p for p in PIECES if p in request.GET and request.GET[p] != marks[PIECES[p]]]
    if not changed:
        return HttpResponse(status=204)
    return pieces(request, incident, changed)


def pieces(
    request: HttpRequest, incident: Incident, names: list[str], first: str = ""
) -> HttpResponse:
    """Render some pieces of the page, each for its place, after the HTML ``first``."""
    context = context_of(request, incident)
    return render(
        request,
        "response/doc/_pieces.html",
        {**context, "first": first, "pieces": [name for name in names if name != first]},
    )


def _timeline_state() -> dict[str, Any]:
    """Return annotations for the incident's query that change whenever the timeline does."""
    entries = TimelineEvent.objects.filter(incident=OuterRef("pk")).order_by().values("incident")
    return {
        "entries_count": Subquery(entries.annotate(value=Count("pk")).values("value")),
        "entries_last": Subquery(entries.annotate(value=Max("pk")).values("value")),
        "entries_modified": Subquery(entries.annotate(value=Max("modified")).values("value")),
        # Each update has its entry.
        "entries_update": Subquery(
            entries.filter(event_type=UPDATE).annotate(value=Max("pk")).values("value")
        ),
    }


def _channel_request(incident: Incident) -> chat.ChannelRequest | None:
    """Return what has become of the request for a comms channel; None if none can be made now."""
    conversation = chat.get()
    if incident.comms_channel() or chat.why_no_channel(incident) or not conversation.available():
        return None
    return conversation.channel_request(incident)


def marks_of(
    incident: Incident,
    details: Details,
    actions: Iterable[Action],
    channel_request: chat.ChannelRequest | None,
) -> dict[str, str]:
    """Return a mark for the state of the incident, its actions, and its timeline.

    ``details`` are its roles and custom fields with their values, ``channel_request`` what has
    become of the request for a comms channel. Without a query of its own if the incident has the
    annotations of :func:`_timeline_state`.
    """
    channel = incident.comms_channel()
    fields = [str(getattr(incident, f.attname)) for f in incident._meta.concrete_fields]
    people = [str(getattr(p, "full_name", "")) for p in (incident.lead, incident.reporter)]
    review = getattr(incident, "review", None)
    values = [f"{row.attribute} {row.name} {editing.as_text(value)}" for row, value in details]
    states = sorted(
        (a.pk, a.details, a.done, str(a.due_date), a.user_id, a.priority) for a in actions
    )
    if not hasattr(incident, "entries_count"):
        state = Incident.objects.filter(pk=incident.pk).annotate(**_timeline_state())
        entries = state.values_list(*_timeline_state()).get()
    else:
        entries = tuple(getattr(incident, name) for name in _timeline_state())
    return {
        "incident": _digest(
            *fields,
            *people,
            *values,
            getattr(channel, "channel_name", ""),
            str(review and review.pk),
            str(channel_request and channel_request.value),
        ),
        "actions": _digest(*map(str, states)),
        "updates": _digest(str(entries[-1]), str(incident.is_closed())),
        "timeline": _digest(*map(str, entries)),
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def context_of(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    """Return the template context of the page and of each of its pieces."""
    remarks: list[str] = []
    view = TimelineView.read(request.GET, remarks)
    newest_first = view.newest_first(incident)
    order = ("-timestamp", "-id") if newest_first else ("timestamp", "id")
    edits = TimelineRevision.objects.filter(event=OuterRef("pk"))
    events = timeline.choose(incident.timelineevent_set.all(), view.kind).order_by(*order)
    events = events.annotate(was_edited=Exists(edits))
    view = _page_of_entry(request, events, view, newest_first)
    start = (view.number - 1) * TIMELINE_SIZE
    entries: list[TimelineEvent] = list(events[start : start + TIMELINE_SIZE + 1])
    has_more, entries = len(entries) > TIMELINE_SIZE, entries[:TIMELINE_SIZE]
    if not entries and view.number > 1:
        remarks.append(_("The timeline has no page %(page)d.") % {"page": view.number})
    actions = sorted(incident.action_items(), key=lambda action: (action.done, action.pk))
    conversation = chat.get()
    channel_request = _channel_request(incident)
    participants = conversation.participants(incident)
    updates = list(incident.updates.select_related("actor").newest_first()[:UPDATES_SHOWN])
    roles, fields = incident.roles(), incident.custom_fields()
    names = References.collect(
        [
            incident.report,
            incident.summary,
            incident.impact,
            *(action.details for action in actions),
            *(text for update in updates for text in (update.known, update.doing, update.needed)),
            *timeline.texts_of(entries),
        ],
        people=timeline.people_of(entries),
    )
    return {
        "incident": incident,
        "roles": roles,
        "fields": _shown_fields(fields),
        "names": names,
        "marks": marks_of(incident, [*roles, *fields], actions, channel_request),
        "channel": conversation.channel(incident),
        "participants": participants[:PARTICIPANTS_SHOWN],
        "more_participants": participants[PARTICIPANTS_SHOWN:],
        "actions": actions,
        "updates": updates,
        "is_subscribed": _is_subscribed(request, incident),
        "may_post_update": may(request, "POST", Update),
        "open_actions": sum(not action.done for action in actions),
        "next_action": next((action for action in actions if not action.done), None),
        "runs": timeline.runs_of(entries, names),
        "view": view,
        "kinds": [(kind, words, view.query(kind=kind, page=1)) for kind, words in timeline.CHOICES],
        "newest_first": newest_first,
        "other_order": view.query(order="oldest" if newest_first else "newest", page=1),
        "earlier": view.query(page=view.number - 1) if view.number > 1 else None,
        "later": view.query(page=view.number + 1) if has_more else None,
        "live_query": view.query(order="newest" if newest_first else "oldest"),
        "remarks": remarks,
        "channel_request": channel_request and channel_request.value,
        "address": request.build_absolute_uri(reverse("incident_doc", args=[incident.pk])),
    }


def _shown_fields(fields: list[tuple[Field, Any]]) -> list[ShownField]:
    """Return custom fields, given with their values, as the page shows them."""
    found = []
    for field, value in fields:
        is_person = isinstance(value, ExternalUser)
        found.append(
            ShownField(
                field.name,
                field.description,
                "" if is_person else field.shown(value),
                value if is_person else None,
                # What was stored in other ways is no link unless it is one.
                value if field.kind == Kind.LINK and value and _is_link(field, value) else "",
            )
        )
    return found


def _is_link(field: Field, value: str) -> bool:
    try:
        return bool(field.cleaned(value) == value)
    except ValidationError:
        return False


def _is_subscribed(request: HttpRequest, incident: Incident) -> bool | None:
    """Return whether the reader gets the updates, None if they have no account."""
    if not user_of(request).is_authenticated:
        return None
    if hasattr(incident, "is_subscribed"):  # read with the incident
        return bool(incident.is_subscribed)
    known = Incident.objects.filter(pk=incident.pk).values_list(_subscribed(request, incident.pk))
    return bool(known.get()[0])


def _subscribed(request: HttpRequest, incident: Any) -> Exists:
    """Return the expression for whether the reader subscribed to ``incident``, a primary key."""
    owner = user_of(request).pk
    return Exists(Subscription.objects.filter(incident=incident, person__owner=owner))


def _page_of_entry(
    request: HttpRequest, events: Any, view: TimelineView, newest_first: bool
) -> TimelineView:
    """Return the page that holds the entry named in the query string."""
    wanted = request.GET.get("entry", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return view
    event = events.filter(pk=int(wanted)).first()
    if event is None:
        return view
    before = events.filter(
        **({"timestamp__gt" if newest_first else "timestamp__lt": event.timestamp})
    ).count()
    return TimelineView(view.kind, view.order, before // TIMELINE_SIZE + 1)
