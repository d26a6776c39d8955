"""Rows for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from response.core.models import Action, ExternalUser, Incident
from response.slack.models import CommsChannel


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = ExternalUser

    app_id = "slack"
    external_id = factory.Sequence(lambda n: f"U0TEST{n:05d}")
    display_name = factory.Sequence(lambda n: f"person-{n}")
    full_name = factory.Sequence(lambda n: f"Person Number {n}")


class IncidentFactory(DjangoModelFactory):
    class Meta:
        model = Incident
        skip_postgeneration_save = True

    report = "The checkout is down"
    reporter = factory.SubFactory(PersonFactory)

    @factory.post_generation
    def declaration(self, create, extracted, **kwargs) -> None:
        """Without its declaration in the timeline, so that a test finds what it put there."""
        if create and not extracted:
            self.timelineevent_set.all().delete()


class CommsChannelFactory(DjangoModelFactory):
    class Meta:
        model = CommsChannel

    incident = factory.SubFactory(IncidentFactory)
    channel_id = factory.Sequence(lambda n: f"C0TEST{n:05d}")
    channel_name = factory.Sequence(lambda n: f"inc-{n}-test")


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    incident = factory.SubFactory(IncidentFactory)
    user = factory.SubFactory(PersonFactory)
    details = "Add an alert"
