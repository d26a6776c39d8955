"""Reviews in the API: reading them, and writing their sections."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import filters as framework_filters
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from response.core.api import filters
from response.core.api.base import ResourceView, number_or_404
from response.core.api.etags import ETagged, Stale
from response.core.api.fields import MAX_TEXT, DateTimeField, TextField
from response.core.api.openapi import Doc
from response.core.api.serializers import ExternalUserSerializer
from response.core.models import Review, ReviewRevision, ReviewSection
from response.core.text import References, to_html
from response.db import atomic, lock


class ReviewSectionSerializer(serializers.ModelSerializer[ReviewSection]):
    """A section of a review. Its text is Markdown."""

    names: References | None = None

    text = TextField(max_length=MAX_TEXT, allow_blank=True)
    text_ui = serializers.SerializerMethodField(help_text="The text as safe HTML.")
    version = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="Grows with every change. Sent with a new text: the version that it is made "
        "from; if that is not the newest any more, nothing is stored (412).",
    )
    written = serializers.BooleanField(
        read_only=True, help_text="Whether a person or a program has written in it."
    )
    modified = DateTimeField(read_only=True)

    class Meta:
        model = ReviewSection
        fields = ("id", "key", "title", "text", "text_ui", "version", "written", "modified")
        read_only_fields = ("key", "title")

    def get_text_ui(self, instance: ReviewSection) -> str:
        """Return the text as safe HTML."""
        return str(to_html(instance.text, self.names))

    def update(self, instance: ReviewSection, validated_data: dict[str, Any]) -> ReviewSection:
        """Store the text as a new version. Raises ``Stale`` if it was made from an old one."""
        with atomic():
            stored = lock(ReviewSection.objects.filter(pk=instance.pk)).get()
            if validated_data.get("version", stored.version) != stored.version:
                raise Stale
            if "text" in validated_data:
                stored.write(validated_data["text"], kind=ReviewRevision.WRITTEN)
        return stored


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """The review of an incident, with its sections."""

    incident = serializers.IntegerField(
        source="incident_id", read_only=True, help_text="The incident's id."
    )
    owner = ExternalUserSerializer(read_only=True, allow_null=True)
    created = DateTimeField(read_only=True)
    due_date = DateTimeField(read_only=True, allow_null=True)
    published_at = DateTimeField(read_only=True, allow_null=True)
    modified = DateTimeField(read_only=True)
    sections = ReviewSectionSerializer(many=True, read_only=True)

    class Meta:
        model = Review
        fields = (
            "id", "incident", "status", "owner", "due_date", "created", "published_at",
            "modified", "sections",
        )  # fmt: skip
        read_only_fields = ("status",)


class ReviewFilter(FilterSet):  # type: ignore[misc]
    """Filters for reviews."""

    status = filters.WordsFilter(help_text="`draft`, `in_review`, `published`, or several.")
    incident = filters.WholeNumberFilter(field_name="incident_id", help_text="The incident's id.")

    class Meta:
        model = Review
        fields: tuple[str, ...] = ()


class ReviewSearch(framework_filters.BaseFilterBackend):
    """``search``: words in the title of the incident or the text of a section."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        """Return the reviews in which all the words are found."""
        text = request.query_params.get("search", "").replace("\x00", "")
        if len(text) > filters.MAX_SEARCH:
            message = _("At most %(count)d characters.") % {"count": filters.MAX_SEARCH}
            raise serializers.ValidationError({"search": [message]})
        for word in text.split()[: filters.MAX_WORDS]:
            sections = ReviewSection.objects.filter(text__icontains=word)
            queryset = queryset.filter(
                Q(incident__report__icontains=word) | Q(pk__in=sections.values("review_id"))
            )
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameter."""
        return [
            {
                "name": "search",
                "required": False,
                "in": "query",
                "description": "Words that all must be in the title or in a section.",
                "schema": {"type": "string"},
            }
        ]


_SECTION = {
    "id": 91,
    "key": "causes",
    "title": "Contributing causes",
    "text": "No one was told that the certificate **runs out**.",
    "text_ui": "<p>No one was told that the certificate <strong>runs out</strong>.</p>",
    "version": 3,
    "written": True,
    "modified": "2030-02-01T09:10:00Z",
}
_REVIEW = {
    "id": 12,
    "incident": 42,
    "status": "draft",
    "owner": None,
    "due_date": "2030-02-07T23:59:00Z",
    "created": "2030-01-31T15:00:00Z",
    "published_at": None,
    "modified": "2030-02-01T09:10:00Z",
    "sections": [_SECTION],
}
SECTION = OpenApiExample("Section", value=_SECTION, response_only=True)
REVIEW = OpenApiExample("Review", value=_REVIEW, response_only=True)
NEW_TEXT = OpenApiExample(
    "Another text",
    value={"text": "No one was told that the certificate runs out.", "version": 3},
    request_only=True,
)


class ReviewViewSet(
    ResourceView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The reviews of the incidents that the account may see, newest first."""

    docs = {
        "list": Doc("The reviews, newest first", (REVIEW,)),
        "retrieve": Doc("One review", (REVIEW,)),
    }

    queryset = Review.objects.none()
    serializer_class = ReviewSerializer
    filter_backends = [filters.Backend, ReviewSearch, filters.Ordering]
    filterset_class = ReviewFilter
    ordering_fields = ("id", "published_at", "due_date", "modified")

    def get_queryset(self) -> QuerySet[Review]:
        sections = ReviewSection.objects.order_by("rank", "id")
        return (
            Review.objects.filter(incident__in=self.visible_incidents())
            .select_related("owner")
            .prefetch_related(Prefetch("sections", queryset=sections))
            .order_by("-id")
        )


class ReviewSectionViewSet(
    ETagged,
    ResourceView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The sections of one review. Each change is kept in its history."""

    docs = {
        "list": Doc("The sections of a review", (SECTION,)),
        "retrieve": Doc("One section", (SECTION,)),
        "update": Doc("Write a section", (NEW_TEXT, SECTION)),
        "partial_update": Doc(
            "Write a section",
            (NEW_TEXT, SECTION),
            "Send the `version` that the text is made from, or `If-Match`: if another person has "
            "written meanwhile, the answer is 412 and nothing is stored.",
        ),
    }
    path_parameters = (
        OpenApiParameter(
            "review_pk", OpenApiTypes.INT, OpenApiParameter.PATH, description="The review's id."
        ),
    )

    queryset = ReviewSection.objects.none()
    serializer_class = ReviewSectionSerializer
    filter_backends = [filters.Ordering]
    ordering_fields = ("id", "modified")

    def get_queryset(self) -> QuerySet[ReviewSection]:
        if "review_pk" not in self.kwargs:  # only while the schema is being made
            return ReviewSection.objects.none()
        key = number_or_404(self.kwargs["review_pk"])
        review = Review.objects.filter(pk=key, incident__in=self.visible_incidents()).first()
        if review is None:
            raise Http404
        return review.sections.select_related("review").order_by("rank", "id")
