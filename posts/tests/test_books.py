"""Posts of the same book."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from lxml import html

from posts.content.book_keys import book_key
from posts.factories import PostFactory, published
from posts.models import Post
from posts.tests.test_list import ids

EMMA = {"title": "Emma", "book_author": "Jane Austen"}


@pytest.mark.parametrize(
    ("title", "author"),
    [("EMMA", "jane austen"), ("  Emma ", "Jane \t Austen"), ("Ｅmma", "Jane\u00a0Austen")],
)
def test_case_and_white_space_make_no_other_book(title, author):
    assert book_key(title, author) == book_key("Emma", "Jane Austen")


@pytest.mark.parametrize(
    ("title", "author"),
    [("Emma", "Charlotte Brontë"), ("Emma!", "Jane Austen"), ("Emma Jane", "Austen"), ("", "")],
)
def test_another_title_or_author_is_another_book(title, author):
    assert book_key(title, author) != book_key("Emma", "Jane Austen")


def test_the_key_is_kept_however_a_post_is_saved(ana):
    published(author=ana, **EMMA)
    Post.objects.bulk_create([PostFactory.build(author=ana, **EMMA)])
    edited, _ = published(author=ana)
    edited.title, edited.book_author = "emma", "JANE AUSTEN"
    edited.revise()

    assert set(Post.objects.values_list("book_key", flat=True)) == {book_key("Emma", "Jane Austen")}


def test_posts_that_were_there_before_get_their_key(ana, monkeypatch):
    migration = import_module("posts.migrations.0010_shelf_and_books")
    monkeypatch.setattr(migration, "BATCH", 2)
    for n in range(5):
        published(author=ana, title=f"Book {n}")
    Post.objects.update(book_key="")

    migration.write_keys(apps, SimpleNamespace(connection=connection))

    assert all(
        post.book_key == book_key(post.title, post.book_author) for post in Post.objects.all()
    )


def also(response) -> list[str]:
    items = html.fromstring(response.content.decode()).xpath("//aside[@class='also']//li")
    return [" ".join(item.text_content().split()) for item in items]


def test_a_posts_page_names_who_else_has_read_the_book(ana, ben, client):
    mine, _ = published(author=ana, **EMMA)
    published(author=ben, title="emma", book_author="Jane  Austen", rating=Decimal("4.5"))
    published(author=ben, title="Emma", book_author="Somebody Else")

    page = client.get(mine.get_absolute_url())

    assert [each.split("★")[0] for each in also(page)] == ["Ben "]
    assert "4.5 out of 5 stars" in page.content.decode()


def test_a_removed_post_is_not_named(ana, ben, client):
    mine, _ = published(author=ana, **EMMA)
    other, _ = published(author=ben, **EMMA)
    other.remove()

    assert also(client.get(mine.get_absolute_url())) == []


def test_at_most_ten_are_named_and_the_books_page_has_all(ana, client):
    posts = [published(author=ana, **EMMA)[0] for _ in range(25)]

    page = client.get(posts[0].get_absolute_url())
    assert len(also(page)) == 10
    (address,) = html.fromstring(page.content.decode()).xpath("//aside//p/a/@href")
    first = client.get(address)
    older = client.get(address, {"before": posts[5].pk})

    assert ids(first) + ids(older) == [post.pk for post in posts[::-1]]
    assert "topic=cards" in first.content.decode()


@pytest.mark.parametrize("key", ["x", "0" * 24, "0" * 2000])
def test_a_book_that_nobody_has_posted_has_no_page(db, client, key):
    assert client.get(f"/books/{key}/").status_code == 404


@pytest.mark.parametrize("count", [1, 15])
def test_the_post_and_the_book_cost_the_same_few_queries(
    ana, client, count, django_assert_num_queries
):
    posts = [published(author=ana, tags=("novel",), **EMMA)[0] for _ in range(count)]

    # Its address; cursor, post, tags; the conversation; who else has read it; the footer.
    with django_assert_num_queries(7):
        client.get(posts[0].get_absolute_url())
    with django_assert_num_queries(4):
        client.get(f"/books/{posts[0].book_key}/")


def test_posts_of_a_book_are_found_by_an_index(ana):
    post, _ = published(author=ana, **EMMA)
    plan = Post.objects.also_about(post.book_key, but=post.pk)[:10].explain()

    if connection.vendor == "sqlite":
        assert "post_by_book" in plan
        assert "SCAN" not in plan
