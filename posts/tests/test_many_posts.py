"""Twenty thousand posts: no page looks at all of them."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from posts.content.book_keys import book_key
from posts.factories import published
from posts.models import Post, SearchDocument, Tag, Tagging
from posts.search.analysis import searchable
from posts.seeding.generator import WORDS, InventedShelf
from posts.tests.plans import faults, queries_kept

COUNT = 20_000
MOST_QUERIES = 9
SHELF = InventedShelf(seed=1)


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """The posts, for all tests of this file. Gone with the transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("manyposts", COUNT, verbosity=0)
        # Once for all: PostgreSQL would do it at the end of each test.
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


def path_of(page: str) -> str:
    """Return the address of one of the PAGES."""
    busiest, _ = SHELF.readers[0]
    middle = (Post.objects.order_by("pk")[0].pk + Post.objects.newest_first()[0].pk) // 2
    rare_tag = Tag.objects.get(name=SHELF.tags[100])
    post = Post.objects.order_by("pk")[3_000]
    said = post.body.rstrip(".").split()
    # One post only, however many there are: more results would be more work for the template.
    rare_word, phrase = f"{post.book_author} {said[-1]}", " ".join(said[-6:])
    return {
        "list": "/",
        "older": f"/?before={middle}",
        "tag": f"/tags/{SHELF.tags[0]}/",
        "tag, older": f"/tags/{SHELF.tags[0]}/?before={middle}",
        "rare tag": f"/tags/{rare_tag.slug}/",
        "author": f"/readers/{busiest}/",
        "book": f"/books/{Post.objects.get(pk=middle).book_key}/",
        "author, older": f"/readers/{busiest}/?before={middle}",
        "rare word": f"/search/?q={rare_word}",
        "common word": "/search/?q=island",
        "word in most posts": f"/search/?q={WORDS[0]}",
        "beginning of a word": f"/search/?q={WORDS[0][:2]}",
        "phrase": f'/search/?q="{phrase}"',
        "rare and beginning": f"/search/?q={rare_word} tho",
        "two common words": f"/search/?q={WORDS[0]} {WORDS[1]}",
        "without": f"/search/?q={WORDS[0]} -{WORDS[1]}",
        "nothing": "/search/?q=qqqqq",
    }[page]


PAGES = [
    "list", "older", "tag", "tag, older", "rare tag", "author", "author, older", "book",
    "rare word", "common word", "word in most posts", "beginning of a word", "phrase",
    "rare and beginning", "two common words", "without", "nothing",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("reader", ["anonymous", "signed in"])
def test_no_page_looks_at_all_posts(many, db, page, reader):
    path, client = path_of(page), Client()
    if reader == "signed in":
        client.force_login(User.objects.get(username=SHELF.readers[1][0]))

    with queries_kept() as queries:
        response = client.get(path)

    assert response.status_code == 200
    assert ("<article" in response.content.decode()) == (page != "nothing")
    assert len(queries) <= MOST_QUERIES
    assert [fault for query in queries for fault in faults(query)] == []


@pytest.mark.parametrize(
    "posts",
    [
        Post.objects.filter(body="no index finds it"),
        Post.objects.order_by("title")[:20],
        Post.objects.order_by("-pk").filter(body="no index finds it")[:20],
    ],
    ids=["scan", "sort", "walk"],
)
def test_what_looks_at_all_posts_is_noticed(many, db, posts):
    with queries_kept() as queries:
        list(posts.all())

    assert faults(queries[0])


def test_each_is_of_its_book(many, db):
    for post in Post.objects.order_by("pk")[::997]:
        assert post.book_key == book_key(post.title, post.book_author)


def test_they_are_searched_by_what_a_verb_would_have_written(many, db):

    for post in Post.objects.order_by("pk")[::997]:
        bulk = SearchDocument.objects.values().get(post=post)
        tags = [tag.name for tag in post.tags.all()]
        SearchDocument.objects.put(
            post.pk, post.title, post.book_author, searchable(post.body), tags
        )

        assert SearchDocument.objects.values().get(post=post) == bulk


def test_the_newest_posts_of_a_tag_are_found_past_many_that_were_removed(many, db, client):
    tag = Tag.objects.get(name=SHELF.tags[0])
    newest = list(Tagging.objects.of(tag).newest_first().post_ids()[:200])
    Post.objects.filter(pk__in=newest[:150]).update(removed_at=Post.objects.first().created_at)

    text = client.get(f"/tags/{tag.slug}/").content.decode()

    assert f'id="post-{newest[150]}"' in text
    assert f'id="post-{newest[149]}"' not in text


def test_a_title_far_back_is_found_before_mentions(many, db, ana):
    old = Post.objects.order_by("pk")[10]
    old.title = "Zanzibar"
    old.revise()
    for _ in range(3):
        published(author=ana, body="We went to Zanzibar.")

    assert Post.objects.search("zanzibar")[0] == old


def test_of_a_word_in_most_posts_the_best_of_the_newest_are_shown(many, db, ana):
    post, _ = published(author=ana, title=f"The {WORDS[0]}", body="Of all.")

    found = Post.objects.search(WORDS[0])

    assert found[0] == post
    assert len(found) == 50
