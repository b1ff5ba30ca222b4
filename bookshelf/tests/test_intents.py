"""What a guest wanted to do is done, or offered, after signing in; and to nobody else."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from lxml import html

from accounts import presses
from accounts.presses import COOKIE, press_at
from accounts.signing_in import KEPT, KEPT_FOR
from bookshelf.tests.post_views import (
    FORMS,
    PASSWORD,
    WITHOUT_POST,
    World,
    client_of,
    path_of,
    view_names,
)
from bookshelf.tests.test_stale_forms import done_at_once, form_with, stored
from posts.models import Like

pytestmark = pytest.mark.django_db

ANSWERED_IN_PLACE = {"posts:draft_keep", "posts:comment_keep"}
"""Requests of a page that stays."""

OURS = sorted(
    {name for name in view_names() - WITHOUT_POST - ANSWERED_IN_PLACE if name.startswith("posts:")}
    | FORMS
)

REFERRERS = {
    "from nowhere": lambda world, path: None,
    "from a page": lambda world, path: world.post.get_absolute_url(),
    "from a page that answered a button": lambda world, path: path,
}


@pytest.fixture
def guest() -> Client:
    return Client(enforce_csrf_checks=True)


def send(client: Client, path: str, fields: dict[str, Any], referer: str | None = None):
    headers = {"Referer": f"http://testserver{referer}"} if referer else {}
    return client.post(path, fields, headers=headers)


def fill(client: Client, address: str, fields: dict[str, str]):
    """Fill in the last form of the page at this address, as a browser does."""
    page = client.get(address)
    form = html.fromstring(page.content).xpath("//main//form")[-1]
    return client.post(form.get("action") or address, dict(form.form_values()) | fields)


def sign_in(client: Client, address: str = "/accounts/login/", login: str = "ana"):
    """Sign in, and return the page that it leads to."""
    response = fill(client, address, {"login": login, "password": PASSWORD})
    assert response.status_code == 302
    return client.get(response["Location"], follow=True)


def offer_on(page) -> html.FormElement | None:
    return next((f for f in html.fromstring(page.content).forms if f.get("id") == "offer"), None)


@pytest.mark.parametrize("referer", REFERRERS)
@pytest.mark.parametrize("name", OURS)
def test_what_a_guest_wanted_is_offered_after_signing_in(world, guest, name, referer):
    arguments, fields = world.samples()[name]
    path = path_of(name, arguments)
    _, done = done_at_once(client_of(world.ana), path, fields)
    proof = {}
    if name in FORMS:
        page = html.fromstring(guest.get("/accounts/login/").content)
        proof = {
            "csrfmiddlewaretoken": page.xpath("//main//form")[-1].fields["csrfmiddlewaretoken"]
        }

    asked = send(guest, path, fields | proof, REFERRERS[referer](world, path))
    page = sign_in(guest, asked["Location"])

    assert page.status_code == 200
    if name in FORMS:
        where = world.post.get_absolute_url() if name == "posts:comments" else path
        form_with(page if page.request["PATH_INFO"] == where else guest.get(where), fields)
        return
    form = offer_on(page)
    assert form is not None
    assert "autofocus" in form.xpath(".//button")[0].attrib
    answer = send(guest, form.get("action"), dict(form.form_values()), page.request["PATH_INFO"])
    assert (answer.status_code, stored()) == (302, done)
    assert guest.get(answer["Location"], follow=True).status_code == 200


@pytest.mark.parametrize("referer", REFERRERS)
@pytest.mark.parametrize("name", OURS)
def test_no_answer_leads_to_an_address_that_takes_post_alone(world, name, referer):
    arguments, fields = world.samples()[name]
    path, client = path_of(name, arguments), client_of(world.ana)
    client.handler.enforce_csrf_checks = False

    answer = send(client, path, fields, REFERRERS[referer](world, path))

    end = client.get(answer["Location"], follow=True)
    # The page of a removed post is gone, and says so.
    assert end.status_code in ({200, 410} if name == "posts:delete" else {200})


@pytest.mark.parametrize("name", OURS)
def test_signing_in_never_leads_to_such_an_address_either(world, guest, name):
    path = path_of(name, world.samples()[name][0])

    page = sign_in(guest, f"/accounts/login/?next={path}")

    assert page.status_code == 200


def test_a_view_that_takes_a_press_takes_nothing_else(world):
    client = client_of(world.ana)
    pressed = {name: path_of(name, world.samples()[name][0]) for name in set(OURS) - FORMS}

    assert all(press_at(path) for path in pressed.values())
    assert {client.get(path).status_code for path in pressed.values()} == {405}


# --- Joining ---


def like_and_comment(guest: Client, world: World) -> str:
    """Press Like, with half a comment beside it; return where that leads to."""
    home = world.post.get_absolute_url()
    form = html.fromstring(guest.get(home).content).get_element_by_id("comment-form")
    beside = dict(form.form_values()) | {"body": "Half a thou"}
    path = f"/posts/{world.post.pk}/like/"
    return send(guest, path, beside | {"liked": "1"}, home)["Location"]


@pytest.mark.parametrize("confirmed_by_mail", [False, True])
def test_who_joins_is_offered_it_too_and_finds_what_was_half_typed(
    world, guest, settings, confirmed_by_mail
):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory" if confirmed_by_mail else "optional"
    login = like_and_comment(guest, world)
    links = html.fromstring(guest.get(login).content).xpath("//main//a/@href")
    (signup,) = [link for link in links if "/signup/" in link]
    fields = {"username": "cleo", "email": "cleo@example.com"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}

    response = fill(guest, signup, fields | passwords)
    if confirmed_by_mail:
        link = re.search(r"/accounts/confirm-email/\S+", mail.outbox[-1].body)[0]
        response = fill(guest, link, {})
        if "_auth_user_id" not in guest.session:
            page = sign_in(guest, response["Location"], "cleo")
        else:
            page = guest.get(response["Location"], follow=True)
    else:
        page = guest.get(response["Location"], follow=True)

    assert offer_on(page).get("action") == f"/posts/{world.post.pk}/like/"
    text = page.content.decode() + guest.get(world.post.get_absolute_url()).content.decode()
    assert "Half a thou</textarea>" in text
    assert not Like.objects.exists()


# --- For nobody else ---


def test_the_text_stays_until_the_page_after_the_offer(world, guest):
    home = world.post.get_absolute_url()
    pages = [sign_in(guest, like_and_comment(guest, world)), guest.get(home), guest.get(home)]

    assert ["Half a thou</textarea>" in page.content.decode() for page in pages] == [1, 1, 0]


def test_what_is_typed_on_is_newer_than_what_was_kept(world, guest):
    home, talk = world.post.get_absolute_url(), f"/posts/{world.post.pk}/comments/"
    page = html.fromstring(sign_in(guest, like_and_comment(guest, world)).content)
    form = dict(page.get_element_by_id("comment-form").form_values())

    guest.post(f"{talk}draft/", form | {"body": "Half a thought."})

    assert "Half a thought.</textarea>" in guest.get(home).content.decode()


@pytest.mark.parametrize(
    "ahead", [{"method": "HEAD"}, {"headers": {"Sec-Purpose": "prefetch;prerender"}}]
)
def test_what_is_fetched_ahead_uses_up_neither_the_text_nor_the_offer(world, guest, ahead):
    home = world.post.get_absolute_url()
    login = like_and_comment(guest, world)
    fill(guest, login, {"login": "ana", "password": PASSWORD})

    for _ in range(2):
        guest.generic(ahead.get("method", "GET"), home, headers=ahead.get("headers"))
    pages = [guest.get(home), guest.get(home)]

    assert offer_on(pages[0]) is not None
    assert ["Half a thou</textarea>" in page.content.decode() for page in pages] == [1, 1]


def test_it_is_offered_once(world, guest):
    page = sign_in(guest, like_and_comment(guest, world))

    assert offer_on(page) is not None
    assert offer_on(guest.get("/")) is None


def test_signing_out_forgets_what_was_pressed_typed_and_shown(world, guest):
    like_and_comment(guest, world)
    cookie = guest.cookies[COOKIE].value
    sign_in(guest)
    guest.cookies[COOKIE] = cookie

    answer = fill(guest, "/accounts/logout/", {})
    guest.cookies.pop("sessionid", None)

    assert answer["Clear-Site-Data"] == '"cache"'
    assert guest.cookies[COOKIE].value == ""
    page = sign_in(guest, f"/accounts/login/?next={world.post.get_absolute_url()}")
    assert offer_on(page) is None
    assert "Half a thou" not in page.content.decode()


def test_both_are_forgotten_after_an_hour(world, guest, monkeypatch):
    login = like_and_comment(guest, world)
    session = guest.session
    session[KEPT] = session[KEPT] | {"at": session[KEPT]["at"] - KEPT_FOR - 1}
    session.save()
    monkeypatch.setattr(presses, "MAX_AGE", -1)

    page = sign_in(guest, login)

    assert offer_on(page) is None
    assert "Half a thou" not in page.content.decode()
    assert KEPT not in guest.session


def test_what_was_typed_under_one_account_is_not_shown_to_the_next(world):
    """Ana's session ends while she types; then Ben signs in."""
    world.ben.set_password(PASSWORD)
    world.ben.save()
    client, home = client_of(world.ana), world.post.get_absolute_url()
    page = html.fromstring(client.get(home).content)
    typed = dict(page.get_element_by_id("comment-form").form_values()) | {"body": "Written by Ana."}
    client.session.flush()
    client.post(f"/posts/{world.post.pk}/comments/", typed)
    assert client.session[KEPT]["fields"]["body"] == "Written by Ana."

    page = sign_in(client, f"/accounts/login/?next={home}", "ben")

    assert "Written by Ana." not in page.content.decode()
    assert KEPT not in client.session


