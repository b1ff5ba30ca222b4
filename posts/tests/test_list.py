"""The lists of posts."""

import re

import pytest
from django.test import Client

from bookshelf.live_objects import is_topic
from posts.factories import published

pytestmark = pytest.mark.django_db


def ids(response) -> list[int]:
    return [
        int(id) for id in re.findall(r'<article [^>]*id="post-(\d+)"', response.content.decode())
    ]


def test_posts_stand_newest_first(ana, client):
    posts = [published(author=ana)[0].pk for _ in range(3)]

    assert ids(client.get("/")) == posts[::-1]


def test_an_empty_list_is_an_invitation(client, as_ana):
    assert "No books here yet" in client.get("/").content.decode()
    assert "/posts/new/" in as_ana.get("/").content.decode()


def test_a_removed_post_is_on_no_list(ana, client):
    post, _ = published(author=ana, tags=("novel",))
    post.remove()

    assert ids(client.get("/")) == ids(client.get("/tags/novel/")) == []


def test_older_pages_hang_from_the_last_post_and_lose_none(ana, client):
    posts = [published(author=ana)[0].pk for _ in range(45)]

    shown, path = [], "/"
    while path:
        response = client.get(path)
        shown += ids(response)
        older = re.search(r'href="(\?before=\d+)"', response.content.decode())
        path = "/" + older[1] if older else None

    assert shown == posts[::-1]


def test_the_next_page_does_not_move_when_something_is_posted(ana, client):
    for _ in range(25):
        published(author=ana)
    first = client.get("/")
    older = re.search(r'href="(\?before=\d+)"', first.content.decode())[1]

    published(author=ana)

    assert max(ids(client.get("/" + older))) == min(ids(first)) - 1


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "", "9" * 30, "٣"])
def test_a_page_that_cannot_be_is_not_found(client, before):
    assert client.get("/", {"before": before}).status_code == 404


def test_the_first_page_asks_for_what_is_new_and_an_older_one_does_not(ana, client):
    post, _ = published(author=ana)

    first, older = client.get("/"), client.get("/", {"before": post.pk})

    assert "/ws/update_notice/?topic=posts&amp;topic=cards" in first.content.decode()
    assert "/ws/update_notice/?topic=cards" in older.content.decode()


def test_a_tag_and_an_author_have_lists_of_their_own(ana, ben, client):
    sea, _ = published(author=ana, tags=("sea",))
    land, _ = published(author=ben, tags=("land",))

    assert ids(client.get("/tags/sea/")) == [sea.pk]
    assert ids(client.get("/readers/ben/")) == [land.pk]
    assert client.get("/tags/sky/").status_code == 404
    assert client.get("/readers/nobody/").status_code == 404


@pytest.mark.parametrize("path", ["/tags/%00/", "/readers/%00/", "/posts/1/%00/", "/readers/../"])
def test_odd_addresses_are_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_tag_in_any_script_has_a_page_that_is_live(ana, client):
    published(author=ana, tags=("मेल",))

    assert client.get("/tags/मेल/").status_code == 200
    assert is_topic("tag-मेल")


@pytest.mark.parametrize("count", [2, 30])
def test_a_list_costs_the_same_few_queries_for_any_number(
    ana, client, count, django_assert_num_queries
):
    for _ in range(count):
        published(author=ana, tags=("novel",))

    with django_assert_num_queries(5):
        client.get("/")


def test_a_page_carries_the_cursor_of_the_log(ana, client):
    _, change = published(author=ana)

    assert (
        f'id="cursor" name="cursor" value="{change.word}.{change.seq}"'
        in client.get("/").content.decode()
    )


def test_an_anonymous_reader_gets_no_cookie():
    assert not Client().get("/").cookies
