"""The page of the metrics: charts, each with its table and its CSV file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from response.core.metrics import figures
from response.core.metrics.query import Query, detail_rows, month_choices, severities
from response.core.metrics.tables import tables
from response.ui.base import render, shown, user_of
from response.ui.filters import detail_control


@shown
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the figures of the incidents that the reader may see.

    The query string chooses, see :class:`~response.core.metrics.query.Query`; invalid
    parameters are ignored, with a sentence that says so.
    """
    query = Query.read(request.GET)
    # What is offered is read before the figures, which may take longer than it is remembered.
    controls = [detail_control(row, query.details.get(row.attribute, "")) for row in detail_rows()]
    offered = {"severities": severities(), "controls": controls}
    gathered = figures.gather(query.scope(user_of(request)))
    context = {
        **offered,
        "query": query,
        "period": query.period,
        "figures": gathered,
        "tables": tables(gathered),
        "months": month_choices(),
        "chosen_months": "" if query.first else str(query.months),
    }
    return render(request, "response/metrics.html", context)


@shown
@require_safe
def metrics_csv(request: HttpRequest, table: str) -> HttpResponse:
    """Download one table of the page as CSV, for the same choice. 404 if there is none.

    An invalid query string is answered with 400, since a file cannot say that a part of it
    was ignored.
    """
    query = Query.read(request.GET)
    if query.problems:
        sentences = "".join(f"{sentence}\n" for sentence in query.problems.values())
        return HttpResponse(sentences, status=400, content_type="text/plain; charset=utf-8")
    gathered = tables(figures.gather(query.scope(user_of(request))))
    wanted = next((found for found in gathered if found.key == table), None)
    if wanted is None:
        raise Http404
    period = query.period
    name = f"{table}-{period.first}-{period.last}.csv"
    return HttpResponse(
        wanted.as_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
