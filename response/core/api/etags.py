"""``ETag`` and ``If-Match``, so that clients do not overwrite changes that they have not seen.

The tag is a digest of the object's representation. A write with ``If-Match`` is done only if
one of its tags is the object's; otherwise the answer is 412, and nothing is stored.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from response.core.api.base import ResourceView, number_or_404
from response.db import atomic, lock

HEADER = "If-Match"
_TAG = re.compile(r'"[^"]*"')


class Stale(exceptions.APIException):
    """The object was changed after the client had read it."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _(
        "This has been changed since you read it. Nothing was stored. Read it again and retry."
    )
    default_code = "stale"


def etag_of(data: Any) -> str:
    """Return the tag of an object with the representation ``data``."""
    text = JSONEncoder(sort_keys=True).encode(data)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class ETagged(ResourceView):
    """A view whose objects have a tag. List it before the framework's mixins."""

    etags = True

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().retrieve(request, *args, **kwargs)  # type: ignore[misc]
        response["ETag"] = etag_of(response.data)
        return response

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with atomic():
            self._check(request)
            response: Response = super().update(request, *args, **kwargs)  # type: ignore[misc]
        response["ETag"] = etag_of(response.data)
        return response

    def _check(self, request: Request) -> None:
        """Lock the object; raise :class:`Stale` unless its tag is among those of the request."""
        wanted = request.headers.get(HEADER)
        if wanted is None:
            return
        key = number_or_404(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        model: Any = self.queryset.model  # type: ignore[union-attr, arg-type]
        lock(model._default_manager.filter(pk=key)).first()
        row = self.get_object()
        if wanted.strip() != "*" and etag_of(self.get_serializer(row).data) not in _TAG.findall(
            wanted
        ):
            raise Stale


class ETaggedDestroy(ETagged):
    """The same for objects that can be deleted."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with atomic():
            self._check(request)
            return super().destroy(request, *args, **kwargs)  # type: ignore[misc, no-any-return]
