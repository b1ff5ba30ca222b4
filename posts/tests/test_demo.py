"""`manage.py demo`: the sample authors post, comment and like for a while."""

import time

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Block, User
from bookshelf.log import Change
from posts.factories import published
from posts.log import Kind
from posts.models import Comment, Like, Post
from posts.seeding import demo
from posts.seeding.samples import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pauses(monkeypatch, settings) -> list[float]:
    """The pauses between the steps, in seconds; none is waited for. In DEBUG."""
    settings.DEBUG = True
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_it_posts_comments_and_likes_through_the_log(pauses):
    call_command("demo", seconds=20)

    kinds = set(Change.objects.values_list("kind", flat=True))
    assert {Kind.POST_CREATED, Kind.COMMENT_CREATED, Kind.POST_LIKED} <= kinds
    assert Post.objects.count() == demo.POSTS
    assert Comment.objects.filter(parent__isnull=False).exists()
    assert Like.objects.exists()


def test_it_takes_as_long_as_it_was_asked_to(pauses):
    call_command("demo", seconds=20)
    assert sum(pauses) == pytest.approx(20)

    pauses.clear()
    call_command("demo")
    assert sum(pauses) == pytest.approx(60)


@pytest.mark.parametrize("seconds", [-1, 0, 601, 10**9])
def test_its_time_is_bounded(seconds):
    with pytest.raises(CommandError, match="from 1 to 600"):
        call_command("demo", seconds=seconds)

    assert not User.objects.exists()


def test_outside_debug_it_refuses_and_says_why(settings):
    settings.DEBUG = False

    for options in ({}, {"remove": True}):
        with pytest.raises(CommandError, match="real readers would see"):
            call_command("demo", **options)
    assert not User.objects.exists()

    call_command("demo", force=True)
    assert Post.objects.exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_it_writes_in_nobody_elses_name():
    real = User.objects.create(username="theo", name="Theo", email="theo@books.example")

    with pytest.raises(CommandError, match="theo"):
        call_command("demo")

    assert not Post.objects.exists()
    assert list(User.objects.all()) == [real]


def test_a_second_one_writes_other_posts():
    for _ in range(2):
        call_command("demo")

    titles = list(Post.objects.values_list("title", flat=True))
    assert len(titles) == len(set(titles)) == 2 * demo.POSTS


def test_what_it_wrote_stays_until_somebody_asks_to_remove_it(ana):
    mine, _ = published(author=ana)
    call_command("demo")
    assert Post.objects.visible().count() == 1 + demo.POSTS

    call_command("demo", remove=True)

    assert list(Post.objects.visible()) == [mine]
    removed = Change.objects.filter(kind=Kind.POST_REMOVED)
    assert removed.count() == demo.POSTS


def test_it_goes_on_when_somebody_blocks_an_author_or_removes_a_post(monkeypatch):
    call_command("sampleshelf")
    authors = {user.username: user for user in User.objects.all()}
    for blocked in ("priya", "maureen"):
        for blocker in ("theo", "halvard"):
            Block.objects.put(authors[blocker], authors[blocked], True)
    removed = []

    def remove_the_newest(_: float) -> None:
        post = Post.objects.visible().newest_first().first()
        if not removed and post.comments_count == 0:
            removed.append(post.remove())

    monkeypatch.setattr(time, "sleep", remove_the_newest)
    call_command("demo")

    assert removed
    assert Post.objects.visible().filter(title="Dom Casmurro").exists()


def test_ctrl_c_ends_it_without_an_error(monkeypatch, capsys):
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)

    call_command("demo")

    assert Post.objects.count() == 1
    assert "demo --remove" in capsys.readouterr().out


def test_its_books_are_none_of_the_samples_and_its_authors_are_theirs():
    samples, written = read("sampleshelf"), read("demo")
    names = {row["username"] for row in samples["authors"]}

    assert not {row["title"] for row in written["posts"]} & {
        row["title"] for row in samples["posts"]
    }
    for post in written["posts"]:
        assert {post["author"], *(said["author"] for said in post["comments"])} <= names
        assert not post["comments"][0].get("reply")
