"""The page of the actions of all incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from response.core.clean import sanitise
from response.core.models import Action, ExternalUser
from response.core.models.incident import only_visible
from response.core.text import References
from response.ui.base import may, render, shown, user_of
from response.ui.pagination import LimitedPaginator

PAGE_SIZE = 50
STATES = (
    ("open", pgettext_lazy("actions", "Open")),
    ("overdue", pgettext_lazy("actions", "Overdue")),
    ("done", pgettext_lazy("actions", "Done")),
    ("all", pgettext_lazy("actions", "All")),
)
PRIORITIES = (("", gettext_lazy("Any")), *Action.PRIORITIES)
SORTS: dict[str, Any] = {
    "due": F("due_date").asc(nulls_last=True),
    "age": F("created_date").asc(nulls_last=True),
    "priority": F("priority").asc(nulls_last=True),
    "owner": F("user__full_name").asc(nulls_last=True),
}


@dataclass
class ActionFilter:
    """A filter of the actions, read from a query string."""

    state: str = "open"
    priority: str = ""
    owner: str = ""
    sort: str = "due"
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: Any) -> ActionFilter:
        """Parse a query string; its errors are sentences in ``remarks``."""
        found = cls()
        for name, known in (
            ("state", dict(STATES)),
            ("priority", dict(PRIORITIES)),
            ("sort", SORTS),
        ):
            value = query.get(name, "").strip()
            if value in known:
                setattr(found, name, value)
            elif value:
                found.remarks.append(
                    _("“%(value)s” cannot be chosen here, and is ignored.") % {"value": value[:50]}
                )
        found.owner = " ".join((sanitise(query.get("owner", "")) or "").split())[:200]
        return found

    @property
    def is_active(self) -> bool:
        """Whether the filter differs from the page's default."""
        return bool(self.state != "open" or self.priority or self.owner)

    def apply(self, actions: Any, own: ExternalUser | None) -> Any:
        """Return the matching actions, in order; ``own`` are the people that “me” stands for."""
        if self.state == "open":
            actions = actions.filter(done=False)
        elif self.state == "overdue":
            actions = actions.filter(done=False, due_date__lt=timezone.now())
        elif self.state == "done":
            actions = actions.filter(done=True)
        if self.priority:
            actions = actions.filter(priority=self.priority)
        if self.owner.casefold() == "me":
            actions = actions.filter(user=own) if own else actions.none()
        elif self.owner:
            name = self.owner.removeprefix("@")
            actions = actions.filter(
                Q(user__full_name__icontains=name)
                | Q(user__display_name__icontains=name)
                | Q(user__email__iexact=name)
            )
        return actions.order_by(SORTS[self.sort], "pk")

    def query_string(self, **changes: Any) -> str:
        """Return this filter with ``changes`` as a query string for links, with its ``?``."""
        values = {
            "state": "" if self.state == "open" else self.state,
            "priority": self.priority,
            "owner": self.owner,
            "sort": "" if self.sort == "due" else self.sort,
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


@shown
@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """Show the open actions of all incidents: owner, age, and whether overdue."""
    chosen = ActionFilter.read(request.GET)
    user = user_of(request)
    own = ExternalUser.objects.of_account(user) if chosen.owner.casefold() == "me" else None
    rows = only_visible(Action.objects.select_related("user", "incident", "snooze"), user)  # type: ignore[arg-type]
    rows = chosen.apply(rows, own)
    paginator = LimitedPaginator(rows, PAGE_SIZE)
    current = paginator.get_page(request.GET.get("page"))
    listed = list(current.object_list)
    texts = [text for action in listed for text in (action.details, action.incident.report)]
    context = {
        "filter": chosen,
        "states": STATES,
        "priorities": PRIORITIES,
        "actions": listed,
        "names": References.collect(texts),
        "page": current,
        "may_tick": may(request, "PATCH", Action),
        "columns": [
            (name, words, chosen.query_string(sort="" if name == "due" else name))
            for name, words in (
                ("owner", _("Owner")),
                ("age", _("Age")),
                ("due", _("Due")),
                ("priority", _("Priority")),
            )
        ],
        "newer": chosen.query_string(page=current.number - 1) if current.has_previous() else "",
        "older": chosen.query_string(page=current.number + 1) if current.has_next() else "",
    }
    return render(request, "response/actions.html", context)
