"""The figures in the API: as JSON, and for Prometheus."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from response.conf import settings
from response.core.api import examples, parameters, tokens
from response.core.api.base import ResponseAPIView
from response.core.api.openapi import Doc, ResponseAutoSchema
from response.core.metrics import figures, prometheus
from response.core.metrics.periods import MOST_MONTHS
from response.core.metrics.query import Query, detail_rows
from response.core.models import Incident
from response.core.models.milestones import MILESTONES


class WeekSerializer(serializers.Serializer[Any]):
    """The incidents of a week."""

    start = serializers.DateField(help_text="Its Monday, or the first day that was asked for.")
    incidents = serializers.IntegerField()
    by_severity = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many of each severity, by its key; `none` for those without one.",
    )


class SpanSerializer(serializers.Serializer[Any]):
    """What was measured of the incidents that were declared in a month."""

    start = serializers.DateField(help_text="Its first day, or the first that was asked for.")
    incidents = serializers.IntegerField(help_text="How many were declared.")
    counted = serializers.IntegerField(help_text="How many of them were measured.")
    median = serializers.IntegerField(allow_null=True, help_text="In seconds; null if none was.")
    percentile_90 = serializers.IntegerField(
        allow_null=True, help_text="In seconds; null if none was."
    )
    pending = serializers.IntegerField(help_text="Left out: the end can still come.")
    reported = serializers.IntegerField(help_text="Left out: reported after the fact.")
    unknown = serializers.IntegerField(help_text="Left out: one of the times is not known.")
    invalid = serializers.IntegerField(help_text="Left out: the end is before the beginning.")


class MeasurementFiguresSerializer(serializers.Serializer[Any]):
    """A measurement, month by month."""

    key = serializers.CharField()
    name = serializers.CharField()
    start = serializers.ChoiceField(choices=list(MILESTONES), help_text="From this milestone …")
    end = serializers.ChoiceField(choices=list(MILESTONES), help_text="… to this one.")
    months = SpanSerializer(many=True)


class AgeSerializer(serializers.Serializer[Any]):
    """Open actions of an age; both limits are null if it is not known."""

    least_days = serializers.IntegerField(allow_null=True)
    most_days = serializers.IntegerField(
        allow_null=True, help_text="Up to, not including; null for no limit."
    )
    open = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="How many of them were due.")


class HourSerializer(serializers.Serializer[Any]):
    """Incidents that were declared in an hour of the day."""

    hour = serializers.IntegerField(min_value=0, max_value=23)
    working_days = serializers.IntegerField(help_text="From Monday to Friday.")
    weekends = serializers.IntegerField()


class LeadSerializer(serializers.Serializer[Any]):
    """The incidents of a lead."""

    name = serializers.CharField(help_text="Empty for all others together.")
    incidents = serializers.IntegerField()
    outside_hours = serializers.IntegerField(
        help_text="Declared before 8, from 18 o'clock on, or at a weekend; null for the others.",
        allow_null=True,
    )


class MetricsSerializer(serializers.Serializer[Any]):
    """The figures of the incidents that this account may see."""

    first = serializers.DateField(help_text="The first day, in the zone.")
    last = serializers.DateField(help_text="The last day, which is included.")
    zone = serializers.CharField(help_text="The zone of all days and hours here.")
    incidents = serializers.IntegerField(help_text="How many were declared.")
    weeks = WeekSerializer(many=True)
    measurements = MeasurementFiguresSerializer(many=True)
    open_actions = AgeSerializer(many=True)
    hours = HourSerializer(many=True)
    leads = LeadSerializer(many=True)
    without_lead = serializers.IntegerField(help_text="Incidents that have no lead.")


def _parameter(name: str, kind: Any, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description)


_PARAMETERS = (
    _parameter(
        "months",
        OpenApiTypes.INT,
        f"The last so many months, the present one included: 1 to {MOST_MONTHS}, by default 12.",
    ),
    _parameter("from", OpenApiTypes.DATE, "The first day, in place of `months`."),
    _parameter("to", OpenApiTypes.DATE, "The last day, by default today."),
    _parameter("severity", OpenApiTypes.STR, "Only this severity; `none` for those without one."),
    _parameter(
        "zone",
        OpenApiTypes.STR,
        "The time zone of days and hours, as `Europe/London`; by default the site's.",
    ),
)


class _Parameters:
    """Tells :func:`parameters.refuse_unknown` what is known."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        details = [{"name": row.attribute} for row in detail_rows()]
        return [*details, *({"name": parameter.name} for parameter in _PARAMETERS)]


