"""``{% load response_forms %}``: the fields of the pages' forms, and what is wrong in them.

Bootstrap's looks, by django-bootstrap4, whose templates do not say which field an error belongs
to: here each control refers to its help and to its errors, as WCAG 2.2 asks for (3.3.1), and the
first one that needs attention has the focus.
"""

from __future__ import annotations

from typing import Any

from bootstrap4.renderers import FieldRenderer
from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def form_field(field: BoundField, label_class: str = "") -> SafeString:
    """``{% form_field field %}``: a field with its label, its help and its errors."""
    renderer = _Renderer(field, set_placeholder=False, label_class=label_class)
    return SafeString(renderer.render())  # made of what is escaped


@register.simple_tag
def form_errors(form: forms.BaseForm) -> SafeString | str:
    """``{% form_errors form %}``: what is wrong with a form as a whole."""
    errors = list(form.non_field_errors())
    for field in form.hidden_fields():
        errors += field.errors
    if not errors:
        return ""
    return format_html(
        '<div class="alert alert-danger" role="alert">{}</div>',
        format_html_join(mark_safe("<br>"), "{}", ((error,) for error in errors)),
    )


def _in_focus(form: forms.BaseForm) -> str:
    """Return the name of the first field with an error or, if none has, with a conflict."""
    wrong = [field.name for field in form.visible_fields() if field.errors]
    theirs = getattr(form, "theirs", None) or ()
    wrong += [field.name for field in form.visible_fields() if field.name in theirs]
    return wrong[0] if wrong else ""


class _Renderer(FieldRenderer):  # type: ignore[misc]
    """Bootstrap's field, whose control says by id what belongs to it."""

    def add_widget_attrs(self) -> None:
        super().add_widget_attrs()
        attrs: dict[str, Any] = self.widget.attrs
        described_by = [
            self._id(part)
            for part, there in (("helptext", self.field_help), ("error", self.field_errors))
            if there
        ]
        if described_by:
            attrs["aria-describedby"] = " ".join(described_by)
        if self.field_errors:
            attrs["aria-invalid"] = "true"
        focus = _in_focus(self.field.form)
        if focus:
            attrs.pop("autofocus", None)
        if focus == self.field.name:
            attrs["autofocus"] = True

    def _id(self, part: str) -> str:
        return f"{self.field.auto_id or self.field.html_name}_{part}"

    def append_help(self, html: str) -> str:
        if not self.field_help:
            return html
        # Bootstrap's own takes the help for HTML, and ours comes from rows.
        return html + format_html(
            '<small class="form-text text-muted" id="{}">{}</small>',
            self._id("helptext"),
            self.field.help_text,
        )

    def append_errors(self, html: str) -> str:
        if not self.field_errors:
            return html
        return html + format_html(
            '<div id="{}">{}</div>',
            self._id("error"),
            format_html_join(
                "", '<div class="invalid-feedback">{}</div>', ((e,) for e in self.field_errors)
            ),
        )
