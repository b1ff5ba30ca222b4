"""Coming, going, and forgetting the password."""

import re

import pytest
from django.contrib import auth
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
NEWCOMER = {"username": "cleo", "password1": PASSWORD, "password2": PASSWORD}


def signed_in_as(client) -> str | None:
    user = auth.get_user(client)
    return user.username if user.is_authenticated else None


def test_a_newcomer_is_signed_in_right_after_signing_up(client):
    response = client.post("/accounts/signup/", NEWCOMER)

    assert response["Location"] == "/"
    assert signed_in_as(client) == "cleo"


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "no spaces please"},
        {"username": "admin"},
        {"username": ".."},
        {"password2": "something else"},
        {"password1": "12345678", "password2": "12345678"},
        {"email": "no address"},
    ],
)
def test_a_sign_up_that_cannot_be_comes_back_with_the_name(client, wrong):
    typed = NEWCOMER | wrong
    response = client.post("/accounts/signup/", typed)

    assert not User.objects.exists()
    assert "error" in response.content.decode()
    assert f'value="{typed["username"]}"' in response.content.decode() or not typed["username"]


def test_a_name_that_is_taken_is_refused(client, ana):
    client.post("/accounts/signup/", NEWCOMER | {"username": "Ana"})

    assert User.objects.count() == 1


@pytest.mark.parametrize("login", ["cleo", "cleo@example.com"])
def test_signing_in_by_name_or_address_and_out_again(login):
    Client().post("/accounts/signup/", NEWCOMER | {"email": "cleo@example.com"})
    client = Client()

    response = client.post(
        "/accounts/login/?next=/posts/new/", {"login": login, "password": PASSWORD}
    )
    assert response["Location"] == "/posts/new/"
    assert signed_in_as(client) == "cleo"

    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in_as(client) == "cleo"
    client.post("/accounts/logout/")
    assert signed_in_as(client) is None


def test_a_wrong_password_signs_nobody_in(client, ana):
    response = client.post("/accounts/login/", {"login": "ana", "password": "wrong"})

    assert "not correct" in response.content.decode()
    assert signed_in_as(client) is None


def test_a_forgotten_password_is_replaced_by_mail(client, mailoutbox):
    Client().post("/accounts/signup/", NEWCOMER | {"email": "cleo@example.com"})
    mailoutbox.clear()

    client.post("/accounts/password/reset/", {"email": "cleo@example.com"})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    new = {"password1": "another quiet room", "password2": "another quiet room"}
    client.post(form.request["PATH_INFO"], new)

    assert Client().login(username="cleo", password="another quiet room")
    assert not Client().login(username="cleo", password=PASSWORD)


@pytest.mark.parametrize(
    "path",
    ["signup/", "login/", "password/reset/", "password/reset/done/", "confirm-email/", "inactive/"],
)
def test_every_account_page_belongs_to_the_site(client, path):
    text = client.get(f"/accounts/{path}").content.decode()

    assert "style.css" in text
    assert 'id="main"' in text


@pytest.mark.parametrize("path", ["logout/", "email/", "password/change/"])
def test_every_page_of_ones_account_belongs_to_the_site(as_ana, ana, path):
    ana.set_password(PASSWORD)
    ana.save()
    as_ana.force_login(ana)

    text = as_ana.get(f"/accounts/{path}", follow=True).content.decode()

    assert "style.css" in text
    assert 'id="main"' in text


def test_a_sign_up_with_an_address_that_has_an_account_looks_like_any_other(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answers = []
    for name in ("cleo", "dora"):
        data = NEWCOMER | {"username": name, "email": "cleo@example.com"}
        answers.append(Client().post("/accounts/signup/", data)["Location"])

    assert answers == ["/accounts/confirm-email/"] * 2
    assert User.objects.count() == 1