class MetricsView(ViewSetMixin, ResponseAPIView):
    """The figures of the metrics page."""

    # Whoever may read incidents may read their metrics.
    queryset = Incident.objects.none()
    serializer_class = MetricsSerializer
    filter_backends = (_Parameters,)
    paginator = None
    docs = {
        "retrieve": Doc(
            "Metrics of incidents",
            (examples.METRICS,),
            "How many there were, and how long what took: medians and 90th percentiles by the "
            "month in which incidents were declared, with how many were left out and why. Only "
            "incidents that this account can see count. `role_<key>` is who has the role: part of "
            "a name, or an e-mail address. `field_<key>` is what a custom field has to be: an "
            "option's key, a number, a date, a link, part of a text or of a person's name. `none` "
            "finds where no one has the role, and where the field is empty.",
            _PARAMETERS,
        )
    }

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with the figures for the choice in the query string."""
        parameters.refuse_unknown(request, self)
        query = Query.read(request.query_params)
        if query.problems:
            raise ValidationError({name: [text] for name, text in query.problems.items()})
        return Response(_figures(figures.gather(query.scope(request.user))))


def _figures(gathered: figures.Figures) -> dict[str, Any]:
    period = gathered.scope.period
    return dict(
        MetricsSerializer(
            {
                "first": period.first,
                "last": period.last,
                "zone": str(period.zone),
                "incidents": gathered.total,
                "weeks": [
                    {"start": week.start, "incidents": week.total, "by_severity": week.counts}
                    for week in gathered.weeks
                ],
                "measurements": [_measurement(one) for one in gathered.measured],
                "open_actions": [
                    {
                        "least_days": age.least,
                        "most_days": age.most,
                        "open": age.count,
                        "overdue": age.overdue,
                    }
                    for age in gathered.actions
                ],
                "hours": gathered.hours,
                "leads": [
                    {
                        "name": load.name,
                        "incidents": load.incidents,
                        "outside_hours": None if load.lead is None else load.outside_hours,
                    }
                    for load in gathered.load
                ],
                "without_lead": gathered.without_lead,
            }
        ).data
    )


def _measurement(measured: figures.Measured) -> dict[str, Any]:
    row = measured.measurement
    return {
        "key": row.key,
        "name": row.name,
        "start": row.start,
        "end": row.end,
        "months": [
            {
                "start": span.start,
                "incidents": span.incidents,
                "counted": span.counted,
                "median": span.median,
                "percentile_90": span.percentile_90,
                **{str(reason): count for reason, count in span.left_out.items()},
            }
            for span in measured.months
        ],
    }


class _NotInTheSchema(ResponseAutoSchema):
    def is_excluded(self) -> bool:
        return True


class PrometheusView(ViewSetMixin, ResponseAPIView):
    """The figures for Prometheus: needs ``Authorization: Bearer <RESPONSE_METRICS_TOKEN>``.

    Without that setting there is nothing here.
    """

    schema = _NotInTheSchema()

    # The token is the only way in: sessions and other logins do not count.

    def get_authenticators(self) -> list[Any]:
        return []

    def get_permissions(self) -> list[Any]:
        return []

    def get_throttles(self) -> list[Any]:
        return []

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the text format; 404 without a token in the settings, 403 for a wrong one."""
        if not settings.metrics_tokens:
            raise Http404
        if not tokens.is_sent(request, settings.metrics_tokens):
            raise PermissionDenied
        return HttpResponse(prometheus.exposition(), content_type=prometheus.CONTENT_TYPE)
