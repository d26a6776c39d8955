"""The views of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import (
    Prefetch,
    QuerySet,
)
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins, status
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.routers import APIRootView
from rest_framework.viewsets import GenericViewSet

from response.core.api import declaration, event_cursor, examples, filters, filtersets
from response.core.api.base import ResourceView, ResponseAPIView, RowsOfIncident, number_or_404
from response.core.api.detail_filters import DetailsFilter
from response.core.api.etags import ETagged, ETaggedDestroy
from response.core.api.fields import KEY_SCHEMA
from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.openapi import Doc
from response.core.api.pagination import LargeResultsSetPagination, StableLimitOffsetPagination
from response.core.api.serializers import (
    ActionSerializer,
    EventSerializer,
    ExternalUserSerializer,
    TimelineEventSerializer,
)
from response.core.models import Action, Event, ExternalUser, Incident, TimelineEvent

_KEY = OpenApiParameter(
    declaration.HEADER,
    KEY_SCHEMA,
    OpenApiParameter.HEADER,
    description="The same as `dedup_key`, for clients that speak of keys in headers.",
)

_YEAR = {"type": "string", "pattern": "^[0-9]{4}$"}
_MONTH = {"type": "string", "pattern": "^(0?[1-9]|1[0-2])$"}


class ApiRoot(ResponseAPIView, APIRootView):
    """The root of the API, with links to the resources."""

    schema = None  # type: ignore[assignment]
    name = "Response"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        assert response.data is not None
        for name in ("schema", "schema-docs"):
            match = request.resolver_match
            namespace = f"{match.namespace}:" if match and match.namespace else ""
            where = {k: v for k, v in kwargs.items() if k != "format"}
            response.data[name] = reverse(
                f"{namespace}response-{name}", kwargs=where, request=request
            )
        return response


class _Incidents(ResourceView):
    queryset = Incident.objects.none()
    serializer_class = IncidentSerializer
    filter_backends = [
        filters.Backend,
        DetailsFilter,
        filters.IncidentSearch,
        filters.Ordering,
    ]
    filterset_class = filtersets.IncidentFilter
    search_fields = ("report", "summary", "impact", "timeline")
    ordering_fields = ("id", "report_time", "start_time", "end_time", "severity", "report")

    def get_queryset(self) -> QuerySet[Incident]:
        actions = Action.objects.select_related("user").order_by("created_date", "id")
        incidents: QuerySet[Incident] = (
            self.visible_incidents()
            .with_people()  # type: ignore[attr-defined]
            .prefetch_related(Prefetch("action_set", queryset=actions))
            .newest_first()
        )
        return incidents


class IncidentViewSet(
    ETagged,
    _Incidents,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """Incidents, newest first. They cannot be deleted."""

    docs = {
        "list": Doc("The incidents, newest first", (examples.INCIDENT,)),
        "retrieve": Doc("One incident", (examples.INCIDENT,)),
        "create": Doc(
            "Declare an incident",
            (examples.DECLARE, examples.DECLARE_ONCE, examples.INCIDENT),
            "Does what declaring it in Slack does: its headline appears there. With a key "
            "(`dedup_key`, or the header) of which an incident is open, nothing is stored and "
            "that incident is the answer.",
            (_KEY,),
            (("200", "The open incident that was declared with this key."),),
        ),
        "update": Doc("Write an incident", (examples.DECLARE, examples.INCIDENT)),
        "partial_update": Doc(
            "Change some of an incident",
            (
                examples.CHANGE_LEAD,
                examples.CHANGE_STATUS,
                examples.CLOSE,
                examples.REOPEN,
                examples.INCIDENT,
            ),
            "`is_closed` closes and reopens it, and so does a `status` of the other kind. The "
            "severity can be changed, not unset.",
        ),
    }

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 201 with a new incident, or 200 with the one that has the key."""
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(
            serializer.data,
            status=status.HTTP_201_CREATED if serializer.created else status.HTTP_200_OK,
            headers=self.get_success_headers(serializer.data),
        )


