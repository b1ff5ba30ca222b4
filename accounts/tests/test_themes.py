"""The theme is chosen without a script, by everybody, and kept by their browser."""

import pytest
from django.test import Client

from accounts.signing_in import sign_form
from accounts.stale_forms import SIGNATURE

pytestmark = pytest.mark.django_db

PATH = "/accounts/theme/"
SIGNED = {SIGNATURE: sign_form(PATH)}


def chosen(client: Client, theme: str, **headers: str):
    return client.post(PATH, SIGNED | {"theme": theme}, headers=headers)


def test_a_guest_has_it_on_every_page_from_then_on(client):
    response = chosen(client, "dark", Referer="http://testserver/search/?q=emma")

    assert (response.status_code, response["Location"]) == (302, "/search/?q=emma")
    for path in ("/", "/search/?q=emma", "/accounts/login/", "/nowhere/"):
        page = client.get(path).content.decode()
        assert '<html lang="en" data-theme="dark">' in page
        assert '<meta name="color-scheme" content="dark">' in page
        assert page.count('<meta name="theme-color"') == 1
        assert 'value="dark" checked' in page


def test_the_system_is_followed_again(client):
    chosen(client, "light")
    chosen(client, "system")

    page = client.get("/").content.decode()
    assert "data-theme" not in page
    assert page.count('<meta name="theme-color"') == 2
    assert 'value="system" checked' in page


def test_who_signs_in_keeps_it(client, ana):
    chosen(client, "dark")
    client.force_login(ana)

    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_a_page_that_has_changed_by_itself_stays(client):
    response = chosen(client, "dark", **{"HX-Request": "true"})

    assert (response.status_code, response.content) == (204, b"")
    assert response.cookies["theme"].value == "dark"


@pytest.mark.parametrize("value", ["purple", "", '"><script>', "dark light"])
def test_nothing_else_is_a_theme(client, value):
    assert chosen(client, value).cookies["theme"].value == ""
    client.cookies["theme"] = value

    assert "data-theme" not in client.get("/").content.decode()


def test_scripts_do_not_read_it_and_it_is_as_secure_as_the_session(client, settings):
    settings.SESSION_COOKIE_SECURE = True

    cookie = chosen(client, "dark").cookies["theme"]

    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")


def test_what_no_form_of_ours_sent_changes_nothing():
    client = Client(enforce_csrf_checks=True)

    response = client.post(PATH, {"theme": "dark"})

    assert response.status_code == 403
    assert "theme" not in response.cookies
