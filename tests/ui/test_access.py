"""Who sees what."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.urls import reverse

from response.slack.models import UserStats
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def doc(incident):
    return reverse("incident_doc", args=[incident.pk])


@pytest.mark.parametrize("query", ["", "?status=open&q=a%20b"])
def test_pages_need_a_login_and_lead_back_from_it(client, query):
    incident = IncidentFactory()
    for url in ("/" + query, doc(incident) + query):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/?next=")
        logged_in = client.get(answer["Location"])
        assert logged_in.context["next"] == url


def test_the_setting_is_read_when_it_is_used(client):
    incident = IncidentFactory(report="Everyone may know")
    with override_settings(RESPONSE_LOGIN_REQUIRED=False):
        assert "Everyone may know" in client.get("/").content.decode()
        assert client.get(doc(incident)).status_code == 200
    assert client.get("/").status_code == 302


@override_settings(RESPONSE_LOGIN_REQUIRED=False)
def test_without_login_private_incidents_stay_hidden(client):
    incident = IncidentFactory(report="A secret", private=True)
    assert "A secret" not in client.get("/").content.decode()
    assert "A secret" not in client.get("/?q=secret&status=all").content.decode()
    answer = client.get(doc(incident))
    assert answer.status_code == 404
    assert "A secret" not in answer.content.decode()
    assert "Log in and try again" in answer.content.decode()


def test_a_private_incident_and_one_that_does_not_exist_look_alike(reading):
    incident = IncidentFactory(pk=777001, report="A secret", private=True)
    hidden = reading.get(doc(incident))
    missing = reading.get("/incident/777002/")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content.replace(b"777001", b"777002") == missing.content


@pytest.mark.parametrize("role", ["lead", "reporter", "participant", "permission"])
def test_who_sees_a_private_incident(reading, reader, role):
    me = PersonFactory(owner=reader)
    people = {role: me} if role in ("lead", "reporter") else {}
    incident = IncidentFactory(report="A secret", private=True, **people)
    if role == "participant":
        UserStats.objects.create(incident=incident, user=me)
    if role == "permission":
        reader.user_permissions.add(Permission.objects.get(codename="view_private_incident"))
    assert "A secret" in reading.get("/").content.decode()
    page = reading.get(doc(incident)).content.decode()
    assert "A secret" in page
    assert "Private" in page


@pytest.mark.parametrize("number", ["0", "99999", str(2**31), str(2**63), "9" * 100, "9" * 5000])
def test_an_unknown_number_is_a_page_that_helps(reading, number):
    answer = reading.get(f"/incident/{number}/")
    assert answer.status_code == 404
    if len(number) <= 100:
        assert "See all incidents" in answer.content.decode()


def test_pages_are_only_read(reading):
    incident = IncidentFactory()
    assert reading.post("/").status_code == 405
    assert reading.delete(doc(incident)).status_code == 405
    assert reading.head(doc(incident)).status_code == 200


def test_no_cache_shares_a_page(reading):
    assert "private" in reading.get("/")["Cache-Control"]


def test_logging_out(reading, reader):
    assert "Log out" not in reading.get("/").content.decode()
    reader.is_staff = True
    reader.save()
    page = reading.get("/").content.decode()
    assert 'action="/admin/logout/"' in page
    assert "csrfmiddlewaretoken" in page
    with override_settings(RESPONSE_LOGIN_REQUIRED=False):
        reading.logout()
        assert "/admin/login/?next=%2F" in reading.get("/").content.decode()


def test_what_is_sent_without_a_login_comes_back(client, settings):
    incident = IncidentFactory()
    settings.LOGIN_URL = "/login/"
    for path, sent in (
        (f"/incident/{incident.pk}/edit/summary/", {"summary": "My <words>"}),
        ("/incident/declare/", {"report": "My <words>", "severity": ""}),
        (f"/incident/{incident.pk}/edit/fields/", {"field_service": "My <words>"}),
    ):
        answer = client.post(path, sent)
        assert answer.status_code == 403
        assert "My &lt;words&gt;" in answer.text
        assert f'href="/login/?next={quote(path, safe="")}"' in answer.text


@pytest.mark.parametrize("button", ["close", "take-lead", "subscribe"])
def test_a_button_pressed_without_a_login_leads_back_to_the_page(client, settings, button):
    incident = IncidentFactory()
    settings.LOGIN_URL = "/login/"
    answer = client.post(f"/incident/{incident.pk}/{button}/")
    assert answer.headers["Location"] == f"/login/?next=/incident/{incident.pk}/"


def test_a_script_is_told_that_a_login_is_needed(client):
    incident = IncidentFactory()
    headers = {"HX-Request": "true"}
    assert client.get(f"/incident/{incident.pk}/live/", headers=headers).status_code == 401
    answer = client.post(
        f"/incident/{incident.pk}/edit/summary/", {"summary": "x"}, headers=headers
    )
    assert answer.status_code == 401


def test_what_is_sent_and_refused_comes_back(reading, settings):
    incident, hidden = IncidentFactory(), IncidentFactory(private=True)
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    }
    for one, status in ((incident, 403), (hidden, 404)):
        answer = reading.post(f"/incident/{one.pk}/edit/summary/", {"summary": "My <words>"})
        assert answer.status_code == status
        assert "My &lt;words&gt;" in answer.text
        assert "What you wrote" not in reading.post(f"/incident/{one.pk}/close/").text
