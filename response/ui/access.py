"""Who may look at the pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from response.conf import settings

View = Callable[..., HttpResponse]


def user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Who asks; nobody in a project without the authentication middleware."""
    return getattr(request, "user", None) or AnonymousUser()


def page(view: View) -> View:
    """A page that needs a login if ``RESPONSE_LOGIN_REQUIRED`` says so at that moment.

    Without one it redirects to ``LOGIN_URL``, and from there back. No shared cache keeps
    what one reader may see and another may not.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.RESPONSE_LOGIN_REQUIRED and not user_of(request).is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return cache_control(private=True, no_cache=True)(checked)
