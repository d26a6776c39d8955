"""The REST API of the incident domain.

``views`` and ``schema`` contain the views, ``base`` their base classes and ``serializers`` the
representations; each of the other modules has one concern of the views.
"""