def test_it_goes_with_the_session_of_who_signed_in_first(world, guest):
    like_and_comment(guest, world)
    sign_in(guest, "/accounts/login/?next=/key/")

    guest.force_login(world.ben)

    assert "Half a thou" not in guest.get(world.post.get_absolute_url()).content.decode()


def test_another_site_cannot_have_a_press_offered(world, guest):
    path = f"/posts/{world.post.pk}/like/"

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = guest.post(path, {"liked": "1"}, headers=headers)

        assert (answer.status_code, COOKIE in answer.cookies) == (403, False)


@pytest.mark.parametrize("odd", ["", "x", "a:b:c", "\0"])
def test_a_cookie_of_others_making_offers_nothing(world, odd):
    client = client_of(world.ana)
    client.cookies[COOKIE] = odd

    page = client.get("/")

    assert (page.status_code, offer_on(page)) == (200, None)


@pytest.mark.parametrize("odd", ["perhaps", "1" * 100, "<b>", "\0"])
def test_an_odd_value_is_not_offered(world, guest, odd):
    guest.post(f"/posts/{world.post.pk}/like/", {"liked": odd})

    assert offer_on(sign_in(guest)) is None


def test_what_is_no_longer_there_is_not_offered(world, guest):
    login = like_and_comment(guest, world)
    world.post.remove()

    assert offer_on(sign_in(guest, login.partition("?")[0])) is None


def test_without_a_text_beside_it_a_press_stores_nothing(world, guest):
    path = f"/posts/{world.post.pk}/like/"
    form = {"form_path": f"/posts/{world.post.pk}/comments/", "body": "Planted."}

    guest.post(path, {"liked": "1", "body": "No form."})
    guest.post(path, form | {"liked": "1", "form_signature": "x"})
    guest.post(path, form | {"liked": "1", "form_path": "/nowhere/\0"})

    assert "sessionid" not in guest.cookies
