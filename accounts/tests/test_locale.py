"""A page is in the language and the time zone of the account, else as the browser asks."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation
from lxml import html

from accounts.factories import UserFactory
from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("languages")]

SETTINGS = "/accounts/settings/"


@pytest.fixture
def german(db) -> Client:
    client = Client(headers={"Accept-Language": "es-MX, en;q=0.5"})
    client.force_login(UserFactory(username="gerd", language="de", time_zone="Europe/Berlin"))
    return client


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("de-AT, en;q=0.8", "de"),
        ("fr, es;q=0.5, de;q=0.1", "es"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("x" * 5000, "en"),
        ("de;q=junk, ;;,", "en"),
        ("fr, de;q=0", "en"),
    ],
)
def test_a_guest_gets_what_the_browser_asks_for(client, asked, got):
    answer = client.get("/", headers={"Accept-Language": asked})

    assert answer["Content-Language"] == got
    assert "Accept-Language" in answer["Vary"]
    assert f'<html lang="{got}">' in answer.content.decode()


def test_the_account_decides_over_the_browser_and_the_next_request_begins_anew(german, client):
    with translation.override("en"):
        assert german.get("/search/")["Content-Language"] == "de"
        assert translation.get_language() == "en"
        assert timezone.get_current_timezone_name() == "UTC"

    assert client.get("/search/")["Content-Language"] == "en"


def test_a_language_that_the_site_has_no_longer_is_the_browsers(german, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]

    assert german.get("/search/")["Content-Language"] == "es"


@pytest.mark.parametrize("path", ["/nowhere/", "/posts/999999/edit/"])
def test_an_error_is_in_the_language_of_the_reader(german, path):
    answer = german.get(path)

    assert answer.status_code == 404
    assert '<html lang="de">' in answer.content.decode()
    assert answer["Content-Language"] == "de"


def test_what_is_refused_before_the_view_is_in_the_language_of_the_reader(german, settings):
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": "es"})
    browser.cookies = german.cookies
    stale = browser.post("/posts/new/", {})
    settings.RATE_LIMITS = True
    for _ in range(200):
        limited = german.post("/posts/new/", {})
        if limited.status_code == 429:
            break

    for answer, status in ((stale, 403), (limited, 429)):
        assert answer.status_code == status
        assert '<html lang="de">' in answer.content.decode()


def test_the_greeting_is_in_the_language_of_the_account(german):
    User.objects.filter(username="gerd").update(password=make_password("a very quiet room"))
    browser = Client(headers={"Accept-Language": "es"})

    page = browser.post(
        "/accounts/login/", {"login": "gerd", "password": "a very quiet room"}, follow=True
    )

    text = html.fromstring(page.content.decode()).xpath("string(//*[@id='messages'])")
    assert text.strip() == "Willkommen zurück, gerd."


def test_a_zone_that_this_machine_does_not_know_is_the_sites(german):
    User.objects.filter(username="gerd").update(time_zone="Mars/Olympus")

    assert german.get("/accounts/settings/").status_code == 200


def test_one_chooses_both_in_the_settings(ana, as_ana):
    page = html.fromstring(as_ana.get(SETTINGS).content)
    zones = page.xpath("//select[@name='time_zone']//option/@value")
    assert page.xpath("//select[@name='language']/option/@value") == ["", "en", "de", "es"]
    assert "Europe/Madrid" in zones
    assert len(zones) > 300

    chosen = {"language": "es", "time_zone": "America/Bogota"}
    saved = as_ana.post(SETTINGS, chosen, follow=True).content.decode()

    ana.refresh_from_db()
    assert (ana.language, ana.time_zone) == ("es", "America/Bogota")
    # The sentence that says so is in the new language as well.
    assert html.fromstring(saved).xpath("//*[@id='messages']//text()[contains(., 'ajustes')]")


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"time_zone": "Mars/Olympus"}])
def test_what_cannot_be_chosen_is_refused_with_a_word(ana, as_ana, wrong):
    answer = as_ana.post(SETTINGS, {"name": "Ana", **wrong})

    assert answer.status_code == 422
    assert "is not one of the available choices" in answer.content.decode()


def test_times_of_ones_own_pages_are_in_ones_own_zone(german):
    cache.clear()
    at = datetime(2026, 7, 9, 22, 30, tzinfo=UTC)
    User.objects.filter(username="gerd").update(
        suspended_until=datetime(2096, 7, 9, 22, 30, tzinfo=UTC), date_joined=at
    )

    page = german.get("/search/").content.decode()

    assert "10. Juli 2096, 00:30 CEST" in page
    assert 'datetime="2096-07-09T22:30:00Z"' in page
