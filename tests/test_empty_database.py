"""How the database is emptied after a test that commits: it is left as Django would leave it."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase

from response.core.models import Incident, Severity
from tests import empty_database
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def flushed(transactional_db) -> None:
    """What migrations noted is there only for the first test of a database."""
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False)


def contents() -> dict[str, list[Any]]:
    """Everything that is stored, without the numbers by which rows know each other."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        fields = [
            f.attname for f in model._meta.concrete_fields if not (f.primary_key or f.remote_field)
        ]
        found[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*fields)))
    return {label: rows for label, rows in found.items() if rows}


def fill() -> None:
    incident = IncidentFactory()
    incident.severity = "1"
    incident.save()
    anna = User.objects.create_user("anna")
    anna.user_permissions.set(Permission.objects.all()[:3])
    Severity.objects.all().delete()


def test_it_leaves_what_flush_leaves():
    left = contents()
    fill()
    assert contents() != left

    empty_database.empty("default")

    assert contents() == left
    assert set(left) > {"auth.Permission", "contenttypes.ContentType", "response.Severity"}


def test_permissions_keep_their_numbers():
    before = empty_database.kept_rows("default")
    fill()

    empty_database.empty("default")
    assert empty_database.kept_rows("default") == before
    assert not Incident.objects.exists()


@pytest.mark.parametrize("model", [Permission, ContentType])
def test_a_test_that_deletes_what_is_kept_leaves_a_whole_database(model):
    whole = contents()
    model.objects.all().delete()
    case = TransactionTestCase()
    case._fixture_teardown()

    assert contents() == whole
    # The next test finds nothing to mend.
    after = empty_database.kept_rows("default")
    case._fixture_teardown()
    assert empty_database.kept_rows("default") == after


def test_the_signal_keeps_its_receivers():
    before = {receiver[0] for receiver in post_migrate.receivers}
    empty_database.empty("default")
    assert {receiver[0] for receiver in post_migrate.receivers} == before
