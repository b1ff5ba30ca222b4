"""What is somebody's own is kept by their browser alone; what is public depends on nobody."""

import pytest
from django.http import HttpResponse
from django.test import Client

from bookshelf.caching import PrivateUnlessPublicMiddleware
from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World
from posts.factories import published

# Requests have a connection of their own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("sqlite")]

PUBLIC = {
    "favicon", "unsent", "updater:reconnecting",
    "posts:feed", "posts:feed_json", "posts:author_feed", "posts:tag_feed",
}  # fmt: skip
"""The views whose answers are the same for everybody, and say so."""


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    # So that the walk finds a tag, which it looks for by the slug of a post.
    published((world.post.slug,), author=world.ana)
    return world


@pytest.mark.parametrize("who", ["guest", "ana"])
def test_whatever_is_somebodys_own_is_private(world, who):
    client = Client()
    if who == "ana":
        client.force_login(world.ana)

    wrong, public = {}, set()
    for name, address in all_addresses(world).items():
        for method in ("GET", "HEAD", "POST"):
            answer = ask(address, method=method, client=client)
            kept = answer.get("cache-control")
            personal = (
                answer.all("set-cookie")
                or "cookie" in answer.get("vary").lower()
                or b"csrf" in answer.body.lower()
            )
            if not ("private" in kept or (name in PUBLIC and "public" in kept and not personal)):
                wrong[method, name] = kept
            if "public" in kept:
                public.add(name)

    assert wrong == {}
    assert public == PUBLIC


@pytest.mark.parametrize("name", ["posts:drafts", "posts:notifications", "account_login"])
def test_what_the_next_person_must_not_find_is_not_stored(world, name):
    client = Client()
    if name != "account_login":
        client.force_login(world.ana)

    assert "no-store" in ask(all_addresses(world)[name], client=client).get("cache-control")


def test_a_view_that_says_public_is_not_believed_when_it_sets_a_cookie(rf):
    def said(response: HttpResponse) -> str:
        return PrivateUnlessPublicMiddleware(lambda request: response)(rf.get("/"))["Cache-Control"]

    with_cookie = HttpResponse(headers={"Cache-Control": "public, max-age=60"})
    with_cookie.set_cookie("a", "b")
    assert said(with_cookie) == "private, no-cache"
    varies = HttpResponse(headers={"Cache-Control": "max-age=60", "Vary": "Accept, Cookie"})
    assert said(varies) == "private, no-cache"
    stays = HttpResponse(headers={"Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding"})
    assert said(stays) == "public, max-age=60"
    assert said(HttpResponse()) == "private, no-cache"
    assert said(HttpResponse(headers={"Cache-Control": "no-store", "Vary": "Cookie"})) == (
        "private, no-store"
    )
