"""Serializers for the payload of Alertmanager's webhook and for our answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from response.core.clean import sanitise

STATES = ("firing", "resolved")


class WordsField(serializers.CharField):
    """Text from a program: characters that cannot be stored are dropped, not refused.

    An alert that quotes a broken log line must still be accepted.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return sanitise(data) or ""


class OpaqueField(WordsField):
    """Any non-empty text, unchanged. It is not shown, and is stored only if it can be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": False, **kwargs})
        self.validators = []  # the default ones refuse characters that cannot be stored

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class WordsDictField(serializers.DictField):
    """Labels or annotations: a dict of name to text."""

    child = WordsField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "default": dict, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, str]:
        words: dict[str, str] = super().to_internal_value(data)
        return {sanitise(name) or "": value for name, value in words.items()}


class AlertSerializer(serializers.Serializer[Any]):
    """One alert of the group."""

    status = serializers.ChoiceField(choices=STATES)
    labels = WordsDictField(required=True, default=serializers.empty)
    annotations = WordsDictField()
    startsAt = WordsField(max_length=100, help_text="Since when it fires.")
    endsAt = WordsField(required=False, default="", help_text="Not used.")
    generatorURL = WordsField(required=False, default="", help_text="What found it.")
    fingerprint = WordsField(
        required=False, default="", help_text="What tells it from others; else its labels do."
    )


class AlertmanagerSerializer(serializers.Serializer[Any]):
    """Serializer of Alertmanager's webhook, version 4: a group of alerts."""

    version = serializers.ChoiceField(choices=["4"])
    groupKey = OpaqueField(help_text="What makes this group the same again.")
    truncatedAlerts = serializers.IntegerField(
        required=False, default=0, min_value=0, help_text="How many were left out (`max_alerts`)."
    )
    status = serializers.ChoiceField(choices=STATES)
    receiver = WordsField(required=False, default="")
    groupLabels = WordsDictField()
    commonLabels = WordsDictField()
    commonAnnotations = WordsDictField()
    externalURL = WordsField(required=False, default="", help_text="Where Alertmanager is.")
    alerts = serializers.ListField(child=AlertSerializer(), min_length=1)


class OutcomeSerializer(serializers.Serializer[Any]):
    """Serializer of what was done about a group of alerts."""

    incident = serializers.IntegerField(
        allow_null=True, help_text="The incident's id; null if there is none and none was needed."
    )
    created = serializers.BooleanField(help_text="Whether it was declared now.")
    closed = serializers.BooleanField(help_text="Whether it was closed now.")
    noted = serializers.IntegerField(
        help_text="Of how many alerts the timeline tells something new."
    )
