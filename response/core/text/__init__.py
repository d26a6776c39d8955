"""People's text, made readable and safe on the way out.

What is stored is what the person typed. :func:`to_html` and :func:`to_plain` turn it into
what is shown; both take the :class:`References` of all texts of a page, so that names
cost one query for the page, and look them up themselves if they get none.
"""

from response.core.text.as_typed import to_plain
from response.core.text.markdown import BELOW_SECTIONS, to_html
from response.core.text.references import References

__all__ = ["BELOW_SECTIONS", "References", "to_html", "to_plain"]
