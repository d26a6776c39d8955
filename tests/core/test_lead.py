"""Who can lead, at every entrance."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from response.slack.features import people
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["bot", "deleted"])
def nobody(request):
    return PersonFactory(external_id="U0NOLEAD001", **{request.param: True})


def test_the_api_refuses(nobody, client, django_user_model):
    user = django_user_model.objects.create_superuser("root")
    client.force_login(user)
    incident = IncidentFactory()
    answer = client.patch(
        f"/core/incidents/{incident.pk}/",
        {"lead": {"external_id": nobody.external_id}},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert "lead" in answer.json()["errors"]


def test_the_admin_refuses(nobody):
    incident = IncidentFactory()
    incident.lead = nobody
    with pytest.raises(ValidationError):
        incident.clean()


def test_slack_refuses(nobody):
    with pytest.raises(people.UnknownPerson):
        people.lead_with_id(nobody.external_id)
    with pytest.raises(people.UnknownPerson):
        people.lead_with_id("x" * 50_000)


def test_who_leads_already_is_not_looked_at_again():
    incident = IncidentFactory(lead=PersonFactory(deleted=True))
    type(incident).objects.get(pk=incident.pk).clean()
