"""An address with a reader's name in it is found in any case."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.factories import UserFactory
from posts.factories import published
from posts.models import Follow, Shelf

pytestmark = pytest.mark.django_db


def with_username(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Yield the names of all addresses that a user name is part of."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            if not inner.startswith("admin"):
                yield from with_username(each, inner)
        elif isinstance(each, URLPattern) and "username" in each.pattern.converters:
            yield f"{namespace}{each.name}"


NAMES = sorted(with_username(get_resolver()))


@pytest.fixture
def margit(ana):
    """Somebody who posts, and shows her shelf."""
    reader = UserFactory(username="Margit.Ø")
    published(author=reader)
    Shelf.objects.show(reader, True)
    return reader


TAKE_POST = {"posts:follow", "posts:block"}


def test_the_walk_finds_the_addresses():
    assert set(NAMES) >= {"posts:author", "posts:author_feed", "posts:public_shelf", "posts:follow"}


@pytest.mark.parametrize("typed", ["margit.ø", "MARGIT.Ø", "ｍargit.ø"])
@pytest.mark.parametrize("name", NAMES)
def test_another_case_leads_to_the_name(as_ana, margit, name, typed):
    there = reverse(name, args=[margit.username])
    method = as_ana.post if name in TAKE_POST else as_ana.get
    query = "?before=9"

    answer = method(reverse(name, args=[typed]) + query)

    assert answer.headers["Location"] == there + query
    assert answer.status_code == (307 if name in TAKE_POST else 302)
    assert method(there).status_code in (200, 302)


@pytest.mark.parametrize("name", NAMES)
def test_who_is_not_there_is_not_found_in_any_case(as_ana, margit, name):
    method = as_ana.post if name in TAKE_POST else as_ana.get

    assert method(reverse(name, args=["margot"])).status_code == 404


def test_following_in_another_case_follows(as_ana, ana, margit):
    as_ana.post("/readers/margit.ø/follow/", {"following": "1"}, follow=True)

    assert Follow.objects.filter(follower=ana, author=margit).exists()


def test_a_shelf_that_is_not_shown_stays_so(client: Client, margit):
    Shelf.objects.show(margit, False)

    assert client.get("/readers/margit.ø/shelf/", follow=True).status_code == 404


def test_the_exact_name_comes_first(client: Client, margit):
    UserFactory(username="margit.ø")

    assert client.get(f"/readers/{margit.username}/").context["author"] == margit
