"""How a form's handler refuses a form, under the name that projects import."""

from response.slack.decorators.form_error import FormError

__all__ = ["FormError"]
