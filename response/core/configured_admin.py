"""The admin of what a project configures, such as severities and statuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from response.core import option_lines
from response.core.models import Field, Measurement, Role, Severity, Status
from response.core.models.configured import ConfiguredRow
from response.core.models.field_values import checked_options


class WordsField(forms.CharField):
    """A list of words, one in each line."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the words as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the lines as words."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the words differ."""
        return bool(self.to_python(data) != (initial or []))


class ConfiguredRowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row; its aliases are lines."""

    aliases = WordsField(
        label=_("aliases"),
        required=False,
        help_text=_("Other words for it, one per line. Commands understand them."),
    )


class ConfiguredRowAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The rows of one kind, in the order in which they are offered.

    A row that is used can be retired, and not deleted.
    """

    form: Any = ConfiguredRowForm
    list_display: Any = ("name", "key", "rank", "retired")
    list_editable = ("rank",)
    search_fields = ("name", "key")
    actions = ("retire", "offer")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Make read-only what never changes once the row is stored."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, *obj.fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether a row may be deleted: not while anything refers to it.

        Without a row the question is whether many may be deleted at once: never, since that would
        not look at what is used.
        """
        if obj is None or not super().has_delete_permission(request, obj):
            return False
        return not (obj.is_used() or getattr(obj, "default", False))

    @admin.action(description=_("Retire: stop offering"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Retire the selected rows."""
        self._set_retired(request, queryset, True)

    @admin.action(description=_("Offer again"), permissions=["change"])
    def offer(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Offer the selected rows again."""
        self._set_retired(request, queryset, False)

    def _set_retired(
        self, request: HttpRequest, queryset: models.QuerySet[Any], retired: bool
    ) -> None:
        count = 0
        for row in queryset:
            row.retired = retired
            try:
                row.full_clean()
            except ValidationError as error:
                values = {"name": row.name, "why": " ".join(error.messages)}
                message = gettext("%(name)s was not changed: %(why)s") % values
                self.message_user(request, message, messages.WARNING)
                continue
            row.save()
            count += 1
        told_count = ngettext("%d was changed.", "%d were changed.", count) % count
        self.message_user(request, told_count, messages.SUCCESS if count else messages.WARNING)


@admin.register(Severity)
class SeverityAdmin(ConfiguredRowAdmin):
    """Admin of severities, the worst first."""

    list_display = ("name", "emoji", "key", "rank", "colour", "update_after", "default", "retired")
    fields = ("key", "name", "emoji", "colour", "rank", "aliases", "description", "update_after",
              "default", "retired")  # fmt: skip


@admin.register(Status)
class StatusAdmin(ConfiguredRowAdmin):
    """Admin of statuses, by category."""

    list_display = ("name", "category", "emoji", "key", "rank", "default", "retired")
    list_filter = ("category",)
    fields = ("key", "name", "category", "emoji", "rank", "aliases", "description", "default",
              "retired")  # fmt: skip


@admin.register(Role)
class RoleAdmin(ConfiguredRowAdmin):
    """The roles besides the lead."""

    list_display = ("name", "key", "rank", "several", "in_form", "retired")
    fields = ("key", "name", "several", "in_form", "rank", "aliases", "description", "retired")


class OptionsField(WordsField):
    """The options of a custom field, one in each line."""

    def prepare_value(self, value: Any) -> Any:
        """Return the options as lines; what was stored in another way stays as it is."""
        try:
            lines = option_lines.to_lines(checked_options(value))
        except ValidationError:
            return super().prepare_value(value)
        return super().prepare_value(lines)

    def to_python(self, value: Any) -> Any:
        """Return the lines as options. Raises ``ValidationError`` for a line that is not one."""
        return option_lines.from_lines(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the options differ."""
        try:
            return bool(checked_options(initial or []) != checked_options(self.to_python(data)))
        except ValidationError:
            return True


class FieldForm(ConfiguredRowForm):
    """A custom field; its options and severities are lines."""

    options = OptionsField(
        label=_("options"),
        required=False,
        help_text=_(
            "For choices, one per line: a word, or a key and a name, as in “web = The web "
            "site”. The key is stored and never changes. “(retired)” at the end takes an "
            "option out of the forms; incidents that have it keep it."
        ),
    )
    severities = WordsField(
        label=_("severities"),
        required=False,
        help_text=_(
            "The severities that have this field, by key or name, one per line. Leave empty "
            "for all."
        ),
    )

    def clean_severities(self) -> list[str]:
        """Return the keys. Raises ``ValidationError`` for an unknown severity."""
        keys: list[str] = []
        present = self.instance.severities if isinstance(self.instance.severities, list) else []
        for word in self.cleaned_data["severities"]:
            row = Severity.with_key(word) or Severity.named(word)
            if row is None and word not in present:
                raise ValidationError(
                    gettext("There is no severity “%(value)s”.") % {"value": word[:50]}
                )
            keys.append(row.key if row else word)
        return list(dict.fromkeys(keys))


@admin.register(Field)
class FieldAdmin(ConfiguredRowAdmin):
    """The custom fields of incidents."""

    form = FieldForm
    list_display = ("name", "kind", "key", "rank", "required", "in_form", "retired")
    list_filter = ("kind", "required")
    fields = ("key", "name", "kind", "options", "required", "severities", "in_form", "rank",
              "aliases", "description", "retired")  # fmt: skip


def choices(
    kind: type[ConfiguredRow], present: str | None, none: str = "---------"
) -> list[tuple[str, str]]:
    """Return the choices of a form that changes ``present``: what is offered, and ``present``."""
    return [("", none), *((row.key, row.label()) for row in kind.choosable(present))]


@admin.register(Measurement)
class MeasurementAdmin(ConfiguredRowAdmin):
    """What is measured between two milestones."""

    list_display = ("name", "key", "start", "end", "rank", "retired")
    fields = ("key", "name", "start", "end", "includes_reported", "rank", "aliases",
              "description", "retired")  # fmt: skip
