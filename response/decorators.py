"""The login that the pages ask for, for a project's own views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import user_passes_test

from response.conf import settings


def response_login_required(
    function: Callable[..., Any] | None = None,
    redirect_field_name: str = REDIRECT_FIELD_NAME,
    login_url: str | None = None,
) -> Any:
    """Like Django's ``login_required``, as far as ``RESPONSE_LOGIN_REQUIRED`` asks for one."""
    decorator = user_passes_test(
        lambda user: user.is_authenticated or not settings.RESPONSE_LOGIN_REQUIRED,
        login_url=login_url,
        redirect_field_name=redirect_field_name,
    )
    return decorator(function) if function else decorator
