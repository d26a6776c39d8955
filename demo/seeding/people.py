"""The people of the sandbox, as Response knows them, and the demo's account."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from demo.sandbox.models import Member
from demo.sandbox.payloads import user_object
from demo.sandbox.seed import seed
from response.slack.web_api.client import profile_of
from response.slack.web_api.user_cache import store_profile


def seed_people() -> None:
    """Make what is missing of the workspace, its people and the account demo / demo."""
    seed()
    for member in Member.objects.all():
        store_profile(profile_of(user_object(member)))
    users = get_user_model().objects
    if not users.filter(username="demo").exists():
        users.create_superuser("demo", password="demo")
