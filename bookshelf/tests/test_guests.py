"""What a guest's POST may store: little, and only what a form of ours has and sent."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import resolve

from accounts.signing_in import KEPT, MOST_CHARACTERS, sign_form
from accounts.stale_forms import SIGNATURE
from bookshelf.tests.post_views import FORMS, WITHOUT_POST, path_of, view_names

pytestmark = pytest.mark.django_db

NAMES = sorted(view_names() - WITHOUT_POST)

STORE_FOR_THEMSELVES = {"account_login", "account_signup", "account_reset_password"}
"""Of allauth: they answer nobody without the CSRF token."""


@pytest.fixture
def guest() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("name", NAMES)
def test_without_proof_nothing_of_a_guest_is_kept(world, guest, name):
    arguments, fields = world.samples()[name]
    path = path_of(name, arguments)
    forged = [{}, {"csrfmiddlewaretoken": "x" * 64}, {SIGNATURE: "x"}]
    forged.append({SIGNATURE: sign_form("/elsewhere/")})

    for proof in forged:
        response = guest.post(path, fields | proof)

        assert response.status_code in (302, 401, 403)
        assert "sessionid" not in response.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("name", sorted(set(NAMES) - STORE_FOR_THEMSELVES))
def test_with_proof_only_views_of_forms_keep_something_and_only_fields_of_theirs(
    world, guest, name
):
    arguments, fields = world.samples()[name]
    path = path_of(name, arguments)

    guest.post(path, fields | {SIGNATURE: sign_form(path), "planted": "x" * 1000})

    if name in FORMS | {"accounts:invitations"}:
        kept = guest.session[KEPT]
        assert kept["path"] == path
        assert set(kept["fields"]) <= set(resolve(path).func.form.base_fields)
        assert {name: kept["fields"][name] for name in fields} == fields
    else:
        assert not Session.objects.exists()


def test_the_form_of_a_guest_carries_its_proof_and_no_cookie(world, guest):
    page = guest.get(world.post.get_absolute_url())
    path = f"/posts/{world.post.pk}/comments/"

    assert sign_form(path) in page.content.decode()
    assert not page.cookies


def test_what_is_too_much_to_keep_comes_back(world, guest):
    path, text = f"/posts/{world.post.pk}/comments/", "long " * MOST_CHARACTERS

    response = guest.post(path, {"body": text, SIGNATURE: sign_form(path)})

    assert response.status_code == 403
    assert text in response.content.decode()
    assert not Session.objects.exists()


def test_line_ends_count_once(world, guest):
    path = f"/posts/{world.post.pk}/comments/"

    guest.post(path, {"body": "a\r\n" * (MOST_CHARACTERS // 2 - 100), SIGNATURE: sign_form(path)})

    assert KEPT in guest.session


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_storm_of_what_could_be_kept_is_limited(world, settings, name):
    settings.RATE_LIMITS = True
    arguments, fields = world.samples()[name]
    path = path_of(name, arguments)

    answers = [
        Client().post(path, fields | {SIGNATURE: sign_form(path)}).status_code for _ in range(12)
    ]

    assert answers == [302] * 10 + [429] * 2
    assert Session.objects.count() == 10


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"posts:draft_keep", "posts:comment_keep"}))
def test_nobody_ends_on_an_address_that_takes_post_alone(world, name):
    arguments, fields = world.samples()[name]
    client = Client()
    response = client.post(path_of(name, arguments), fields)
    if "next=" not in response.get("Location", ""):
        return

    client.force_login(world.ana)
    back = client.get(response["Location"], follow=True)

    # Ana has no authenticator app that could be turned off.
    arrives = 404 if name == "mfa_deactivate_totp" else 200
    assert back.status_code == arrives, back.redirect_chain
