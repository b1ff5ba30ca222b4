"""`manage.py post`: what is done in a terminal goes the way of every change."""

import io

import pytest
from django.core.management import CommandError, call_command

from bookshelf.log import Change
from posts.factories import published
from posts.models import Post

TEXT = "Title: Emma\nAuthor: Jane Austen\nRating: 4.5\nTags: novel, village\n\nShe is *wrong*.\n"


@pytest.fixture
def file(tmp_path):
    """Write a text to a file; gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "review.txt"
        path.write_text(text)
        return str(path)

    return write


def test_a_text_becomes_a_post_and_open_pages_are_told(
    ana, file, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as rung:
        call_command("post", file(TEXT), by="ana")

    post = Post.objects.get()
    assert (post.author, post.title, post.book_author) == (ana, "Emma", "Jane Austen")
    assert (post.body, str(post.rating)) == ("She is *wrong*.", "4.5")
    assert {tag.name for tag in post.tags.all()} == {"novel", "village"}
    assert (len(rung), Change.objects.newest().kind) == (1, "post_created")


def test_a_text_may_come_from_standard_input(ana, monkeypatch):
    stdin = io.StringIO(TEXT)
    stdin.name = "<stdin>"
    monkeypatch.setattr("sys.stdin", stdin)

    call_command("post", by="ana")

    assert Post.objects.get().title == "Emma"


def test_a_post_is_edited_and_removed(ana, file):
    post, _ = published(author=ana)

    call_command("post", file(TEXT), by="ana", edit=post.pk)
    post.refresh_from_db()
    assert (post.title, Change.objects.newest().kind) == ("Emma", "post_edited")

    call_command("post", remove=post.pk)
    assert not Post.objects.visible().exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT.replace("Emma", ""), "Which book is it"),
        (TEXT.replace("4.5", "9"), "highest rating"),
        (TEXT.replace("Rating", "Stars"), "Stars"),
        ("Only a review, without a head.", "Title:"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(ana, file, text, says):
    with pytest.raises(CommandError, match=says):
        call_command("post", file(text), by="ana")

    assert not Post.objects.exists()


def test_who_posts_has_to_exist_and_to_be_allowed(ana, ben, file):
    with pytest.raises(CommandError, match="nobody"):
        call_command("post", file(TEXT), by="nobody")
    post, _ = published(author=ana)
    with pytest.raises(CommandError, match="may edit"):
        call_command("post", file(TEXT), by="ben", edit=post.pk)
    with pytest.raises(CommandError, match="no post 99"):
        call_command("post", remove=99)