class IncidentsByMonthViewSet(
    _Incidents,
    mixins.ListModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The incidents that were reported in one month, newest first."""

    docs = {"list": Doc("The incidents reported in one month", (examples.INCIDENT,))}
    path_parameters = (
        OpenApiParameter("year", _YEAR, OpenApiParameter.PATH, description="Four digits."),
        OpenApiParameter("month", _MONTH, OpenApiParameter.PATH, description="1 to 12."),
    )

    def get_queryset(self) -> QuerySet[Incident]:
        if "year" not in self.kwargs:  # only while the schema is being made
            return super().get_queryset()
        year, month = number_or_404(self.kwargs["year"]), number_or_404(self.kwargs["month"])
        if not (1900 <= year <= 9998 and 1 <= month <= 12):
            raise Http404
        since = datetime(year, month, 1)  # the zone comes next, if there is one
        until = datetime(year + month // 12, month % 12 + 1, 1)
        if settings.USE_TZ:
            since, until = timezone.make_aware(since), timezone.make_aware(until)
        return super().get_queryset().filter(report_time__gte=since, report_time__lt=until)


_ACTION_DOCS = {
    "retrieve": Doc("One action", (examples.ACTION,)),
    "update": Doc("Write an action", (examples.NEW_ACTION, examples.ACTION)),
    "partial_update": Doc("Change some of an action", (examples.DONE, examples.ACTION)),
    "destroy": Doc("Delete an action"),
}


class IncidentActionViewSet(
    ETaggedDestroy,
    RowsOfIncident,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The actions of one incident."""

    docs = {
        **_ACTION_DOCS,
        "list": Doc("What is to be done about an incident", (examples.ACTION,)),
        "create": Doc("Add an action", (examples.NEW_ACTION, examples.ACTION)),
    }

    queryset = Action.objects.none()
    serializer_class = ActionSerializer
    filter_backends = [filters.Backend, filters.Ordering]
    filterset_class = filtersets.ActionFilter
    ordering_fields = ("id", "created_date", "due_date", "done_date", "priority")

    def rows_of(self, incident: Incident) -> QuerySet[Action]:
        rows = Action.objects.filter(incident=incident)
        return rows.select_related("user", "incident").order_by("id")


class ActionViewSet(
    ETaggedDestroy,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The actions of all incidents. New ones are added under their incident."""

    docs = {**_ACTION_DOCS, "list": Doc("The actions of all incidents", (examples.ACTION,))}

    queryset = Action.objects.none()
    serializer_class = ActionSerializer
    filter_backends = [filters.Backend, filters.Ordering]
    filterset_class = filtersets.ActionFilter
    ordering_fields = ("id", "created_date", "due_date", "done_date", "priority")

    def get_queryset(self) -> QuerySet[Action]:
        return (
            Action.objects.filter(incident__in=self.visible_incidents())
            .select_related("user", "incident")
            .order_by("id")
        )


class IncidentTimelineEventViewSet(
    ETaggedDestroy,
    RowsOfIncident,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """What happened in one incident, in order of time."""

    docs = {
        "list": Doc("What happened in an incident", (examples.TIMELINE_EVENT,)),
        "retrieve": Doc("One entry of a timeline", (examples.TIMELINE_EVENT,)),
        "create": Doc(
            "Add an entry to a timeline", (examples.NEW_TIMELINE_EVENT, examples.TIMELINE_EVENT)
        ),
        "update": Doc("Write an entry", (examples.NEW_TIMELINE_EVENT, examples.TIMELINE_EVENT)),
        "partial_update": Doc(
            "Change some of an entry", (examples.NEW_TEXT, examples.TIMELINE_EVENT)
        ),
        "destroy": Doc("Delete an entry"),
    }

    queryset = TimelineEvent.objects.none()
    serializer_class = TimelineEventSerializer
    filter_backends = [filters.Backend, filters.Ordering]
    filterset_class = filtersets.TimelineEventFilter
    ordering_fields = ("id", "timestamp")

    def rows_of(self, incident: Incident) -> QuerySet[TimelineEvent]:
        return TimelineEvent.objects.filter(incident=incident).order_by("timestamp", "id")


class ExternalUserViewSet(
    ResourceView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """People in other systems. They cannot be deleted."""

    docs = {
        "list": Doc("People", (examples.USER,)),
        "retrieve": Doc("One person", (examples.USER,)),
        "create": Doc("Add a person", (examples.USER,)),
        "update": Doc("Write a person", (examples.USER,)),
        "partial_update": Doc("Change some of a person", (examples.USER,)),
    }
    path_parameters = (
        OpenApiParameter(
            "id",
            OpenApiTypes.STR,
            OpenApiParameter.PATH,
            description="The row's number, or `app_id:external_id`, as `slack:U012ABCDEF`.",
        ),
    )

    queryset = ExternalUser.objects.none()
    serializer_class = ExternalUserSerializer
    filter_backends = [filters.Backend, filters.Ordering]
    filterset_class = filtersets.ExternalUserFilter
    ordering_fields = ("id", "display_name", "external_id")

    @property
    def pagination_class(self) -> type[BasePagination]:  # type: ignore[override]
        """Pages of 500 by number; the project's own pagination if ``limit`` is sent."""
        request = getattr(self, "request", None)
        asked = request.query_params if isinstance(request, Request) else {}
        if "limit" in asked or "offset" in asked:
            return StableLimitOffsetPagination
        return LargeResultsSetPagination

    def key_of(self, data: dict[str, Any]) -> str:
        return quote(f"{data['app_id']}:{data['external_id']}", safe=":")

    def get_queryset(self) -> QuerySet[ExternalUser]:
        return ExternalUser.objects.order_by("id")

    def get_object(self) -> ExternalUser:
        app_id, colon, external_id = str(self.kwargs["pk"]).partition(":")
        if not colon:
            return super().get_object()  # type: ignore[no-any-return]
        if "\x00" in app_id + external_id:
            raise Http404
        person = self.get_queryset().filter(app_id=app_id, external_id=external_id).first()
        if person is None:
            raise Http404
        self.check_object_permissions(self.request, person)
        return person


class EventViewSet(
    ResourceView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """What incidents and actions were like after each change. Private incidents are left out."""

    docs = {
        "list": Doc(
            "The event stream",
            (examples.EVENT,),
            "Every change of an incident or an action, with what it was like afterwards, the "
            "oldest first: of the last day, or of another stretch of time. To follow the "
            "stream, ask again and again for what comes `after` the last id you have.",
        ),
        "retrieve": Doc("One event of the stream", (examples.EVENT,)),
    }

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filter_backends = [filters.Backend]
    filterset_class = filtersets.EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        events = Event.objects.without_private().order_by("id")
        if self.request.query_params.get("after"):
            return event_cursor.committed(events)
        return events


__all__ = [
    "ActionViewSet",
    "ApiRoot",
    "EventViewSet",
    "ExternalUserViewSet",
    "IncidentActionViewSet",
    "IncidentTimelineEventViewSet",
    "IncidentViewSet",
    "IncidentsByMonthViewSet",
]
