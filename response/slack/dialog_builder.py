"""The form builder, under the name that projects import."""

from response.slack.render.dialog_builder import (
    Dialog,
    Element,
    FormNotOpened,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)

__all__ = [
    "Dialog",
    "Element",
    "FormNotOpened",
    "SelectFromUsers",
    "SelectWithOptions",
    "Text",
    "TextArea",
]
