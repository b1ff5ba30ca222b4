"""Polling answers with the same frames as the socket."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import limits
from accounts.limits import PEOPLE_AT_AN_ADDRESS
from bookshelf.counters import COUNTERS
from bookshelf.log import Change
from posts.factories import commented, published
from updater import polling, views
from updater.fragment_cache import FragmentCache
from updater.polling import PollReader
from updater.tests.page import Page
from updater.views import FAR_BEHIND

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch):
    """Polls as in a process that has just started."""
    monkeypatch.setattr(views, "POLL_READER", PollReader())


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

    with django_assert_max_num_queries(5):
        poll(client, page)
    published(author=ana)
    with django_assert_max_num_queries(5):
        poll(client, page)


def test_the_reconnecting_status_is_the_same_for_all_and_cacheable(db, client, as_ana):
    mine, theirs = as_ana.get("/changes/reconnecting/"), client.get("/changes/reconnecting/")

    assert mine.content == theirs.content
    assert "max-age=86400" in theirs["Cache-Control"]
    # Neither is a header that tells people apart.
    assert theirs["Vary"] == "HX-Boosted, Accept-Encoding"
    assert 'hx-trigger="every 10s"' in theirs.content.decode()


# --- What polling costs


def far_back(client, ana, number=199, body="") -> Page:
    page = open_page(client)
    for title in range(number):
        published(author=ana, title=f"Book {title}", body=body or "Good.")
    return page


def test_what_one_poll_has_rendered_the_next_has_at_hand(ana, client):
    page = far_back(client, ana)
    before = COUNTERS.renderings
    first = poll(client, page).content.decode()
    rendered = COUNTERS.renderings - before

    with CaptureQueriesContext(connection) as captured:
        again = poll(client, page).content.decode()

    # One for each, and the mark in the title.
    assert rendered == 199 + 1
    assert again == first
    assert COUNTERS.renderings - before == rendered
    assert len(captured) <= 3


def test_what_changes_between_two_polls_is_rendered_again(ana, client):
    page = open_page(client)
    post, _ = published(author=ana, title="Emma")
    poll(client, page)

    post.title = "Emma, revised"
    post.revise()
    ana.name = "Anna"
    ana.save()
    answer = poll(client, page).content.decode()

    assert "Emma, revised" in answer
    assert "Anna" in answer


def test_after_a_fault_and_in_another_log_polls_start_anew(ana, client, monkeypatch):
    published(author=ana, title="Emma")
    page = far_back(client, ana, 1)
    poll(client, page)
    Change.objects.update(word="restored")
    published(author=ana, title="After the backup")
    page_of_then = Page(client.get("/").content.decode())
    published(author=ana, title="Dune")

    assert 'hx-get=""' in poll(client, page).content.decode()
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(FragmentCache, "fetch", lambda *_: 1 / 0)
        poll(client, page_of_then)
    assert "Dune" in poll(client, page_of_then).content.decode()


def test_a_page_that_would_be_sent_too_much_gets_a_reset(ana, client, monkeypatch):
    monkeypatch.setattr("updater.log_reader.MOST_CHARACTERS", 512 * 1024)
    post, _ = published(author=ana)
    page = open_page(client, post.get_absolute_url())
    for _ in range(150):
        commented(post, "word " * 999, author=ana)

    before = COUNTERS.renderings
    answer = poll(client, page).content.decode()

    assert 'hx-get=""' in answer
    assert len(answer) < 1_000
    assert COUNTERS.renderings - before < 150


def test_a_poll_does_not_wait_for_others_for_ever(ana, client, monkeypatch):
    monkeypatch.setattr(polling, "BUSY_AFTER", 0.01)
    page = far_back(client, ana, 1)

    with views.POLL_READER._lock:
        answer = poll(client, page)

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert poll(client, page).status_code == 200


def test_a_page_that_polls_is_never_refused_and_one_that_asks_for_all_again_is(
    ana, client, settings, monkeypatch
):
    settings.RATE_LIMITS = True
    monkeypatch.setitem(limits.RATES, "catch_up", "2 per day")
    page = open_page(client)
    answers = set()
    for number in range(60):
        published(author=ana, title=f"Book {number}")
        response = poll(client, page)
        page.apply(response.content.decode())
        answers |= {response.status_code, poll(client, page).status_code}
    assert answers == {200, 204}

    far = far_back(client, ana, FAR_BEHIND + 1)
    answers = [poll(client, far).status_code for _ in range(2 * PEOPLE_AT_AN_ADDRESS + 1)]
    assert answers.count(429) == 1
    assert poll(client, open_page(client)).status_code == 204
