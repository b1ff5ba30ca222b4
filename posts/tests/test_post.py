"""What posts can do."""

from decimal import Decimal

import pytest

from bookshelf.log import Change
from posts.content.slugs import slug_of
from posts.factories import PostFactory, published
from posts.models import Post, Tag
from posts.models.review import CLOTHS


def test_two_clicks_make_one_post(ana):
    first, _ = published(author=ana)
    second = PostFactory.build(author=ana, submission=first.submission)

    with pytest.raises(Post.AlreadyPublished):
        second.publish()

    assert Post.objects.count() == Change.objects.count() == 1


def test_revising_marks_the_post_as_edited_and_tells_the_tags_before_and_after(ana):
    post, _ = published(author=ana, tags=("novel", "sea"))
    post.title = "Moby-Dick"

    change = post.revise(["sea", "Whales"])

    post.refresh_from_db()
    assert post.title == "Moby-Dick"
    assert post.edited_at is not None
    assert (change.tags_before, change.tags_after) == (["novel", "sea"], ["sea", "whales"])


def test_a_removed_post_is_not_visible_but_still_there(ana):
    post, _ = published(author=ana)

    change = post.remove()

    assert change.kind == "post_removed"
    assert not Post.objects.visible().exists()
    assert Post.objects.get().body == post.body


def test_tags_of_the_same_slug_are_one_tag(ana):
    published(author=ana, tags=("Ghost Stories",))
    published(author=ana, tags=("ghost stories",))

    assert [tag.slug for tag in Tag.objects.all()] == ["ghost-stories"]


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C", "C#"), ("मेल", "मिल"), ("sea", "see")]
)
def test_different_words_are_different_tags(one, other):
    assert slug_of(one) != slug_of(other)


def test_a_tag_whose_letters_unfold_to_many_fits_all_the_same(ana):
    post, _ = published(author=ana, tags=("ﷺ" * 40,))

    assert len(post.tags.get().slug) <= 60


def test_a_tag_without_letters_is_no_tag(ana):
    post, _ = published(author=ana, tags=("!!!", "sea"))

    assert [tag.slug for tag in post.tags.all()] == ["sea"]


def test_the_same_book_is_always_bound_in_the_same_cloth(ana):
    one = PostFactory.build(author=ana, title="Emma", book_author="Jane Austen")
    other = PostFactory.build(author=ana, title="EMMA", book_author="Jane Austen")

    assert one.cloth == other.cloth
    assert 0 <= one.cloth < CLOTHS


@pytest.mark.parametrize(
    ("title", "size"),
    [
        ("Emma", "short"),
        ("Wuthering Heights", "medium"),
        ("The Strange Case of Dr Jekyll and Mr Hyde", "long"),
        ("Cat " * 40, "huge"),
        ("Incomprehensibilities", "huge"),
    ],
)
def test_the_drawn_title_gets_smaller_with_its_length(ana, title, size):
    assert PostFactory.build(author=ana, title=title).cover_size == size


def test_ratings_are_counted_in_half_stars():
    assert Post(rating=Decimal("4.5")).half_stars == 9
    assert Post(rating=None).half_stars == 0
