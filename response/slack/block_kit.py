"""Block Kit, under the name that projects import."""

from response.slack.render.block_kit import (
    Actions,
    Block,
    Button,
    Confirm,
    Context,
    Divider,
    Header,
    Message,
    Section,
    StaticSelect,
    StaticSelectOption,
    Text,
)

__all__ = [
    "Actions",
    "Block",
    "Button",
    "Confirm",
    "Context",
    "Divider",
    "Header",
    "Message",
    "Section",
    "StaticSelect",
    "StaticSelectOption",
    "Text",
]
