"""The serializers, under the name that release 0.5.1 gave them."""

from response.core.api.serializers import *  # noqa: F403
