"""Reviews in the API: starting one, writing its sections, and publishing it."""

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

from response.core.api import errors, examples, filters
from response.core.api.base import ResourceView, number_or_404
from response.core.api.etags import ETagged, Stale
from response.core.api.fields import MAX_TEXT, DateTimeField, NoUnsetChoiceField, TextField
from response.core.api.openapi import Doc
from response.core.api.people import Reference, of_account
from response.core.api.serializers import PersonSerializer, WithPeople
from response.core.models import Incident, Review, ReviewRevision, ReviewSection
from response.core.reviews import writing
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


class ReviewSerializer(WithPeople, serializers.ModelSerializer[Review]):
    """The review of an incident, with its sections."""

    person_fields = ("owner",)

    incident = serializers.IntegerField(
        source="incident_id",
        min_value=1,
        max_value=10**18 - 1,
        help_text="The incident's id. It cannot be changed.",
    )
    status = NoUnsetChoiceField(
        choices=Review.STATUSES, required=False, help_text="`published` publishes it."
    )
    owner = PersonSerializer(
        required=False,
        allow_null=True,
        help_text="Who is to write it; at first the incident's lead, or the person of the account.",
    )
    created = DateTimeField(read_only=True)
    due_date = DateTimeField(
        required=False,
        allow_null=True,
        help_text="Until when; at first `RESPONSE_REVIEW_DUE_DAYS` working days from now.",
    )
    published_at = DateTimeField(read_only=True, allow_null=True)
    modified = DateTimeField(read_only=True)
    sections = ReviewSectionSerializer(many=True, read_only=True)

    class Meta:
        model = Review
        fields = (
            "id", "incident", "status", "owner", "due_date", "created", "published_at",
            "modified", "sections",
        )  # fmt: skip

    def validate_incident(self, value: int) -> int:
        """Return the id of an incident that the account may see."""
        if isinstance(self.instance, Review):
            if value != self.instance.incident_id:
                raise serializers.ValidationError([_("This cannot be changed.")])
        elif not self._visible().filter(pk=value).exists():
            raise serializers.ValidationError([_("There is no incident %(id)d.") % {"id": value}])
        return value

    def validate_owner(self, value: Reference | None) -> Reference | None:
        """Refuse apps and those who have left, unless one of them is the owner already."""
        person = value.person if value else None
        stored = self.instance.owner_id if isinstance(self.instance, Review) else None
        if value is None or person is None or person.pk == stored:
            return value
        if person.bot:
            message = _("That is an app. Choose a person.")
        elif value.details.get("deleted", person.deleted):
            name = person.display_name
            message = _("%(name)s no longer has an account. Choose another person.")
            message %= {"name": name}
        else:
            return value
        raise serializers.ValidationError([message])

    def _visible(self) -> QuerySet[Incident]:
        visible: QuerySet[Incident] = Incident.objects.visible_to(self._account())
        return visible

    def create(self, validated_data: dict[str, Any]) -> Review:
        """Start a review, filled in from the incident as on the page.

        Raises :class:`errors.NotOver` or :class:`errors.ReviewExists`.
        """
        with atomic():
            pk = validated_data.pop("incident_id")
            incident = lock(Incident.objects.filter(pk=pk)).get()
            if Review.objects.filter(incident=incident).exists():
                raise errors.ReviewExists
            if not writing.can_begin(incident):
                raise errors.NotOver
            review = writing.begin(incident, of_account(self._account()))
            writing.fill_in(review)
            return self.update(review, validated_data)

    def update(self, instance: Review, validated_data: dict[str, Any]) -> Review:
        """Store what was sent; the status last, for what it announces."""
        self._resolve_people(validated_data)
        wanted = {n: v for n, v in validated_data.items() if n in ("owner", "due_date")}
        with atomic():
            stored = writing.assign(instance, wanted)
            return writing.set_status(stored, validated_data.get("status") or stored.status)


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
    "owner": examples.PERSON,
    "due_date": "2030-02-07T23:59:00Z",
    "created": "2030-01-31T15:00:00Z",
    "published_at": None,
    "modified": "2030-02-01T09:10:00Z",
    "sections": [_SECTION],
}
SECTION = OpenApiExample("Section", value=_SECTION, response_only=True)
REVIEW = OpenApiExample("Review", value=_REVIEW, response_only=True)
START = OpenApiExample("Start", value={"incident": 42}, request_only=True)
PUBLISH = OpenApiExample("Publish", value={"status": "published"}, request_only=True)
HAND_OVER = OpenApiExample(
    "Another owner",
    value={"owner": {"email": "bo@example.com"}, "due_date": "2030-02-14T17:00:00Z"},
    request_only=True,
)
WRITE_BACK = OpenApiExample(
    "Write it back",
    value={"incident": 42, "status": "in_review", "owner": None, "due_date": None},
    request_only=True,
)
NEW_TEXT = OpenApiExample(
    "Another text",
    value={"text": "No one was told that the certificate runs out.", "version": 3},
    request_only=True,
)


class ReviewViewSet(
    ETagged,
    ResourceView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The reviews of the incidents that the account may see, newest first."""

    docs = {
        "list": Doc("The reviews, newest first", (REVIEW,)),
        "retrieve": Doc("One review", (REVIEW,)),
        "create": Doc(
            "Start a review",
            (START, REVIEW),
            "Its sections are those of the template, filled in from the incident. The answer is "
            "409 while the incident goes on (`incident_open`), and if it has a review already "
            "(`review_exists`).",
        ),
        "update": Doc("Write a review", (WRITE_BACK, REVIEW)),
        "partial_update": Doc(
            "Change the status, owner or due date of a review",
            (PUBLISH, HAND_OVER, REVIEW),
            "Publishing it is told in the comms channel, the event stream and to webhooks. Texts "
            "are written section by section. The `ETag` is that of the review with all of its "
            "sections: with `If-Match` nothing is published that was not read.",
        ),
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
