"""Making many posts."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bookshelf.log import START, Change, knows
from posts.factories import published
from posts.management.commands import manyposts
from posts.models import Post, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """So that a few posts are several transactions."""
    monkeypatch.setattr(manyposts, "CHUNK", 20)


def make(count: int, **options: object) -> None:
    call_command("manyposts", count, verbosity=0, **options)


def said() -> list[tuple]:
    """What the posts say, whoever the database says wrote them."""
    posts = Post.objects.order_by("submission").prefetch_related("tags")
    return [
        (post.title, post.body, post.rating, post.author.username, post._slugs()) for post in posts
    ]


def test_posts_are_made_with_authors_tags_and_dates_in_order():
    make(50)

    posts = list(Post.objects.order_by("pk"))
    dates = [post.created_at for post in posts]
    assert len(posts) == 50
    assert dates == sorted(dates)
    assert len({post.author_id for post in posts}) > 5
    assert Tag.objects.filter(posts__in=posts).exists()


def test_the_same_seed_says_the_same_in_one_go_or_in_two():
    make(50)
    at_once = said()
    Post.objects.all().delete()

    make(30)
    make(50)

    assert said() == at_once


def test_another_seed_says_something_else():
    make(20)
    first = said()
    make(20, seed=2, yes=True)

    assert [post for post in said() if post not in first]


def test_going_on_fills_the_hole_that_an_interruption_left():
    make(60)
    before = said()
    Post.objects.filter(pk__in=Post.objects.order_by("pk")[20:40]).delete()

    make(60)

    assert said() == before


def test_posts_of_others_are_not_joined_unasked(ana):
    published(author=ana)

    with pytest.raises(CommandError, match="--yes"):
        make(20)
    assert Post.objects.count() == 1

    make(20, yes=True)
    assert Post.objects.count() == 21


@pytest.mark.parametrize("count", [0, -1, manyposts.MOST + 1])
def test_absurd_numbers_are_refused(count):
    with pytest.raises(CommandError, match="COUNT"):
        make(count)


def test_a_page_that_was_open_is_drawn_anew(ana):
    _, change = published(author=ana)

    make(20, yes=True)

    for cursor in (change.cursor, START):
        assert not knows(list(Change.objects.since(cursor)), cursor)


def test_a_page_drawn_afterwards_follows_along(ana):
    make(20)
    cursor = Change.objects.cursor()

    _, change = published(author=ana)

    rows = list(Change.objects.since(cursor))
    assert knows(rows, cursor)
    assert rows[1:] == [change]
    assert change.post_id == Post.objects.newest_first()[0].pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("postgresql")
def test_the_index_for_search_comes_back_as_it_was_also_after_a_run_that_was_killed():
    look = "SELECT indexdef FROM pg_indexes WHERE indexname = 'posts_search_vector'"
    with connection.cursor() as cursor:
        before = cursor.execute(look).fetchone()

        make(40)
        assert cursor.execute(look).fetchone() == before

        cursor.execute("DROP INDEX posts_search_vector")
        make(60)
        assert cursor.execute(look).fetchone() == before
    assert Post.objects.count() == 60


def test_a_page_of_an_empty_shelf_is_drawn_anew():
    cursor = Change.objects.cursor()

    make(20)

    assert not knows(list(Change.objects.since(cursor)), cursor)
