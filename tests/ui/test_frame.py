"""A project's own frame, the login page, and links between accounts and people."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import timezone

from response.core.models import ExternalUser, ReviewRevision, TimelineEvent, Update
from response.core.reviews import writing
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def test_pages_in_a_projects_own_frame(reading, settings):
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    settings.RESPONSE_BASE_TEMPLATE = "a_projects_base.html"
    incident = IncidentFactory(report="Checkout down")
    for path in (
        "/", f"/incident/{incident.pk}/", "/actions/", "/incident/declare/", "/shortcuts/",
        f"/incident/{incident.pk}/edit/summary/", "/incident/999999/",
    ):  # fmt: skip
        text = reading.get(path).content.decode()
        assert "Acme's own frame" in text
        assert "– Acme</title>" in text
        assert "response/response.css" in text
        assert "/actions/" in text
        assert "Keyboard shortcuts</a>" not in text


@override_settings(ROOT_URLCONF="tests.urls_login", LOGIN_URL="login")
def test_the_login_page_of_the_package(client):
    get_user_model().objects.create_user("bo", password="bo")
    page = client.get("/accounts/login/?next=/actions/")
    assert "response/page.html" in [template.name for template in page.templates]
    wrong = client.post("/accounts/login/", {"username": "bo", "password": "x"})
    assert "correct username and password" in wrong.content.decode()
    sent = {"username": "bo", "password": "bo", "next": "/actions/"}
    assert client.post("/accounts/login/", sent).url == "/actions/"


@override_settings(ROOT_URLCONF="tests.urls_login", LOGIN_URL="login")
def test_logging_in_and_out_stays_on_the_packages_pages(client, settings):
    """Django would lead to /accounts/profile/, which is not there, and to a page of the admin's."""

    def after(path, sent):
        page = BeautifulSoup(client.get(path).content, "html.parser")
        form = page.select_one("form.login, .site-account form")
        fields = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
        return client.post(form.get("action") or path, fields | sent).url

    get_user_model().objects.create_user("bo", password="bo")
    bo = {"username": "bo", "password": "bo"}
    assert after("/accounts/login/", bo) == "/"
    assert after("/", {}) == "/"
    settings.LOGIN_REDIRECT_URL, settings.LOGOUT_REDIRECT_URL = "/actions/", "/bye/"
    assert after("/accounts/login/", bo) == "/actions/"
    assert after("/", {}) == "/bye/"


def test_people_are_linked_to_accounts_by_address(admin_client):
    account = get_user_model().objects.create_user("bo", email="Bo@example.com")
    bo = PersonFactory(email="bo@EXAMPLE.com")
    without, unknown = PersonFactory(email=None), PersonFactory(email="x@example.com")
    for name in ("t1", "t2"):
        get_user_model().objects.create_user(name, email="twins@example.com")
    twins = PersonFactory(email="twins@example.com")
    admin_client.post(
        "/admin/response/externaluser/",
        {"action": "link_by_email", "_selected_action": [bo.pk, without.pk, unknown.pk, twins.pk]},
    )
    assert list(ExternalUser.objects.filter(owner__isnull=False)) == [bo]
    bo.refresh_from_db()
    assert bo.owner == account


HEADINGS = "# One\n\n<h1>Two</h1>\n\nThree\n=====\n\n## Four"


def test_a_page_has_one_title_and_one_main_part_whatever_people_write(admin_client):
    incident = IncidentFactory(
        report="# T", summary=HEADINGS, impact=HEADINGS, end_time=timezone.now()
    )
    Update.objects.post(incident, HEADINGS, doing=HEADINGS, needed=HEADINGS)
    action = ActionFactory(incident=incident, details=HEADINGS)
    entry = TimelineEvent.objects.create(incident=incident, text=HEADINGS)
    entry.curate(text=f"{HEADINGS}\n\nMore")
    section = writing.begin(incident).sections.first()
    section.write(HEADINGS, kind=ReviewRevision.WRITTEN)
    document = f"/incident/{incident.pk}/"
    for path in (
        "/", "/actions/", "/reviews/", "/metrics/", "/shortcuts/", "/incident/declare/", document,
        f"{document}edit/details/", f"{document}edit/summary/", f"{document}action/{action.pk}/",
        f"{document}entry/", f"{document}entry/{entry.pk}/", f"{document}entry/{entry.pk}/was/",
        f"{document}update/", f"{document}review/", f"{document}review/edit/",
        f"{document}review/section/{section.key}/",
        f"{document}review/section/{section.key}/history/", f"{document}review/export.html",
        "/core/schema/docs/", "/incident/999999/",
    ):  # fmt: skip
        page = admin_client.get(path).content.decode()
        for tag in ("h1", "main"):
            assert len(re.findall(rf"<{tag}[\s>]", page)) == 1, (path, tag)
        assert re.search(r"<title>\s*\S", page), path
        assert re.search(r"<html[^>]* lang=", page), path
    preview = admin_client.post("/incident/preview/", {"text": HEADINGS}).content.decode()
    assert "<h3>One</h3>" in preview
    assert "<h4>Four</h4>" in preview


def test_an_error_of_the_apis_documents_is_a_page(client):
    answer = client.get("/core/schema/docs/", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert '<html lang="en">' in page
    assert "<title>Authentication credentials were not provided.</title>" in page
