"""The admin: one sign-in for all, and no way around its limits."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import auth
from django.test import Client

from accounts.factories import UserFactory

PASSWORD = "a very quiet room"


@pytest.fixture
def keeper(db):
    user = UserFactory(username="keeper", is_staff=True, is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def as_keeper(keeper):
    client = Client()
    client.force_login(keeper)
    return client


@pytest.mark.parametrize("path", ["/admin/", "/admin/posts/post/?q=emma", "/admin/login/"])
def test_a_guest_signs_in_where_everybody_does_and_comes_back(keeper, client, path):
    response = client.get(path, follow=True)
    sign_in, _ = response.redirect_chain[-1]
    assert sign_in.startswith("/accounts/login/?next=")

    response = client.post(sign_in, {"login": "keeper", "password": PASSWORD}, follow=True)

    assert response.status_code == 200
    assert response.request["PATH_INFO"] == path.partition("?")[0].replace("login/", "")
    if "?" in path:
        assert response.request["QUERY_STRING"] == "q=emma"


def test_staff_need_no_confirmed_address_where_readers_do(keeper, client, ana, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    ana.set_password(PASSWORD)
    ana.save()

    for login, arrives in (("ana", "/accounts/confirm-email/"), ("keeper", "/")):
        response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert response["Location"] == arrives


def test_a_password_that_is_sent_to_the_admin_is_not_looked_at(keeper, client):
    response = client.post("/admin/login/", {"username": "keeper", "password": PASSWORD})

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    assert not auth.get_user(client).is_authenticated


@pytest.mark.parametrize("path", ["/admin/", "/admin/posts/post/", "/admin/login/?next=/admin/"])
def test_a_reader_who_is_not_staff_is_answered_clearly(as_ana, path):
    response = as_ana.get(path, follow=True)

    assert response.status_code == 403
    assert "cannot open this page" in response.content.decode()


def test_staff_are_not_asked_again(as_keeper):
    assert as_keeper.get("/admin/login/?next=/admin/posts/post/")["Location"] == "/admin/"
    response = as_keeper.post("/admin/login/", {"username": "ana", "password": "x"})
    assert response["Location"] == "/admin/"


def test_nobody_is_sent_to_another_site(keeper, client):
    response = client.get("/admin/login/?next=https://evil.example/")

    assert "next=%2Fadmin%2Flogin%2F" in response["Location"]


def test_the_admins_own_forms_still_change_the_password_and_sign_out(as_keeper, keeper):
    new = "another quiet room"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert as_keeper.get("/admin/password_change/").status_code == 200
    assert as_keeper.post("/admin/password_change/", data)["Location"] == (
        "/admin/password_change/done/"
    )
    keeper.refresh_from_db()
    assert keeper.check_password(new)

    response = as_keeper.post("/admin/logout/")

    assert response.status_code == 200
    assert not auth.get_user(as_keeper).is_authenticated
    assert as_keeper.get("/admin/", follow=True).status_code == 200


def test_staff_without_a_second_factor_are_kept_out_where_the_site_says_so(
    keeper, as_keeper, settings
):
    settings.ADMIN_SECOND_FACTOR = True

    refused = as_keeper.get("/admin/posts/post/", follow=True)
    TOTP.activate(keeper, "secret")
    let_in = as_keeper.get("/admin/posts/post/")

    assert refused.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "The admin takes a second factor." in refused.content.decode()
    assert let_in.status_code == 200
