"""The REST API of the incident domain.

``base`` is what all views have in common, ``views`` and ``schema`` are the views, and the
other modules are each one of their concerns. The shapes are in ``response.core.api.serializers``.
"""
