"""What writing asks of the database: each statement is an answer that the writer waits for."""

import uuid

import pytest
from django.db import connection

from accounts.factories import UserFactory
from posts.factories import published
from posts.models import Comment, Like, Post, Tag
from posts.tests.plans import queries_kept

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED_IN = 2
"""Queries of every request of somebody who is signed in: the session, and the account."""

LOG = 2 if connection.vendor == "postgresql" else 3
"""Statements of `record`, a verb's last. On SQLite nobody else waits meanwhile."""

LOCK = 1 if connection.vendor == "postgresql" else 0
"""Statements that order what somebody writes and what is done about them. On SQLite a transaction
is alone."""

HTMX = {"HX-Request": "true"}


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana)[0]


def queries_of(client, path, fields, status, headers=None):
    """The statements of a request that is answered so, without those of every request."""
    with queries_kept() as queries:
        assert client.post(path, fields, headers=headers).status_code == status
    # Of transactions SQLite's beginning is a statement, and PostgreSQL's is none.
    return [sql for sql, _ in queries if not sql.startswith("BEGIN")][SIGNED_IN:]


def like(client, post, liked="1"):
    return queries_of(client, f"/posts/{post.pk}/like/", {"liked": liked}, 200, HTMX)


def test_a_first_like_takes_seven_statements_and_the_log(post, as_ben):
    queries = like(as_ben, post)

    assert len(queries) == 7 + LOCK + LOG
    assert 'INSERT INTO "bookshelf_change"' in queries[-1]


def test_a_like_that_joins_an_unread_one_takes_five_statements_and_the_log(post, as_ben):
    post.like(UserFactory(), True)

    queries = like(as_ben, post)

    assert len(queries) == 5 + LOCK + LOG
    assert 'INSERT INTO "bookshelf_change"' in queries[-1]


def test_taking_a_like_back_takes_seven_statements_and_the_log(post, as_ben):
    like(as_ben, post)

    queries = like(as_ben, post, "0")

    assert len(queries) == 7 + LOCK + LOG
    assert 'INSERT INTO "bookshelf_change"' in queries[-1]
    assert not Like.objects.exists()


def test_a_comment_takes_nine_statements_and_the_log(post, as_ben):
    fields = {"body": "So it is.", "submission": uuid.uuid4()}

    queries = queries_of(as_ben, f"/posts/{post.pk}/comments/", fields, 302)

    assert Comment.objects.count() == 1
    assert len(queries) == 9 + LOCK + LOG
    # After the commit its draft goes.
    assert 'INSERT INTO "bookshelf_change"' in queries[-2]


def test_a_post_takes_seven_statements_and_the_log(post, as_ben):
    Tag.objects.named(["novel", "village life"])
    book = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "rating": "4.5"}
    fields = book | {"tags": "novel, village life", "submission": uuid.uuid4()}

    queries = queries_of(as_ben, "/posts/new/", fields, 302)

    newest = Post.objects.newest_first()[0]
    assert [tag.slug for tag in newest.tags.all()] == ["novel", "village-life"]
    assert len(queries) == 7 + LOG
    # After the commit its draft goes, and what is left of older ones.
    assert 'INSERT INTO "bookshelf_change"' in queries[-3]
