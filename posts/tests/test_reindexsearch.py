"""Indexing again what is stored, after a change of the analysis."""

import pytest
from django.core.management import call_command

from posts import reindexing
from posts.factories import published
from posts.models import Post, SearchDocument
from posts.reindexing import after_migrate, outdated, reindex, write_documents
from posts.search.analysis import VERSION

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """So that a few posts are several batches."""
    monkeypatch.setattr(reindexing, "BATCH", 2)


@pytest.fixture
def stored(ana):
    """Five posts as a release before has left them: three in its own analysis, two in none."""
    posts = [
        published(author=ana, title=f"Catch-{n}", body="A ||secret||.", tags=("war", "sci-fi"))[0]
        for n in range(5)
    ]
    ids = [post.pk for post in posts]
    SearchDocument.objects.filter(pk__in=ids[:2]).delete()
    before = {"version": VERSION - 1, "title": "of before", "beginning": ""}
    SearchDocument.objects.filter(pk__in=ids[2:]).update(**before)
    return posts


def documents() -> list[dict]:
    return list(SearchDocument.objects.order_by("pk").values())


def test_what_is_written_is_what_a_verb_would_have_written(ana):
    for n in range(5):
        published(author=ana, title=f"Catch-{n}", body="Don't say *it*.", tags=("war", "sci-fi"))
    written_by_verbs = documents()

    assert reindex(Post.objects.visible(), quiet=True) == 5
    assert documents() == written_by_verbs


def test_migrate_indexes_what_is_outdated(stored):
    assert Post.objects.search("catch 3") == []

    after_migrate(plan=[], verbosity=0)

    assert not outdated().exists()
    assert Post.objects.search("catch 3") == [stored[3]]
    assert Post.objects.search("before") == Post.objects.search("secret") == []


def test_a_flush_indexes_nothing(stored):
    after_migrate(verbosity=0)

    assert outdated().count() == 5


def test_the_command_says_what_it_has_done(stored, capsys):
    call_command("reindexsearch", verbosity=0)
    assert "5 posts" in capsys.readouterr().out

    call_command("reindexsearch", verbosity=0)
    assert "0 posts" in capsys.readouterr().out

    call_command("reindexsearch", all=True, verbosity=0)
    assert "5 posts" in capsys.readouterr().out


def test_after_an_interruption_only_the_rest_is_done(stored):
    assert next(write_documents(outdated())) == 2

    assert reindex(outdated(), quiet=True) == 3
    assert SearchDocument.objects.filter(version=VERSION).count() == 5


def test_a_removed_post_is_not_indexed(stored):
    stored[0].remove()

    reindex(outdated(), quiet=True)

    assert not SearchDocument.objects.filter(post=stored[0]).exists()


def test_a_post_that_is_edited_or_removed_meanwhile_stays_as_it_is(stored, monkeypatch):
    read = reindexing.row_of

    def read_and_then(post):
        row = read(post)
        if post == stored[0]:
            Post.objects.get(pk=post.pk).remove()
        if post == stored[3]:
            edited = Post.objects.get(pk=post.pk)
            edited.title = "Sanditon"
            edited.revise()
        return row

    monkeypatch.setattr(reindexing, "row_of", read_and_then)
    reindex(outdated(), quiet=True)

    # In any order: the names in reviews, which are random, count for the rank.
    found = {post.title for post in Post.objects.search("catch")}
    assert found == {"Catch-1", "Catch-2", "Catch-4"}
    assert Post.objects.search("sanditon") == [stored[3]]


def test_a_batch_costs_the_same_few_queries(stored, django_assert_num_queries):
    # The batch, its tags; in a transaction: a lock, out with the old, in with the new.
    with django_assert_num_queries(7):
        next(write_documents(outdated()))


def test_what_the_release_before_writes_can_be_stored(ana):
    post, _ = published(author=ana)
    SearchDocument.objects.filter(post=post).update(
        title="o'brien's \\ \"x\":1a", body="a'b\n\n" + "long" * 1_000
    )

    assert SearchDocument.objects.get(post=post).body
