"""Text with nothing to see in it counts as empty, wherever it is typed."""

import pytest

from bookshelf.characters import is_visible
from posts.factories import published
from posts.models import Comment, Post
from posts.tests.pictures import EMMA

pytestmark = pytest.mark.django_db

BLANK = {
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "joiners": "\u200b\u200c\u200d\u2060\ufeff",
    "an empty Braille cell": "\u2800",
    "marks of direction": "\u202e\u202c\u2066\u2069\u200f",
    "selectors": "\ufe0f\U000e0100\u180b",
    "tags": "\U000e0001\U000e0061",
    "a soft hyphen": "\u00ad",
    "a joiner of graphemes": "\u034f",
    "marks on nothing": "\u0301\u0323",
    "odd spaces": "\u2003\u00a0\u3000",
}


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize("field", ["title", "book_author", "body", "tags"])
def test_a_post_has_something_to_see_in_each_field(as_ana, field, blank):
    response = as_ana.post("/posts/new/", EMMA | {field: BLANK[blank]})

    if field == "tags" and response.status_code == 302:
        assert not Post.objects.get().tags.exists()
    else:
        assert response.status_code == 422
        assert not Post.objects.exists()


@pytest.mark.parametrize("blank", BLANK)
def test_a_comment_has_something_to_see(as_ana, ana, blank):
    post, _ = published(author=ana)

    as_ana.post(f"/posts/{post.pk}/comments/", {"body": BLANK[blank]})

    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "text", ["a", "é", "e\u0301", "ก", "👍", "❤\ufe0f", "?", "\u200da", "⠁", "٣"]
)
def test_what_can_be_seen_is_no_blank(text):
    assert is_visible(text)


@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_is_not_visible(blank):
    assert not is_visible(BLANK[blank])
