"""Polling answers with the same frames as the socket."""

import pytest

from posts.factories import published
from posts.log import Change
from updater.tests.page import Page

pytestmark = pytest.mark.django_db


def poll(client, page: Page):
    query = {"cursor": page.cursor, "topic": sorted(page.topics)}
    return client.get("/changes/", query)


def open_page(client, path="/") -> Page:
    return Page(client.get(path).content.decode())


def test_a_page_that_polls_ends_up_as_a_fresh_load(ana, client):
    emma, _ = published(author=ana, title="Emma")
    gone, _ = published(author=ana, title="Gone")
    page = open_page(client)

    published(author=ana, title="Dune")
    emma.title = "Emma, revised"
    emma.revise()
    gone.remove()
    page.apply(poll(client, page).content.decode())

    assert page.posts == open_page(client).posts
    assert page.cursor == str(Change.objects.cursor())


def test_nothing_missed_is_204(ana, client):
    published(author=ana)

    assert poll(client, open_page(client)).status_code == 204


def test_polling_leaves_the_status_and_so_the_poller_in_place(ana, client):
    page = open_page(client)
    published(author=ana)

    assert "#conn" not in poll(client, page).content.decode()


@pytest.mark.parametrize("cursor", ["bogus", "", "aaaa.1", "start.0.1"])
def test_an_unknown_cursor_gets_a_reset(ana, client, cursor):
    published(author=ana)

    response = client.get("/changes/", {"cursor": cursor, "topic": "posts"})

    assert response.status_code == 200
    assert 'hx-get=""' in response.content.decode()


def test_a_page_too_far_behind_gets_a_reset(ana, client):
    page = open_page(client)
    for _ in range(201):
        published(author=ana)

    assert 'hx-get=""' in poll(client, page).content.decode()


@pytest.mark.parametrize(
    "topics",
    [[], ["nonsense"], ["posts", "user-1"], ["posts"] + [f"post-{n}" for n in range(1, 60)]],
)
def test_unknown_topics_are_refused(db, client, topics):
    assert client.get("/changes/", {"cursor": "start.0", "topic": topics}).status_code == 400


def test_polling_is_a_get(db, client):
    assert client.post("/changes/").status_code == 405
    assert client.head("/changes/", {"cursor": "bogus", "topic": "posts"}).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_polling_costs_few_queries(ana, client, count, django_assert_max_num_queries):
    page = open_page(client)
    for _ in range(count):
        published(author=ana, tags=("novel",))

    with django_assert_max_num_queries(4):
        poll(client, page)


def test_the_reconnecting_status_is_the_same_for_all_and_cacheable(db, client, as_ana):
    mine, theirs = as_ana.get("/changes/reconnecting/"), client.get("/changes/reconnecting/")

    assert mine.content == theirs.content
    assert "max-age=86400" in theirs["Cache-Control"]
    assert "Vary" not in theirs
    assert 'hx-trigger="every 10s"' in theirs.content.decode()
