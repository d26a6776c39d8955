"""People's text, made readable and safe on the way out."""

from response.core.text.formatting import BELOW_SECTIONS, to_html, to_plain
from response.core.text.references import References

__all__ = ["BELOW_SECTIONS", "References", "to_html", "to_plain"]
